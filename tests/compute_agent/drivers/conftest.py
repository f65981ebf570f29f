"""Fixtures of tests that boot real guests."""

from tests.guests import libvirtd, tiny_image

__all__ = ["libvirtd", "tiny_image"]
