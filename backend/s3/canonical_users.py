"""Accounts as S3 names them: by canonical user ids, display names and e-mail addresses.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_Owner.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_Grantee.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from backend import clock, errors
from backend.db.models import Account
from backend.db.reading import table_of
from backend.db.unit_of_work import UnitOfWork

_ACCOUNT_BYTES = 5  # 12 digits fit
_ID = re.compile(r"[0-9a-f]{64}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_DISPLAY_NAME = re.compile(r"[^\x00-\x1f]{1,255}")

ANONYMOUS = "65a011a29cdf8ec533ec3d1ccaae921c"
"""Whom objects belong to that nobody signed for: the account that is empty. All of S3 has the same."""

_accounts = table_of(Account)


@dataclass(frozen=True, slots=True)
class Profile:
    """What an operator said of an account."""

    display_name: str | None = None
    email: str | None = None


def canonical_id(account: str) -> str:
    """64 hexadecimal digits, always the same for an account, which ``account_of_canonical_id`` finds in them."""
    if not account:
        return ANONYMOUS
    check = sha256(f"canonical user id of {account}".encode()).digest()[_ACCOUNT_BYTES:]
    return (_masked(int(account), check) + check).hex()


def account_of_canonical_id(id: str) -> str | None:
    """The account of a canonical user id; None for one that is none."""
    if id == ANONYMOUS:
        return ""
    if not _ID.fullmatch(id):
        return None
    whole = bytes.fromhex(id)
    number = int.from_bytes(whole[:_ACCOUNT_BYTES], "big")
    account = f"{int.from_bytes(_masked(number, whole[_ACCOUNT_BYTES:]), 'big'):012}"
    return account if len(account) == 12 and canonical_id(account) == id else None


def account_of_email(uow: UnitOfWork, email: str) -> str:
    """The account with this address. UnresolvableGrantByEmailAddress, AmbiguousGrantByEmailAddress."""
    same = select(_accounts.c.id).where(_accounts.c.email == email.strip().lower()).limit(2)
    found = list(uow.for_reading().scalars(same))
    if not found:
        raise errors.UnresolvableGrantByEmailAddress(email=email)
    if len(found) > 1:
        raise errors.AmbiguousGrantByEmailAddress(email=email)
    return cast("str", found[0])


def display_name(uow: UnitOfWork, account: str) -> str:
    """What an operator called the account; else its digits. Read once in a transaction."""
    known: dict[str, str] = uow.info.setdefault("display names", {})
    if account not in known:
        known[account] = profiles(uow, [account])[account].display_name or account
    return known[account]


def profiles(uow: UnitOfWork, accounts: list[str]) -> Mapping[str, Profile]:
    """By account; an empty one for an account of which nobody said anything."""
    columns = _accounts.c
    rows = uow.for_reading().execute(
        select(columns.id, columns.display_name, columns.email).where(columns.id.in_(accounts))
    )
    found = {row.id: Profile(row.display_name, row.email) for row in rows}
    return {account: found.get(account, Profile()) for account in accounts}


def describe(uow: UnitOfWork, account: str, profile: Profile) -> None:
    """Keep what is given of a profile, and leave the rest as it was. ValidationError."""
    if profile.display_name is not None and not _DISPLAY_NAME.fullmatch(profile.display_name):
        raise errors.ValidationError(reason=f"Not a display name: {profile.display_name!r}")
    if profile.email is not None and not _EMAIL.fullmatch(profile.email):
        raise errors.ValidationError(reason=f"Not an e-mail address: {profile.email!r}")
    said = {"display_name": profile.display_name, "email": profile.email and profile.email.lower()}
    said = {name: value for name, value in said.items() if value is not None}
    if not said:
        return
    insert = sqlite.insert if uow.database.is_sqlite else postgresql.insert
    row = insert(_accounts).values(id=account, created=clock.this_second(), **said)
    uow.for_reading().execute(row.on_conflict_do_update(index_elements=["id"], set_=said))


def _masked(number: int, check: bytes) -> bytes:
    """An account's number among as many bits of the check's hash, and back: so that ids do not look alike."""
    mask = sha256(b"mask" + check).digest()[:_ACCOUNT_BYTES]
    return bytes(a ^ b for a, b in zip(number.to_bytes(_ACCOUNT_BYTES, "big"), mask, strict=True))
