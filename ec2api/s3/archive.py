"""The action that restores an archived object.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
"""

from collections.abc import Mapping
from typing import Any

from backend import clock, errors
from backend.db.models import ObjectVersion
from backend.s3 import archive
from ec2api.registry import action
from ec2api.s3.call import S3Call

_OF_A_SELECTION = frozenset({"Type", "SelectParameters", "OutputLocation", "Description"})


@action(service="s3", uses={"VersionId"})
def restore_object(call: S3Call, *, restore_request: Mapping[str, Any] | None = None) -> None:
    wanted = restore_request or {}
    if selection := sorted(wanted.keys() & _OF_A_SELECTION):
        raise errors.NotImplementedS3(header=selection[0])
    if "Days" not in wanted:
        raise errors.MalformedXML()
    version = call.existing()
    tier = wanted.get("Tier") or (wanted.get("GlacierJobParameters") or {}).get("Tier")
    if tier == "Expedited" and version.storage_class == "DEEP_ARCHIVE":
        reason = "Retrieval option is not supported by this storage class"
        raise errors.InvalidArgument(reason=reason, name="Tier", value=tier)
    archive.restore(call.uow, call.settings, version, wanted["Days"])
    for event in ("ObjectRestore:Post", "ObjectRestore:Completed"):
        call.note(event, version.key, version.version_id, version.size, version.etag)


def shown_restore(version: ObjectVersion) -> str | None:
    """As GetObject and HeadObject say it in a header."""
    until = archive.restored_until(version)
    return None if until is None else f'ongoing-request="false", expiry-date="{clock.http_date(until)}"'


def listed_restore(version: ObjectVersion) -> dict[str, Any]:
    """As lists say it where they are asked to."""
    until = archive.restored_until(version)
    return {"RestoreStatus": {"IsRestoreInProgress": False, "RestoreExpiryDate": until}} if until else {}
