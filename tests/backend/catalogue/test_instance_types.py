"""Instance types: complete documents of the right shape, cheap facts, a value for every documented filter."""

import re
import timeit
from fnmatch import fnmatchcase
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ListShape, ServiceModel, Shape, StructureShape

from backend.catalogue import instance_types

XLARGE = [f"{n}xlarge" for n in (2, 4, 8, 12, 16, 24)]
X86_5 = ["large", "xlarge", *XLARGE]
X86_6 = [*X86_5, "32xlarge"]
AMD_6 = [*X86_6, "48xlarge", "metal"]
INTEL_7 = ["large", "xlarge", *XLARGE, "48xlarge", "metal-24xl", "metal-48xl"]
GRAVITON = ["medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "metal"]
FLEX = ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge"]
INTEL_5 = [*X86_5, "metal"]
INTEL_6 = [*X86_6, "metal"]
AMD_7 = ["medium", *X86_6, "48xlarge", "metal-48xl"]
BURSTABLE = ["nano", "micro", "small", "medium", "large", "xlarge", "2xlarge"]
C5 = ["large", "xlarge", "2xlarge", "4xlarge", "9xlarge", "12xlarge", "18xlarge", "24xlarge", "metal"]

SIZES: dict[str, list[str]] = {
    **dict.fromkeys(["t2", "t3", "t3a", "t4g"], BURSTABLE),
    "m4": ["large", "xlarge", "2xlarge", "4xlarge", "10xlarge", "16xlarge"],
    **dict.fromkeys(["m5", "m5d", "m5dn", "m5n", "r5", "r5b", "r5d", "r5dn", "r5n"], INTEL_5),
    **dict.fromkeys(["m5a", "m5ad", "r5a", "r5ad", "c5a", "c5ad"], X86_5),
    "m5zn": ["large", "xlarge", "2xlarge", "3xlarge", "6xlarge", "12xlarge", "metal"],
    **dict.fromkeys(["m6a", "c6a", "r6a"], AMD_6),
    **dict.fromkeys(["m6g", "m6gd", "c6g", "c6gd", "r6g", "r6gd"], GRAVITON),
    **dict.fromkeys(["m7g", "m7gd", "c7g", "c7gd", "r7g", "r7gd", "c7gn"], GRAVITON),
    "c6gn": GRAVITON[:-1],
    **dict.fromkeys(["m6i", "m6id", "m6idn", "m6in"], INTEL_6),
    **dict.fromkeys(["c6i", "c6id", "c6in", "r6i", "r6id", "r6idn", "r6in"], INTEL_6),
    **dict.fromkeys(["m7a", "c7a", "r7a"], AMD_7),
    **dict.fromkeys(["m7i", "c7i", "r7i"], INTEL_7),
    **dict.fromkeys(["m7i-flex", "c7i-flex"], FLEX),
    "r7iz": ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "32xlarge"],
    "c4": ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge"],
    "c5": C5,
    "c5d": C5,
    "c5n": ["large", "xlarge", "2xlarge", "4xlarge", "9xlarge", "18xlarge", "metal"],
    "r4": ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"],
    "x1": ["16xlarge", "32xlarge"],
    "x1e": ["xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge", "32xlarge"],
    "x2gd": GRAVITON,
    "x2idn": ["16xlarge", "24xlarge", "32xlarge", "metal"],
    "x2iedn": ["xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge", "24xlarge", "32xlarge", "metal"],
    "i3": ["large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge", "metal"],
    "i3en": ["large", "xlarge", "2xlarge", "3xlarge", "6xlarge", "12xlarge", "24xlarge", "metal"],
    "i4i": [*X86_6, "metal"],
    "d2": ["xlarge", "2xlarge", "4xlarge", "8xlarge"],
    "d3": ["xlarge", "2xlarge", "4xlarge", "8xlarge"],
    "g4dn": ["xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "metal"],
    "g4ad": ["xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"],
    "g5": ["xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge", "48xlarge"],
    "g5g": ["xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge", "metal"],
    "p3": ["2xlarge", "8xlarge", "16xlarge"],
    "p4d": ["24xlarge"],
    "p5": ["4xlarge", "48xlarge"],
    "t1": ["micro"],
    "m1": ["small", "medium", "large", "xlarge"],
    "m2": ["xlarge", "2xlarge", "4xlarge"],
    "m3": ["medium", "large", "xlarge", "2xlarge"],
    "mac1": ["metal"],
    "mac2": ["metal"],
    "inf1": ["xlarge", "2xlarge", "6xlarge", "24xlarge"],
    "inf2": ["xlarge", "8xlarge", "24xlarge", "48xlarge"],
    "trn1": ["2xlarge", "32xlarge"],
}


@pytest.fixture(scope="module")
def model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("ec2", "service-2"), "ec2")


def misfits(shape: Shape, value: Any, where: str) -> list[str]:
    """What of a value does not fit its shape."""
    if isinstance(shape, StructureShape):
        unknown = [f"{where}.{name} is unknown" for name in value if name not in shape.members]
        return unknown + [
            text
            for name, member in shape.members.items()
            if name in value
            for text in misfits(member, value[name], f"{where}.{name}")
        ]
    if isinstance(shape, ListShape):
        return [text for item in value for text in misfits(shape.member, item, where)]
    kinds = {"string": str, "boolean": bool, "integer": int, "long": int, "double": float}
    if type(value) is not kinds[shape.type_name]:
        return [f"{where} is {value!r}"]
    enum = getattr(shape, "enum", None)
    return [f"{where} is {value!r}"] if enum and value not in enum else []


def test_every_document_has_the_shape_of_an_answer(model: ServiceModel) -> None:
    shape = model.shape_for("InstanceTypeInfo")
    assert len(instance_types.documents()) >= 1400
    for name, document in instance_types.documents().items():
        assert document["InstanceType"] == name
        assert misfits(shape, document, name) == []


def test_all_sizes_of_the_common_families_are_there() -> None:
    wanted = {f"{family}.{size}" for family, sizes in SIZES.items() for size in sizes}
    assert wanted - instance_types.documents().keys() == set()


def test_documents_are_ordered_by_family_and_size() -> None:
    names = [name for name in instance_types.documents() if name.startswith("m5.")]
    assert names == [f"m5.{size}" for size in [*X86_5, "metal"]]


@pytest.mark.parametrize(
    ("name", "vcpus", "memory_mib", "architectures", "interfaces", "addresses"),
    [
        ("t2.micro", 1, 1024, ("i386", "x86_64"), 2, 2),
        ("t3.micro", 2, 1024, ("x86_64",), 2, 2),
        ("t4g.small", 2, 2048, ("arm64",), 3, 4),
        ("m5.large", 2, 8192, ("x86_64",), 3, 10),
        ("c5.18xlarge", 72, 147456, ("x86_64",), 15, 50),
        ("r6g.medium", 1, 8192, ("arm64",), 2, 4),
        ("g4ad.4xlarge", 16, 65536, ("x86_64",), 3, 10),
        ("p4d.24xlarge", 96, 1179648, ("x86_64",), 60, 50),
        ("i3.metal", 72, 524288, ("x86_64",), 15, 50),
    ],
)
def test_facts_of_well_known_types(
    name: str, vcpus: int, memory_mib: int, architectures: tuple[str, ...], interfaces: int, addresses: int
) -> None:
    facts = instance_types.find(name)
    assert facts is not None
    assert (facts.vcpus, facts.memory_mib, facts.architectures) == (vcpus, memory_mib, architectures)
    assert (facts.max_interfaces, facts.ipv4_per_interface) == (interfaces, addresses)
    assert facts.vcpus == facts.default_cores * facts.default_threads_per_core


def test_facts_agree_with_their_documents_for_all_types() -> None:
    for name, document in instance_types.documents().items():
        facts = instance_types.find(name)
        assert facts is not None
        assert facts.name == name
        assert facts.family == name.split(".")[0]
        assert facts.nitro == (facts.hypervisor == "nitro" or facts.bare_metal)
        assert sum(disk.count * disk.size_gb for disk in facts.instance_storage) == facts.instance_storage_gb
        assert bool(facts.instance_storage) == document["InstanceStorageSupported"]
        assert (facts.default_credits is not None) == facts.burstable
        assert len(facts.interfaces_per_card) == facts.max_network_cards


def test_burstable_types_differ_in_their_default_credits() -> None:
    credit = {name: instance_types.find(name) for name in ("t2.micro", "t3.micro", "t4g.micro", "m5.large")}
    options = [facts.default_credits for facts in credit.values() if facts]
    assert options == ["standard", "unlimited", "unlimited", None]


@pytest.mark.parametrize("name", ["", "t3", "t3.", "t3.micro ", "T3.MICRO", "m5.huge"])
def test_an_unknown_type_is_none(name: str) -> None:
    assert instance_types.find(name) is None
    with pytest.raises(KeyError):
        next(instance_types.attributes(name))


def test_finding_a_known_type_is_cheap() -> None:
    instance_types.find("m5.large")
    best = min(timeit.repeat(lambda: instance_types.find("m5.large"), number=1000, repeat=5))
    assert best / 1000 < 5e-6


def test_every_documented_filter_has_a_value_of_some_type(model: ServiceModel) -> None:
    request = model.shape_for("DescribeInstanceTypesRequest")
    assert isinstance(request, StructureShape)
    documented = set(re.findall(r"<li> <p> <code>([a-z0-9.-]+)</code> -", request.members["Filters"].documentation))
    assert len(documented) > 50
    produced = {name for kind in instance_types.documents() for name, _ in instance_types.attributes(kind)}
    assert produced == documented
    assert set(instance_types.FILTERS) == documented


def test_filter_values_are_text_as_a_caller_writes_it() -> None:
    values: dict[str, set[str]] = {}
    for name, value in instance_types.attributes("p4d.24xlarge"):
        values.setdefault(name, set()).add(value)
    assert values["instance-type"] == {"p4d.24xlarge"}
    assert values["bare-metal"] == {"false"}
    assert values["vcpu-info.default-vcpus"] == {"96"}
    assert values["memory-info.size-in-mib"] == {"1179648"}
    assert values["vcpu-info.valid-threads-per-core"] == {"1", "2", "1,2"}
    assert values["processor-info.sustained-clock-speed-in-ghz"] == {"3.0", "3"}
    assert values["ebs-info.ebs-optimized-info.maximum-throughput-in-mbps"] == {"2375.0", "2375"}
    assert values["supported-usage-class"] >= {"on-demand", "spot"}
    assert any(fnmatchcase(value, "* Gigabit") for value in values["network-info.network-performance"])


def test_no_filter_value_is_given_twice() -> None:
    for name in instance_types.documents():
        pairs = list(instance_types.attributes(name))
        assert len(pairs) == len(set(pairs))
