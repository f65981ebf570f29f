"""Builds backend/catalogue/instance_types.json.gz from what `aws ec2 describe-instance-types` prints.

    aws ec2 describe-instance-types --include-unsupported-in-region --output json > types.json
    python scripts/make_instance_types.py types.json scripts/instance_types_gaps.json

Files are read in order and the first that describes a type wins. The second file of the example holds types
that AWS documents but does not return to everybody. Every document is checked against botocore's shape
InstanceTypeInfo; the result is a JSON array with one document a line, sorted by family and size.
"""

import argparse
import gzip
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StringShape, StructureShape

OUTPUT = Path(__file__).parent.parent / "backend" / "catalogue" / "instance_types.json.gz"

REGIONAL = {"SupportedInRegion"}  # true or false by region: an answer's matter, not the catalogue's

REQUIRED = {
    "CurrentGeneration", "SupportedUsageClasses", "SupportedRootDeviceTypes",
    "SupportedVirtualizationTypes", "BareMetal", "ProcessorInfo", "VCpuInfo", "MemoryInfo",
    "InstanceStorageSupported", "EbsInfo", "NetworkInfo", "PlacementGroupInfo", "HibernationSupported",
    "BurstablePerformanceSupported", "DedicatedHostsSupported", "AutoRecoverySupported",
    "SupportedBootModes", "NitroEnclavesSupport", "NitroTpmSupport", "PhcSupport",
}  # fmt: skip

# Lists whose order AWS does not define. The others (network cards, disks, valid cores) are kept as they come.
SETS = {
    "SupportedUsageClasses", "SupportedRootDeviceTypes", "SupportedVirtualizationTypes",
    "SupportedArchitectures", "SupportedFeatures", "SupportedStrategies", "SupportedBootModes",
    "SupportedVersions", "BandwidthWeightings", "InterfaceTypes", "Workloads",
}  # fmt: skip

NUMBER = (int, float)
SCALARS: dict[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "integer": int,
    "long": int,
    "double": NUMBER,
    "float": NUMBER,
    "string": str,
}

_SIZES = ["nano", "micro", "small", "medium", "large", "xlarge"]


class InvalidDocument(ValueError):
    """A document that does not fit its shape; the text names the member."""


def model_shape() -> StructureShape:
    """The shape InstanceTypeInfo of the installed botocore."""
    model: Any = Loader().load_service_model("ec2", "service-2")  # type: ignore[no-untyped-call]
    shape: StructureShape = ServiceModel(model, "ec2").shape_for("InstanceTypeInfo")  # type: ignore[no-untyped-call]
    return shape


def normalise(shape: Shape, value: Any, where: str) -> Any:
    """`value` as `shape` describes it: unknown members and nulls dropped, doubles as doubles, sets sorted.

    Of a set, values that the installed botocore does not know are dropped as well: AWS may be ahead of it.
    Raises InvalidDocument for a wrong type or any other value outside an enumeration.
    """
    if isinstance(shape, StructureShape):
        if not isinstance(value, dict):
            raise InvalidDocument(f"{where} is no structure")
        members = {name: member for name, member in shape.members.items() if name not in REGIONAL}
        return {
            name: normalise(members[name], value[name], f"{where}.{name}")
            for name in sorted(value.keys() & members.keys())
            if value[name] is not None
        }
    if isinstance(shape, ListShape):
        if not isinstance(value, list):
            raise InvalidDocument(f"{where} is no list")
        if where.rpartition(".")[2] in SETS:
            known = getattr(shape.member, "enum", None) or value
            return sorted(normalise(shape.member, item, where) for item in value if item in known)
        return [normalise(shape.member, item, where) for item in value]
    kind = SCALARS[shape.type_name]
    if not isinstance(value, kind) or (value is True or value is False) != (kind is bool):
        raise InvalidDocument(f"{where} is no {shape.type_name}: {value!r}")
    if isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        raise InvalidDocument(f"{where} is none of {shape.name}: {value!r}")
    return float(value) if kind is NUMBER and isinstance(value, int | float) else value


def check(document: dict[str, Any]) -> None:
    """Raises InvalidDocument unless the members that every type has are there and agree with each other."""
    name = document["InstanceType"]
    missing = sorted(REQUIRED - document.keys())
    if missing:
        raise InvalidDocument(f"{name} lacks {', '.join(missing)}")
    cpus = document["VCpuInfo"]
    if cpus["DefaultVCpus"] != cpus["DefaultCores"] * cpus["DefaultThreadsPerCore"]:
        raise InvalidDocument(f"{name}: cores times threads are not {cpus['DefaultVCpus']} vCPUs")
    network = document["NetworkInfo"]
    if len(network["NetworkCards"]) != network["MaximumNetworkCards"]:
        raise InvalidDocument(f"{name} lists another number of network cards than it has")
    if document["InstanceStorageSupported"] != ("InstanceStorageInfo" in document):
        raise InvalidDocument(f"{name}: InstanceStorageInfo and InstanceStorageSupported disagree")


def described(path: Path) -> Iterator[dict[str, Any]]:
    """The documents of one file: what the AWS CLI prints, a list, or a map by type; gzip or plain."""
    data = path.read_bytes()
    content = json.loads(gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data)
    if isinstance(content, dict):
        content = content["InstanceTypes"] if "InstanceTypes" in content else list(content.values())
    yield from content


def order(name: str) -> tuple[str, int, int, str]:
    """Family first, then size from nano to metal, as AWS's tables list them."""
    family, _, size = name.partition(".")
    count, word = re.fullmatch(r"(\d*)(.*)", size).groups()  # type: ignore[union-attr]
    rank = _SIZES.index(word) if word in _SIZES else len(_SIZES)
    return family, rank, int(count or 0), size


def build(files: Iterable[Path]) -> list[dict[str, Any]]:
    """All documents of all files, checked and sorted; of a known type, later files add only what it lacks."""
    shape = model_shape()
    found: dict[str, dict[str, Any]] = {}
    for path in files:
        for raw in described(path):
            document = normalise(shape, raw, raw["InstanceType"])
            found[document["InstanceType"]] = document | found.get(document["InstanceType"], {})
    for document in found.values():
        check(document)
    return [dict(sorted(found[name].items())) for name in sorted(found, key=order)]


def main() -> None:
    """Reads the files of the command line and writes the catalogue's file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    try:
        documents = build(options.files)
    except InvalidDocument as problem:
        sys.exit(str(problem))
    lines = ",\n".join(json.dumps(document, separators=(",", ":")) for document in documents)
    options.output.write_bytes(gzip.compress(f"[\n{lines}\n]\n".encode(), mtime=0))
    print(f"{len(documents)} instance types, {options.output.stat().st_size} bytes, {options.output}")


if __name__ == "__main__":
    main()
