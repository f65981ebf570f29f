"""Waits in tests for states that move on by themselves."""

import time
from collections.abc import Callable
from typing import Any

import pytest


def until(look: Callable[[], Any], wanted: Any, seconds: float = 20) -> None:
    """Return once ``look`` gives what is wanted."""
    end = time.monotonic() + seconds
    while (found := look()) != wanted:
        if time.monotonic() > end:
            pytest.fail(f"{found!r}, not {wanted!r}")
        time.sleep(0.02)
