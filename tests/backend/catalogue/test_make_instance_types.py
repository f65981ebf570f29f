"""The script that rebuilds the catalogue: what AWS prints goes in, what fits the shape comes out."""

import copy
import gzip
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from backend.catalogue import instance_types

SCRIPT = Path(__file__).parents[3] / "scripts" / "make_instance_types.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_instance_types", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def document(name: str) -> dict[str, Any]:
    return copy.deepcopy(instance_types.documents()[name])


def written(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


def test_the_shipped_file_is_what_the_script_makes_of_itself(script: ModuleType, tmp_path: Path) -> None:
    everything = {"InstanceTypes": list(instance_types.documents().values())[::-1]}
    built = script.build([written(tmp_path / "types.json", everything)])
    assert built == list(instance_types.documents().values())


def test_what_an_answer_adds_is_dropped_and_sets_are_sorted(script: ModuleType, tmp_path: Path) -> None:
    raw = document("m5.large") | {"SupportedInRegion": True, "NewMember": {"Of": 2031}, "GpuInfo": None}
    raw["SupportedBootModes"] = ["uefi", "legacy-bios"]
    raw["ProcessorInfo"]["SupportedFeatures"] = ["not-yet-known"]
    raw["NetworkInfo"]["NetworkCards"][0]["PeakBandwidthInGbps"] = 10
    [built] = script.build([written(tmp_path / "types.json", [raw])])
    wanted = document("m5.large")
    wanted["ProcessorInfo"]["SupportedFeatures"] = []
    assert built == wanted
    assert type(built["NetworkInfo"]["NetworkCards"][0]["PeakBandwidthInGbps"]) is float


def test_the_first_file_wins_and_later_ones_fill_in(script: ModuleType, tmp_path: Path) -> None:
    first, second = document("m5.large"), document("m5.large") | {"CurrentGeneration": True}
    first["CurrentGeneration"] = False
    del first["PhcSupport"]
    files = [written(tmp_path / "1.json", [first]), written(tmp_path / "2.json", {"m5.large": second})]
    [built] = script.build(files)
    assert built == second | {"CurrentGeneration": False}


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (["Hypervisor"], "vmware", "m5.large.Hypervisor is none of InstanceTypeHypervisor: 'vmware'"),
        (["InstanceType"], "m5.tiny", "m5.tiny.InstanceType is none of InstanceType: 'm5.tiny'"),
        (["MemoryInfo", "SizeInMiB"], 8192.5, "m5.large.MemoryInfo.SizeInMiB is no long: 8192.5"),
        (["VCpuInfo", "DefaultVCpus"], True, "m5.large.VCpuInfo.DefaultVCpus is no integer: True"),
        (["BareMetal"], 0, "m5.large.BareMetal is no boolean: 0"),
        (["EbsInfo"], [], "m5.large.EbsInfo is no structure"),
        (["VCpuInfo", "ValidCores"], 1, "m5.large.VCpuInfo.ValidCores is no list"),
        (["VCpuInfo", "DefaultVCpus"], 3, "m5.large: cores times threads are not 3 vCPUs"),
        (
            ["NetworkInfo", "MaximumNetworkCards"],
            2,
            "m5.large lists another number of network cards than it has",
        ),
        (
            ["InstanceStorageSupported"],
            True,
            "m5.large: InstanceStorageInfo and InstanceStorageSupported disagree",
        ),
        (["MemoryInfo"], None, "m5.large lacks MemoryInfo"),
    ],
)
def test_a_document_that_does_not_fit_is_refused(
    script: ModuleType, tmp_path: Path, path: list[str], value: Any, text: str
) -> None:
    raw = document("m5.large")
    holder = raw
    for member in path[:-1]:
        holder = holder[member]
    holder[path[-1]] = value
    with pytest.raises(script.InvalidDocument) as caught:
        script.build([written(tmp_path / "types.json", [raw])])
    assert str(caught.value) == text


def test_the_command_writes_one_document_a_line(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "types.json.gz"
    source.write_bytes(gzip.compress(json.dumps([document("t3.micro"), document("t3.nano")]).encode()))
    output = tmp_path / "out.json.gz"
    monkeypatch.setattr("sys.argv", ["make_instance_types.py", str(source), "--output", str(output)])
    script.main()
    text = gzip.decompress(output.read_bytes()).decode()
    assert [entry["InstanceType"] for entry in json.loads(text)] == ["t3.nano", "t3.micro"]
    assert len(text.splitlines()) == 4
    assert capsys.readouterr().out.startswith("2 instance types, ")


def test_the_file_stays_small() -> None:
    assert SCRIPT.parents[1].joinpath("backend/catalogue/instance_types.json.gz").stat().st_size < 400_000
