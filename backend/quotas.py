"""Quotas: how much an account may have, by AWS's default values and codes, where the operator wants them to hold.

With the setting ``quotas`` at ``none`` nothing is counted, and no query made; but what one security group or interface
may have in AWS stays a limit (``check_each``). With ``aws`` these defaults hold, and
what ``ec2api quota set`` says of an account instead of them.

https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html,
https://docs.aws.amazon.com/general/latest/gr/ec2-service.html and
https://docs.aws.amazon.com/ebs/latest/userguide/ebs-resource-quotas.html; codes:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from backend import errors
from backend.db import reading
from backend.db.base import Base
from backend.db.engine import Database
from backend.db.models import (
    AccountQuota,
    Address,
    EgressOnlyInternetGateway,
    IamGroup,
    IamInstanceProfile,
    IamPolicy,
    IamRole,
    IamUser,
    Image,
    Instance,
    InternetGateway,
    KeyPair,
    LaunchTemplate,
    LaunchTemplateVersion,
    NatGateway,
    NetworkAcl,
    NetworkAclEntry,
    NetworkInterface,
    PlacementGroup,
    Route,
    RouteTable,
    SecurityGroup,
    Snapshot,
    Subnet,
    Volume,
    Vpc,
    VpcEndpoint,
    VpcPeeringConnection,
)
from backend.db.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Quota:
    """``value``: AWS's default. ``what``: as an error names it. ``model``: whose rows count, where rows count."""

    name: str
    value: int
    code: str
    what: str
    model: type[Base] | None = None


VPCS = Quota("vpcs", 5, "VpcLimitExceeded", "VPCs", Vpc)
SUBNETS = Quota("subnets-per-vpc", 200, "SubnetLimitExceeded", "subnets of a VPC", Subnet)
INTERNET_GATEWAYS = Quota("internet-gateways", 5, "InternetGatewayLimitExceeded", "internet gateways", InternetGateway)
EGRESS_ONLY_GATEWAYS = Quota(
    "egress-only-internet-gateways",
    5,
    "EgressOnlyInternetGatewayLimitExceeded",
    "egress-only internet gateways",
    EgressOnlyInternetGateway,
)
ADDRESSES = Quota("elastic-ips", 5, "AddressLimitExceeded", "addresses", Address)
NAT_GATEWAYS = Quota(
    "nat-gateways-per-zone", 5, "NatGatewayLimitExceeded", "NAT gateways in an Availability Zone", NatGateway
)
SECURITY_GROUPS = Quota("security-groups", 2500, "SecurityGroupLimitExceeded", "security groups", SecurityGroup)
RULES_PER_GROUP = Quota(
    "rules-per-security-group", 60, "RulesPerSecurityGroupLimitExceeded", "rules per security group"
)
GROUPS_PER_INTERFACE = Quota(
    "security-groups-per-interface", 5, "SecurityGroupsPerInterfaceLimitExceeded", "security groups per interface"
)
ROUTE_TABLES = Quota("route-tables-per-vpc", 200, "RouteTableLimitExceeded", "route tables of a VPC", RouteTable)
ROUTES = Quota("routes-per-route-table", 500, "RouteLimitExceeded", "routes of a route table", Route)
NETWORK_ACLS = Quota("network-acls-per-vpc", 200, "NetworkAclLimitExceeded", "network ACLs of a VPC", NetworkAcl)
NETWORK_ACL_ENTRIES = Quota(
    "rules-per-network-acl", 20, "NetworkAclEntryLimitExceeded", "network ACL entries", NetworkAclEntry
)
NETWORK_INTERFACES = Quota(
    "network-interfaces", 5000, "NetworkInterfaceLimitExceeded", "network interfaces", NetworkInterface
)
PEERINGS = Quota(
    "active-peerings-per-vpc",
    50,
    "ActiveVpcPeeringConnectionPerVpcLimitExceeded",
    "active peering connections of a VPC",
    VpcPeeringConnection,
)
PEERING_REQUESTS = Quota(
    "outstanding-peering-requests",
    25,
    "OutstandingVpcPeeringConnectionLimitExceeded",
    "outstanding peering requests",
    VpcPeeringConnection,
)
GATEWAY_ENDPOINTS = Quota("gateway-endpoints", 20, "VpcEndpointLimitExceeded", "gateway endpoints", VpcEndpoint)
INTERFACE_ENDPOINTS = Quota(
    "interface-endpoints-per-vpc", 50, "VpcEndpointLimitExceeded", "interface endpoints of a VPC", VpcEndpoint
)
KEY_PAIRS = Quota("key-pairs", 5000, "ResourceLimitExceeded", "key pairs", KeyPair)
PLACEMENT_GROUPS = Quota("placement-groups", 500, "PlacementGroupLimitExceeded", "placement groups", PlacementGroup)
LAUNCH_TEMPLATES = Quota("launch-templates", 5000, "ResourceLimitExceeded", "launch templates", LaunchTemplate)
LAUNCH_TEMPLATE_VERSIONS = Quota(
    "versions-per-launch-template",
    10_000,
    "ResourceLimitExceeded",
    "versions of a launch template",
    LaunchTemplateVersion,
)
IMAGES = Quota("amis", 50_000, "ResourceLimitExceeded", "AMIs", Image)
SNAPSHOTS = Quota("snapshots", 100_000, "SnapshotLimitExceeded", "snapshots", Snapshot)
IAM_USERS = Quota("iam-users", 5000, "LimitExceeded", "UsersPerAccount", IamUser)
IAM_GROUPS = Quota("iam-groups", 300, "LimitExceeded", "GroupsPerAccount", IamGroup)
IAM_ROLES = Quota("iam-roles", 1000, "LimitExceeded", "RolesPerAccount", IamRole)
IAM_PROFILES = Quota("iam-instance-profiles", 1000, "LimitExceeded", "InstanceProfilesPerAccount", IamInstanceProfile)
IAM_POLICIES = Quota("iam-policies", 1500, "LimitExceeded", "PoliciesPerAccount", IamPolicy)

_TIB = {"gp2": 50, "gp3": 50, "io1": 50, "io2": 20, "st1": 50, "sc1": 50, "standard": 50}
STORAGE = {
    kind: Quota(f"storage-of-{kind}-tib", most, "VolumeLimitExceeded", f"TiB of {kind} volumes")
    for kind, most in _TIB.items()
}
IOPS = {
    kind: Quota(f"iops-of-{kind}", most, "MaxIOPSLimitExceeded", f"IOPS of {kind} volumes")
    for kind, most in {"io1": 300_000, "io2": 100_000}.items()
}

# https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html, as new accounts have them. The
# families A, C, D, H, I, M, R, T and Z are the standard ones; G and VT have one quota.
VCPUS = {
    family: Quota(f"vcpus-of-{family}-instances", most, "VcpuLimitExceeded", f"vCPUs of {family} instances")
    for family, most in {
        "standard": 5,
        **dict.fromkeys(("dl", "f", "g", "hpc", "inf", "p", "trn", "u", "x"), 0),
    }.items()
}

ALL = {
    quota.name: quota
    for quota in [
        *(found for found in list(globals().values()) if isinstance(found, Quota)),
        *STORAGE.values(),
        *IOPS.values(),
        *VCPUS.values(),
    ]
}


def check(uow: UnitOfWork, quota: Quota, *conditions: ColumnElement[bool], adding: int = 1) -> None:
    """The quota's error where the rows that meet the conditions, with ``adding`` more, would be too many."""
    if not uow.limited:
        return
    assert quota.model is not None
    table = reading.table_of(quota.model)
    own = [table.c[name] == getattr(uow, name) for name in ("account", "region") if name in table.c]
    count = select(func.count()).select_from(table).where(*own, *conditions)
    _require(uow, quota, uow.for_reading().execute(count).scalar_one() + adding)


def check_each(uow: UnitOfWork, quota: Quota, wanted: int) -> None:
    """The quota's error where one thing would have more of another than it may: whatever the setting says."""
    if wanted > (most := value(uow, quota)):
        raise errors.QuotaExceeded(code=quota.code, what=quota.what, most=most)


def check_launch(uow: UnitOfWork, instance_type: str, vcpus: int) -> None:
    """VcpuLimitExceeded where the instances that run and ``vcpus`` more of this type would be too many."""
    if not uow.limited or (family := family_of(instance_type)) is None:
        return
    table = reading.table_of(Instance).c
    running = (
        select(table.instance_type, func.sum(table.vcpus))
        .where(
            table.account == uow.account,
            table.region == uow.region,
            table.state.in_(("pending", "running")),
            table.lifecycle.is_(None),
        )
        .group_by(table.instance_type)
    )
    used = sum(count for name, count in uow.for_reading().execute(running) if family_of(name) == family)
    most = value(uow, VCPUS[family])
    if used + vcpus > most:
        raise errors.VcpuLimitExceeded(
            reason=f"You have requested more vCPU capacity than your current vCPU limit of {most} allows for the "
            "instance bucket that the specified instance type belongs to."
        )


def check_volume(uow: UnitOfWork, volume_type: str, size_gib: int, iops: int | None) -> None:
    """VolumeLimitExceeded or MaxIOPSLimitExceeded where one more such volume would be too much."""
    if not uow.limited:
        return
    table = reading.table_of(Volume).c
    used = select(func.coalesce(func.sum(table.size_gib), 0), func.coalesce(func.sum(table.iops), 0)).where(
        table.account == uow.account, table.region == uow.region, table.volume_type == volume_type
    )
    size, rate = uow.for_reading().execute(used).one()
    _require(uow, STORAGE[volume_type], -(-(size + size_gib) // 1024))
    if volume_type in IOPS:
        _require(uow, IOPS[volume_type], rate + (iops or 0))


def family_of(instance_type: str) -> str | None:
    """Which of AWS's vCPU quotas a type counts for; None for Macs, which run on dedicated hosts alone."""
    found = re.match(r"[a-z]+", instance_type)
    letters = found[0] if found else ""
    if letters == "mac":
        return None
    for family in ("dl", "hpc", "inf", "trn", "vt"):
        if letters.startswith(family):
            return "g" if family == "vt" else family
    return letters[:1] if letters[:1] in VCPUS else "standard"


def value(uow: UnitOfWork, quota: Quota) -> int:
    """What holds for the account: AWS's default, unless quotas are applied and the operator has set another."""
    if not uow.limited:
        return quota.value
    table = reading.table_of(AccountQuota).c
    own = select(table.value).where(table.account == uow.account, table.name == quota.name)
    found: int | None = uow.for_reading().execute(own).scalar()
    return quota.value if found is None else found


def _require(uow: UnitOfWork, quota: Quota, wanted: int) -> None:
    if wanted > value(uow, quota):
        raise errors.QuotaExceeded(code=quota.code, what=quota.what, most=value(uow, quota))


def set_for(database: Database, account: str, name: str, wanted: int) -> None:
    """Let an account have this much in every region; KeyError for an unknown name."""
    quota = ALL[name]
    insert: Any = sqlite.insert if database.is_sqlite else postgresql.insert
    statement = insert(reading.table_of(AccountQuota)).values(account=account, name=quota.name, value=wanted)
    put = statement.on_conflict_do_update(index_elements=["account", "name"], set_={"value": wanted})
    with database.exclusively("quotas") as connection:
        connection.execute(put)


def of(connection: Connection, account: str) -> dict[str, int]:
    """Every quota's value for an account, by name."""
    table = reading.table_of(AccountQuota).c
    own = connection.execute(select(table.name, table.value).where(table.account == account))
    return {name: quota.value for name, quota in ALL.items()} | {row.name: row.value for row in own}
