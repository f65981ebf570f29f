"""Disk images that users bring and take: their formats, and the conversion from and to plain bytes."""
