"""The machine that a measurement is of."""

import os
import platform
from pathlib import Path

import psutil

GIBIBYTE = 1024**3


def describe() -> dict[str, str]:
    """What a reader has to know to compare numbers."""
    return {
        "CPU": f"{_cpu()}, {len(_usable())} cores",
        "Memory": f"{psutil.virtual_memory().total / GIBIBYTE:.0f} GiB",
        "System": f"{_distribution()}, {platform.system()} {platform.release()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _usable() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _cpu() -> str:
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        for line in facts.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() in ("model name", "Model"):
                return value.strip()
    return platform.processor() or platform.machine()


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.platform()
