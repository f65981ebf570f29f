"""EC2 actions on the format of ids.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IdFormat.html
"""

from collections.abc import Sequence
from typing import Any

from backend import errors, id_formats
from ec2api.call import Call
from ec2api.registry import action


def _statuses(resources: Sequence[str]) -> list[dict[str, Any]]:
    return [{"Resource": resource, "UseLongIds": True} for resource in resources]


@action(reads=True)
def describe_id_format(_call: Call, *, resource: str | None = None) -> dict[str, Any]:
    return {"Statuses": _statuses(id_formats.of(resource))}


@action
def modify_id_format(_call: Call, *, resource: str, use_long_ids: bool) -> None:
    id_formats.change(resource, use_long_ids=use_long_ids)


@action(reads=True)
def describe_identity_id_format(call: Call, *, principal_arn: str, resource: str | None = None) -> dict[str, Any]:
    id_formats.check_principal(call.account, principal_arn)
    return {"Statuses": _statuses(id_formats.of(resource))}


@action
def modify_identity_id_format(call: Call, *, principal_arn: str, resource: str, use_long_ids: bool) -> None:
    id_formats.check_principal(call.account, principal_arn)
    id_formats.change(resource, use_long_ids=use_long_ids)


@action(reads=True)
def describe_aggregate_id_format(_call: Call) -> dict[str, Any]:
    return {"UseLongIdsAggregated": True, "Statuses": _statuses(id_formats.RESOURCES)}


@action(reads=True)
def describe_principal_id_format(
    _call: Call,
    *,
    resources: Sequence[str] = (),
    max_results: int = 100,
    next_token: str | None = None,
) -> dict[str, Any]:
    """Nobody can choose, so no principal has chosen."""
    for resource in resources:
        id_formats.check(resource)
    if not 1 <= max_results <= 1000:
        raise errors.InvalidParameterValue(value=max_results, name="maxResults", reason="Use a number from 1 to 1000.")
    if next_token:
        raise errors.InvalidNextToken(token=next_token)
    return {"Principals": []}
