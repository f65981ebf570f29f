"""Tokens of pages: opaque to clients, and good for the kind of list that they were made for."""

import base64
import binascii

from backend import errors


def write(kind: str, after: str) -> str:
    """A token for what comes after a key or a name."""
    return base64.urlsafe_b64encode(f"{kind}:{after}".encode()).decode()


def read(token: str, kind: str) -> str:
    """What the token was made after. InvalidArgument for any that is none of this kind."""
    try:
        found, _, after = base64.b64decode(token, altchars=b"-_", validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        found = after = ""
    if found != kind:
        reason = "The continuation token provided is incorrect"
        raise errors.InvalidArgument(reason=reason, name="continuation-token", value=token[:1024])
    return after
