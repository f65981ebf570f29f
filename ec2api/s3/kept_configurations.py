"""Actions on a bucket's configurations of analytics, inventory, metrics and intelligent tiering.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html and its neighbours.
"""

from collections.abc import Callable
from typing import Any

from backend.s3 import kept_configurations
from ec2api.registry import action
from ec2api.s3 import page_tokens
from ec2api.s3.call import S3Call

_KINDS = {
    "analytics": "AnalyticsConfiguration",
    "intelligent-tiering": "IntelligentTieringConfiguration",
    "inventory": "InventoryConfiguration",
    "metrics": "MetricsConfiguration",
}
"""By the sub-resource, which also names what is kept: the member that holds one."""

Handler = Callable[[S3Call], dict[str, Any] | None]


def _put(kind: str, member: str) -> Handler:
    def put(call: S3Call) -> None:
        given = call.parameters
        kept_configurations.put(call.uow, call.bucket, kind, given["Id"], given[member])

    return put


def _get(kind: str, member: str) -> Handler:
    def get(call: S3Call) -> dict[str, Any]:
        return {member: kept_configurations.require(call.uow, call.bucket, kind, call.parameters["Id"])}

    return get


def _delete(kind: str) -> Handler:
    def delete(call: S3Call) -> None:
        kept_configurations.remove(call.uow, call.bucket, kind, call.parameters["Id"])

    return delete


def _list(kind: str, member: str) -> Handler:
    def list_(call: S3Call) -> dict[str, Any]:
        token = call.parameters.get("ContinuationToken")
        after = page_tokens.read(token, kind) if token else ""
        found, last = kept_configurations.page(call.uow, call.bucket, kind, after)
        return {
            f"{member}List": found,
            "IsTruncated": last is not None,
            "ContinuationToken": token,
            "NextContinuationToken": page_tokens.write(kind, last) if last else None,
        }

    return list_


def _register(name: str, handler: Handler, *uses: str, reads: bool = False) -> None:
    handler.__name__ = name
    action(service="s3", reads=reads, uses=uses)(handler)


for _kind, _member in _KINDS.items():
    _noun = f"bucket_{_kind.replace('-', '_')}_configuration"
    _register(f"put_{_noun}", _put(_kind, _member), "Id", _member)
    _register(f"get_{_noun}", _get(_kind, _member), "Id", reads=True)
    _register(f"delete_{_noun}", _delete(_kind), "Id")
    _register(f"list_{_noun}s", _list(_kind, _member), "ContinuationToken", reads=True)
