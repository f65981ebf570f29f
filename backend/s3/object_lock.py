"""Object lock: retention and legal hold, and what they forbid.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from backend import clock, errors
from backend.db.models import ObjectVersion


def check_removal(found: ObjectVersion, *, bypass_governance: bool) -> None:
    """AccessDenied while a version is locked; a delete marker never is."""
    if found.legal_hold:
        raise errors.AccessDenied(reason="Access Denied because object protected by object lock.")
    if found.lock_mode is None or found.lock_until is None or found.lock_until <= clock.now():
        return
    if found.lock_mode == "GOVERNANCE" and bypass_governance:
        return
    raise errors.AccessDenied(reason="Access Denied because object protected by object lock.")
