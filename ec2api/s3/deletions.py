"""The action that deletes many objects at once.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors
from backend.s3 import access, deletions
from backend.s3.deletions import Wanted
from backend.s3.objects import Condition, Deleted
from ec2api.registry import action
from ec2api.s3.call import S3Call
from ec2api.s3.objects import note_deleted

_CONDITIONS = {"ETag": "if_match", "LastModifiedTime": "if_modified_at", "Size": "if_size"}


@action(service="s3")
def delete_objects(
    call: S3Call, *, delete: Mapping[str, Any], bypass_governance_retention: bool = False
) -> dict[str, Any]:
    if not call.payload.is_stated:
        raise errors.InvalidRequest(reason="Missing required header for this request: Content-MD5")
    wanted = [_wanted(item) for item in delete["Objects"]]
    if not 1 <= len(wanted) <= deletions.MOST:
        raise errors.MalformedXML()
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for one, found in _delete(call, wanted, bypass=bypass_governance_retention):
        names = {"Key": one.key, "VersionId": one.version_id}
        if isinstance(found, Deleted):
            note_deleted(call, one.key, found)
            done.append(names | _done(found))
        else:
            failed.append(names | {"Code": found.code, "Message": found.message})
    return {"Deleted": [] if delete.get("Quiet") else done, "Errors": failed}


def _wanted(item: Mapping[str, Any]) -> Wanted:
    given = {name: item[member] for member, name in _CONDITIONS.items() if member in item}
    return Wanted(item["Key"], item.get("VersionId") or None, Condition(**given) if given else None)


def _delete(
    call: S3Call, wanted: Sequence[Wanted], *, bypass: bool
) -> list[tuple[Wanted, Deleted | errors.CloudError]]:
    """What became of each: whoever may delete some of them deletes those."""
    allowed = [one for one in wanted if _may(call, one, bypass=bypass)]
    found = deletions.remove(call.uow, call.bucket, allowed, account=call.caller.account, bypass_governance=bypass)
    became = dict(zip(map(id, allowed), found, strict=True))
    return [(one, became.get(id(one), errors.AccessDeniedS3())) for one in wanted]


def _may(call: S3Call, one: Wanted, *, bypass: bool) -> bool:
    name = "s3:DeleteObjectVersion" if one.version_id else "s3:DeleteObject"
    if not call.may(access.Action(name, "WRITE"), call.bucket, one.key):
        return False
    return not bypass or call.may(access.Action("s3:BypassGovernanceRetention"), call.bucket, one.key)


def _done(found: Deleted) -> dict[str, Any]:
    """A delete marker, as the one that was made or as the one that is gone."""
    return {"DeleteMarker": True, "DeleteMarkerVersionId": found.version_id} if found.delete_marker else {}
