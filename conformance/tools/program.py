"""Runs programs of others as a user would, with nothing in their environment but the endpoint under test."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from conformance.endpoint import Endpoint

ROOT = Path(__file__).parents[2]


def environment(endpoint: Endpoint, home: Path) -> dict[str, str]:
    """The endpoint's, with ``home`` for what a program keeps, and the endpoint for tools that take it from there."""
    return {**endpoint.environment, "HOME": str(home), "AWS_ENDPOINT_URL": endpoint.url}


def needed(program: Path) -> Path:
    """The program, or a skipped test."""
    if not program.exists():
        pytest.skip(f"{program} is not there: scripts/install-tools.sh")
    return program


def run(command: Sequence[str | Path], env: dict[str, str], *, folder: Path, seconds: float) -> str:
    """What a program printed; an assertion with all of that where it failed."""
    done = attempt(command, env, folder=folder, seconds=seconds)
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def attempt(
    command: Sequence[str | Path], env: dict[str, str], *, folder: Path, seconds: float
) -> subprocess.CompletedProcess[str]:
    """A program that has ended, however it did."""
    return subprocess.run(
        command, env=env, cwd=folder, timeout=seconds, capture_output=True, text=True, errors="replace", check=False
    )
