"""The prefix lists that AWS manages in each region.

Names and, where they are known, ids are AWS's. The blocks are those set aside for documentation (RFC 5737): the public
addresses of AWS mean nothing in this cloud.
https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
"""

import hashlib
from dataclasses import dataclass

_KNOWN_IDS = {
    ("s3", "ap-northeast-1"): "pl-61a54008",
    ("s3", "ap-southeast-1"): "pl-6fa54006",
    ("s3", "ap-southeast-2"): "pl-6ca54005",
    ("s3", "eu-central-1"): "pl-6ea54007",
    ("s3", "eu-west-1"): "pl-6da54004",
    ("s3", "sa-east-1"): "pl-6aa54003",
    ("s3", "us-east-1"): "pl-63a5400a",
    ("s3", "us-east-2"): "pl-7ba54012",
    ("s3", "us-west-1"): "pl-6ba54002",
    ("s3", "us-west-2"): "pl-68a54001",
    ("dynamodb", "us-east-1"): "pl-02cd2c6b",
    ("dynamodb", "us-west-2"): "pl-00a54069",
}

_LISTS = (
    # the service, the list's name, its blocks, and how many rules a rule that names it counts as
    ("s3", "com.amazonaws.{region}.s3", ("192.0.2.0/25", "198.51.100.0/25"), 1),
    ("dynamodb", "com.amazonaws.{region}.dynamodb", ("192.0.2.128/25",), 1),
    ("cloudfront", "com.amazonaws.global.cloudfront.origin-facing", ("203.0.113.0/25",), 55),
    ("ec2-instance-connect", "com.amazonaws.{region}.ec2-instance-connect", ("203.0.113.128/29",), 2),
    ("route53-healthchecks", "com.amazonaws.{region}.route53-healthchecks", ("203.0.113.192/26",), 25),
    ("vpc-lattice", "com.amazonaws.{region}.vpc-lattice", ("169.254.171.0/24",), 10),
)


@dataclass(frozen=True)
class ManagedList:
    """One of AWS's lists in one region."""

    id: str
    name: str
    region: str
    cidrs: tuple[str, ...]
    weight: int


def of(region: str) -> list[ManagedList]:
    """AWS's lists in a region."""
    return [
        ManagedList(id_of(service, region), name.format(region=region), region, cidrs, weight)
        for service, name, cidrs, weight in _LISTS
    ]


def id_of(service: str, region: str) -> str:
    """The id of a service's list, the same in every cloud."""
    made = hashlib.sha256(f"{region}/{service}".encode()).hexdigest()[:8]
    return _KNOWN_IDS.get((service, region), f"pl-{made}")
