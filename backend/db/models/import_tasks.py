"""Tables of the tasks that carry disks between snapshots and objects of S3: import, export, store and restore."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from backend.db.base import Transient


class DiskTask(Transient):
    """Work of the conductor that takes a while: ``state`` is AWS's, and says whether there is something to do.

    Whoever works on it holds a lease, which a crash lets run out; then another one starts it over
    (``backend.conductor.disk_tasks``). When it has ended it is shown for ``KEPT_DAYS``.
    """

    __abstract__ = True

    ACTIVE: ClassVar[str] = "active"
    COMPLETED: ClassVar[str] = "completed"
    FAILED: ClassVar[str] = "deleted"
    CANCELLING: ClassVar[str] = "deleting"
    CANCELLED: ClassVar[str] = "deleted"
    KEPT_DAYS: ClassVar[int] = 7

    WORKED_ON: ClassVar[list[type["DiskTask"]]] = []

    state: Mapped[str] = mapped_column(index=True)
    status_message: Mapped[str | None]
    progress: Mapped[int] = mapped_column(default=0)
    """In percent."""
    description: Mapped[str | None]
    wanted: Mapped[dict[str, Any]]
    """What the caller asked for, as the conductor needs it."""
    lease: Mapped[str | None] = mapped_column(String(32))
    """Whose work it is."""
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        DiskTask.WORKED_ON.append(cls)

    def __init__(self, **columns: Any) -> None:
        columns.setdefault("state", self.ACTIVE)
        super().__init__(**columns)

    @property
    def is_over(self) -> bool:
        return self.state not in (self.ACTIVE, self.CANCELLING)


class ImportSnapshotTask(DiskTask):
    __tablename__ = "import_snapshot_tasks"
    KIND, PREFIX, NOUN = "import-snapshot-task", "import-snap", "import snapshot task"
    NOT_FOUND, MALFORMED = "InvalidConversionTaskId", "InvalidConversionTaskId.Malformed"

    detail: Mapped[dict[str, Any]]
    """SnapshotTaskDetail as far as it is known, by AWS's member names."""


class ImportImageTask(DiskTask):
    __tablename__ = "import_image_tasks"
    KIND, PREFIX, NOUN = "import-image-task", "import-ami", "import image task"
    NOT_FOUND, MALFORMED = "InvalidConversionTaskId", "InvalidConversionTaskId.Malformed"

    details: Mapped[list[Any]]
    """SnapshotDetails, likewise."""
    image_id: Mapped[str | None] = mapped_column(String(40))


class ExportImageTask(DiskTask):
    __tablename__ = "export_image_tasks"
    KIND, PREFIX, NOUN = "export-image-task", "export-ami", "export image task"
    NOT_FOUND, MALFORMED = "InvalidExportTaskID.NotFound", "InvalidExportTaskID.Malformed"

    image_id: Mapped[str] = mapped_column(String(40))


class StoreImageTask(DiskTask):
    """CreateStoreImageTask's; AWS gives it no id, so callers see the image's."""

    __tablename__ = "store_image_tasks"
    KIND, PREFIX, NOUN = "", "store-ami", "store image task"
    NOT_FOUND, MALFORMED = "InvalidAMIID.NotFound", "InvalidAMIID.Malformed"
    ACTIVE, COMPLETED, FAILED = "InProgress", "Completed", "Failed"
    KEPT_DAYS = 31

    image_id: Mapped[str] = mapped_column(String(40), index=True)
    bucket: Mapped[str]
    key: Mapped[str]


class RestoreImageTask(DiskTask):
    """CreateRestoreImageTask's, of which callers see only the image."""

    __tablename__ = "restore_image_tasks"
    KIND, PREFIX, NOUN = "", "restore-ami", "restore image task"
    NOT_FOUND, MALFORMED = "InvalidAMIID.NotFound", "InvalidAMIID.Malformed"
    KEPT_DAYS = 1

    image_id: Mapped[str] = mapped_column(String(40), index=True)
