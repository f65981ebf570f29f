"""Actions on object lock: of buckets, and the retention and the legal hold of versions.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from collections.abc import Mapping
from typing import Any

from backend import errors
from backend.s3 import access, buckets, object_lock, objects
from ec2api.registry import action
from ec2api.s3.call import S3Call


@action(service="s3")
def put_object_lock_configuration(call: S3Call, *, object_lock_configuration: Mapping[str, Any] | None = None) -> None:
    if object_lock_configuration is None:
        raise errors.MalformedXML()
    object_lock.configure(call.uow, call.bucket, object_lock_configuration)


@action(service="s3", reads=True)
def get_object_lock_configuration(call: S3Call) -> dict[str, Any]:
    found = buckets.required(call.uow, call.bucket, object_lock.KIND, errors.ObjectLockConfigurationNotFound)
    return {"ObjectLockConfiguration": found}


@action(service="s3", uses={"VersionId"})
def put_object_retention(
    call: S3Call, *, retention: Mapping[str, Any] | None = None, bypass_governance_retention: bool = False
) -> None:
    wanted = _document(retention)
    if newer := sorted(wanted.keys() & {"EventHold", "EventHoldDuration"}):
        raise errors.NotImplementedS3(header=newer[0])
    object_lock.require(call.bucket)
    version = call.existing()
    if bypass_governance_retention:
        call.authorise(access.Action("s3:BypassGovernanceRetention"), call.bucket, call.key, version)
    mode, until = wanted.get("Mode"), wanted.get("RetainUntilDate")
    columns = object_lock.retention(version, mode, until, bypass_governance=bypass_governance_retention)
    objects.change(call.uow, version, **columns)


@action(service="s3", reads=True, uses={"VersionId"})
def get_object_retention(call: S3Call) -> dict[str, Any]:
    object_lock.require(call.bucket)
    version = call.existing()
    if version.lock_mode is None:
        raise errors.NoSuchObjectLockConfiguration()
    return {"Retention": {"Mode": version.lock_mode, "RetainUntilDate": version.lock_until}}


@action(service="s3", uses={"VersionId"})
def put_object_legal_hold(call: S3Call, *, legal_hold: Mapping[str, Any] | None = None) -> None:
    status = _document(legal_hold).get("Status")
    if status is None:
        raise errors.MalformedXML()
    object_lock.require(call.bucket)
    objects.change(call.uow, call.existing(), legal_hold=status == "ON")


@action(service="s3", reads=True, uses={"VersionId"})
def get_object_legal_hold(call: S3Call) -> dict[str, Any]:
    object_lock.require(call.bucket)
    version = call.existing()
    if version.legal_hold is None:
        raise errors.NoSuchObjectLockConfiguration()
    return {"LegalHold": {"Status": "ON" if version.legal_hold else "OFF"}}


def _document(given: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if given is None:
        raise errors.MalformedXML()
    return given
