"""Nested parameters: what a handler supports of a structure that AWS documents, the rest refused by name."""

from backend.structures import only, only_each

__all__ = ["only", "only_each"]
