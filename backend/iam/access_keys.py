"""The permanent access keys of an account's users and of its root user, as they see to them themselves.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
"""

from dataclasses import dataclass

from sqlalchemy import select

from backend import access_keys, errors
from backend.access_keys import NewKey
from backend.db.models import AccessKey, IamUser
from backend.db.unit_of_work import UnitOfWork
from backend.iam import entities
from backend.key_file import KeyFile

KEYS_OF_A_USER = 2


@dataclass(frozen=True)
class Holder:
    """Whose keys: ``user_id`` is the account's number for the root user, who has no name."""

    user_id: str
    user_name: str | None


def holder(uow: UnitOfWork, user_name: str | None) -> Holder:
    """A user by name, or the root user; NoSuchEntity."""
    if user_name is None:
        return Holder(uow.account, None)
    user = entities.look_up(uow, IamUser, user_name)
    return Holder(user.id, user.name)


def create(uow: UnitOfWork, key_file: KeyFile, whose: Holder) -> NewKey:
    """A key and its secret, which cannot be read again. LimitExceeded beside two."""
    if len(of(uow, whose)) >= KEYS_OF_A_USER:
        raise errors.LimitExceeded(reason=f"Cannot exceed quota for AccessKeysPerUser: {KEYS_OF_A_USER}")
    return access_keys.create(uow, key_file, account=uow.account, user_name=whose.user_name)


def of(uow: UnitOfWork, whose: Holder) -> list[AccessKey]:
    """Oldest first."""
    mine = (
        select(AccessKey)
        .where(
            AccessKey.account == uow.account,
            AccessKey.user_id == whose.user_id,
            AccessKey.expires.is_(None),
        )
        .order_by(AccessKey.created, AccessKey.id)
    )
    return list(uow.scalars(mine))


def require(uow: UnitOfWork, whose: Holder, access_key_id: str) -> AccessKey:
    found = next((key for key in of(uow, whose) if key.id == access_key_id), None)
    if found is None:
        raise errors.NoSuchEntity(reason=f"The Access Key with id {access_key_id} cannot be found.")
    return found


def find(uow: UnitOfWork, access_key_id: str) -> AccessKey | None:
    """Any permanent key of the account."""
    found = uow.get(AccessKey, access_key_id)
    return found if found is not None and found.account == uow.account and found.expires is None else None
