"""Writes constraints.txt: the exact version of every package that the project and its extras lead to, today's newest.

Usage: make constraints. Takes libvirt-python's version too, whose metadata need no libvirt on this machine.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAD = "# The exact versions that make, CI and docs/coverage.md use. Written by `make constraints`.\n"


def wanted() -> list[str]:
    """The project with all its extras, and what builds it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = ",".join(sorted(project["project"]["optional-dependencies"]))
    return [f".[{extras}]", *project["build-system"]["requires"]]


def main() -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
    report = subprocess.run([*pip, *wanted()], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    found = {each["metadata"]["name"]: each["metadata"]["version"] for each in json.loads(report)["install"]}
    own = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]
    pins = sorted((f"{name}=={version}\n" for name, version in found.items() if name != own), key=str.lower)
    (ROOT / "constraints.txt").write_text(HEAD + "".join(pins))
    print(f"constraints.txt pins {len(pins)} packages")


if __name__ == "__main__":
    main()
