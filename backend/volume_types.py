"""EBS volume types: the ranges and defaults of size, IOPS and throughput.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVolume.html
"""

from dataclasses import dataclass

from backend import errors


@dataclass(frozen=True)
class VolumeType:
    name: str
    sizes: tuple[int, int]
    """GiB, smallest and largest."""
    iops: tuple[int, int] | None = None
    """The range that a caller may choose from; None: no choice."""
    iops_per_gib: int | None = None
    default_iops: int | None = None
    throughput: tuple[int, int] | None = None
    """MiB/s."""
    default_throughput: int | None = None


TYPES = {
    kind.name: kind
    for kind in (
        VolumeType("standard", (1, 1024)),
        VolumeType("gp2", (1, 16384)),
        VolumeType("gp3", (1, 65536), (3000, 80000), 500, 3000, throughput=(125, 2000), default_throughput=125),
        VolumeType("io1", (4, 16384), (100, 64000), 50),
        VolumeType("io2", (4, 65536), (100, 256000), 1000),
        VolumeType("st1", (125, 16384)),
        VolumeType("sc1", (125, 16384)),
    )
}


INITIALIZATION_RATES = (100, 300)  # MiB/s


@dataclass(frozen=True)
class Settled:
    volume_type: str
    size_gib: int
    iops: int | None
    throughput: int | None


def settle(volume_type: str, size_gib: int, iops: int | None, throughput: int | None) -> Settled:
    """The volume as it will be, with its type's defaults; AWS's error where a value does not fit the type."""
    kind = TYPES.get(volume_type)
    if kind is None:
        raise errors.InvalidParameterValue(value=volume_type, name="volumeType", reason="Unknown volume type.")
    low, high = kind.sizes
    if not low <= size_gib <= high:
        raise errors.InvalidValue(
            reason=f"Volume of {size_gib}GiB is invalid; must be between {low}GiB and {high}GiB for "
            f"{volume_type} volumes."
        )
    return Settled(volume_type, size_gib, _iops(kind, size_gib, iops), _throughput(kind, iops, throughput))


def _iops(kind: VolumeType, size_gib: int, iops: int | None) -> int | None:
    if kind.name == "gp2" and iops is None:
        return min(max(3 * size_gib, 100), 16000)
    if kind.iops is None:
        if iops is not None:
            raise errors.InvalidParameterCombination(
                reason=f"The parameter iops is not supported for {kind.name} volumes."
            )
        return None
    if iops is None:
        if kind.default_iops is None:
            raise errors.InvalidParameterCombination(
                reason=f"The parameter iops must be specified for {kind.name} volumes."
            )
        return kind.default_iops
    low, high = kind.iops
    if not low <= iops <= high:
        raise errors.InvalidValue(
            reason=f"Volume iops of {iops} is out of range; must be between {low} and {high} for {kind.name} volumes."
        )
    if kind.iops_per_gib and iops > max(kind.iops_per_gib * size_gib, kind.default_iops or 0):
        raise errors.InvalidValue(
            reason=f"Iops to volume size ratio of {iops / size_gib:f} is too high; maximum is {kind.iops_per_gib}."
        )
    return iops


def _throughput(kind: VolumeType, iops: int | None, throughput: int | None) -> int | None:
    if kind.throughput is None:
        if throughput is not None:
            raise errors.InvalidParameterCombination(
                reason=f"The parameter throughput is not supported for {kind.name} volumes."
            )
        return None
    if throughput is None:
        return kind.default_throughput
    low, high = kind.throughput
    if not low <= throughput <= high:
        raise errors.InvalidValue(
            reason=f"Throughput of {throughput} MiB/s is out of range; must be between {low} and {high}."
        )
    if throughput * 4 > (iops or kind.default_iops or 0):
        raise errors.InvalidValue(
            reason=f"Throughput (MiBps) to iops ratio of {throughput / (iops or 3000):f} is too high; "
            "maximum is 0.250000 MiBps per iops."
        )
    return throughput


def check_initialization(rate: int | None, *, of_snapshot: bool) -> None:
    """Whether a new volume may be filled at this rate: InvalidParameterCombination, InvalidParameterValue."""
    if rate is None:
        return
    if not of_snapshot:
        raise errors.InvalidParameterCombination(
            reason="The parameter VolumeInitializationRate is only supported for volumes of snapshots."
        )
    low, high = INITIALIZATION_RATES
    if not low <= rate <= high:
        raise errors.InvalidParameterValue(
            value=rate, name="volumeInitializationRate", reason=f"Expecting {low} to {high} MiB/s."
        )


def check_card(index: int | None, instance_type: str, cards: int) -> None:
    """Whether an instance type with so many EBS cards has this one: InvalidParameterValue."""
    if index is not None and not 0 <= index < cards:
        raise errors.InvalidParameterValue(
            value=index, name="ebsCardIndex", reason=f"The instance type {instance_type} has {cards} EBS card(s)."
        )
