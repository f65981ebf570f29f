"""What an account may use of EC2 in a region, as DescribeAccountAttributes lists it."""

from collections.abc import Sequence

from backend import errors
from backend.db import reading
from backend.db.models import Vpc
from backend.db.unit_of_work import UnitOfWork

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAccountAttributes.html; AWS's default quotas.
_FIXED = {
    "supported-platforms": ["VPC"],
    "vpc-max-security-groups-per-interface": ["5"],
    "max-elastic-ips": ["5"],
    "max-instances": ["20"],
    "vpc-max-elastic-ips": ["5"],
}
DEFAULT_VPC = "default-vpc"
NAMES = (*_FIXED, DEFAULT_VPC)


def of(uow: UnitOfWork, names: Sequence[str]) -> dict[str, list[str]]:
    """The values of each attribute; InvalidParameterValue for a name that is none."""
    if unknown := [name for name in names if name not in NAMES]:
        raise errors.InvalidParameterValue(
            value=unknown[0], name="attributeName", reason=f"Valid values: {', '.join(NAMES)}."
        )
    return {name: _FIXED[name] if name in _FIXED else [_default_vpc(uow)] for name in names}


def _default_vpc(uow: UnitOfWork) -> str:
    found = uow.records(Vpc, reading.table_of(Vpc).c.is_default.is_(True))
    return found[0].id if found else "none"
