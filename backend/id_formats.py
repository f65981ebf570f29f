"""The format of ids: all of this cloud are long, as all of AWS are, and that cannot be changed any more.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
"""

import re
from collections.abc import Sequence

from backend import errors

RESOURCES = (
    *("bundle", "conversion-task", "customer-gateway", "dhcp-options", "elastic-ip-allocation"),
    *("elastic-ip-association", "export-task", "flow-log", "image", "import-task", "instance", "internet-gateway"),
    *("network-acl", "network-acl-association", "network-interface", "network-interface-attachment", "prefix-list"),
    *("reservation", "route-table", "route-table-association", "security-group", "snapshot", "subnet"),
    *("subnet-cidr-block-association", "volume", "vpc", "vpc-cidr-block-association", "vpc-endpoint"),
    *("vpc-peering-connection", "vpn-connection", "vpn-gateway"),
)
"""The types that once had short ids."""
_PRINCIPAL = re.compile(r"arn:[a-z-]+:iam::([0-9]{12}):(root|(user|role)/.+)")


def of(resource: str | None) -> Sequence[str]:
    """The types that a caller asks for: one, or all; InvalidParameterValue for what is none."""
    if resource is None:
        return RESOURCES
    check(resource)
    return [resource]


def check(resource: str) -> None:
    if resource not in RESOURCES:
        raise errors.InvalidParameterValue(value=resource, name="resource", reason="It is no type with long IDs.")


def change(resource: str, *, use_long_ids: bool) -> None:
    """Long ids are what there is; OperationNotPermitted for short ones. ``all-current`` stands for every type."""
    if resource != "all-current":
        check(resource)
    if not use_long_ids:
        raise errors.OperationNotPermitted(reason="Resources can no longer be created with short IDs.")


def check_principal(account: str, arn: str) -> None:
    """A user, a role or the root user of the caller's account, or ``all`` of them."""
    found = _PRINCIPAL.fullmatch(arn)
    if arn != "all" and (found is None or found[1] != account):
        raise errors.InvalidParameterValue(value=arn, name="principalArn", reason="It is no principal of this account.")
