"""Tables of images beside the images themselves: an account's settings, and tasks that work with images."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Base, Owned, Transient


class ImageSettings(Owned, Base):
    """What an account set for images in a region; no row: AWS's defaults.

    ``public_access``: ``unblocked`` or ``block-new-sharing``. ``allowed_images``: ``disabled``, ``audit-mode`` or
    ``enabled``; ``criteria``: EC2's list of ImageCriterion.
    """

    __tablename__ = "image_settings"

    account: Mapped[str] = mapped_column(String(12), primary_key=True)
    region: Mapped[str] = mapped_column(String(32), primary_key=True)
    public_access: Mapped[str] = mapped_column(default="unblocked")
    allowed_images: Mapped[str] = mapped_column(default="disabled")
    criteria: Mapped[list[Any]] = mapped_column(default=list)


class ReplaceRootVolumeTask(Transient):
    """A root volume that is replaced. Its state is EC2's TaskState."""

    __tablename__ = "replace_root_volume_tasks"
    KIND, PREFIX, NOUN = "replace-root-volume-task", "replacevol", "root volume replacement task"
    NOT_FOUND, MALFORMED = "InvalidReplaceRootVolumeTaskId.NotFound", "InvalidReplaceRootVolumeTaskId.Malformed"
    FADES = frozenset({"succeeded", "failed", "failed-detached"})

    instance_id: Mapped[str] = mapped_column(String(40))
    image_id: Mapped[str | None]
    snapshot_id: Mapped[str | None]
    completed_at: Mapped[datetime | None]
    volume_id: Mapped[str] = mapped_column(String(40))
    """The new root volume."""
    replaced_volume_id: Mapped[str] = mapped_column(String(40))
    delete_replaced: Mapped[bool] = mapped_column(default=False)

    INDEXES = (Index(None, "instance_id", "state"),)
