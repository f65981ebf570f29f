"""Access keys: permanent ones that an operator creates, and temporary ones that STS issues."""

import base64
import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypedDict

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from backend import clock, errors
from backend.db.engine import Database
from backend.db.models.identity import AccessKey, Account
from backend.db.reading import table_of
from backend.db.unit_of_work import UnitOfWork
from backend.iam import users
from backend.key_file import KeyFile

OPEN_ACCOUNT = "000000000000"
"""The account of whoever names none, where signatures are not verified."""

CACHE_SECONDS = 5.0
"""How long a process may go on with what it read of a key: a disabled one stops working after this time."""

USE_SECONDS = 900.0
"""A process notes the use of a key no more often than this."""

_CACHE_SIZE = 10_000
_KEPT_AFTER_EXPIRY = timedelta(days=1)  # so that late users hear that their session is expired, not unknown
_KEY_ID = re.compile(r"[A-Za-z0-9_]{16,128}")
_SECRET = re.compile(r"[!-~]{16,128}")
_USER_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
_ACCOUNT = re.compile(r"[0-9]{12}")


class Session(TypedDict, total=False):
    """What is remembered of temporary credentials, beside whom they act as; only what is not empty."""

    policy: str
    policy_arns: list[str]
    tags: dict[str, str]
    transitive_tag_keys: list[str]
    source_identity: str
    issuer: str
    """The id of the user who asked for a federated user's credentials; the account for the root user."""


@dataclass(frozen=True, slots=True)
class Credential:
    """An access key with its secret in the clear, as far as requests need it. Times are naive UTC."""

    access_key_id: str
    account: str
    arn: str
    user_id: str
    secret: str
    active: bool
    expires: datetime | None
    token_hash: str | None
    session: Session | None

    def is_token(self, token: str | None) -> bool:
        """Whether a request's session token is this key's; a permanent key has none."""
        if token is None or self.token_hash is None:
            return token is None and self.token_hash is None
        return secrets.compare_digest(_hash(token), self.token_hash)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is handed out: the only time that its secret and token can be read."""

    access_key_id: str
    secret: str
    session_token: str | None
    expires: datetime | None


def create(
    uow: UnitOfWork,
    key_file: KeyFile,
    *,
    account: str,
    user_name: str | None = None,
    access_key_id: str | None = None,
    secret: str | None = None,
) -> NewKey:
    """A permanent key of a user, or of the account itself (root). An id and a secret may be brought along.

    A user who is not there yet is made.

    ValidationError for an account, user name, id or secret without AWS's form; EntityAlreadyExists for an id
    in use.
    """
    _check(account, user_name, access_key_id, secret)
    if access_key_id is not None and uow.get(AccessKey, access_key_id) is not None:
        raise errors.EntityAlreadyExists(reason=f"The access key {access_key_id} already exists.")
    if user_name is None:
        arn, user_id = f"arn:aws:iam::{account}:root", account
    else:
        arn, user_id = users.ensure(uow, account, user_name)
    return _add(
        uow,
        key_file,
        AccessKey(id=access_key_id or _new_id("AKIA"), account=account, arn=arn, user_id=user_id),
        secret,
    )


def issue(
    uow: UnitOfWork,
    key_file: KeyFile,
    *,
    account: str,
    arn: str,
    user_id: str,
    seconds: int,
    limits: Session | None = None,
) -> NewKey:
    """Temporary credentials: a key with a session token, for ``seconds`` from now."""
    now = clock.this_second()
    # The calls that add temporary keys take the old ones away.
    uow.execute(delete(AccessKey).where(AccessKey.expires < now - _KEPT_AFTER_EXPIRY))
    token = base64.b64encode(secrets.token_bytes(132)).decode()
    key = AccessKey(
        id=_new_id("ASIA"),
        account=account,
        arn=arn,
        user_id=user_id,
        expires=now + timedelta(seconds=seconds),
        token_hash=_hash(token),
        session=limits or None,
    )
    return _add(uow, key_file, key, None, token)


def list_(uow: UnitOfWork, *, account: str | None = None, temporary: bool = False) -> list[AccessKey]:
    """The permanent keys, or the temporary ones that are still good, oldest first."""
    query = select(AccessKey).order_by(AccessKey.created, AccessKey.id)
    query = query.where(AccessKey.expires > clock.now() if temporary else AccessKey.expires.is_(None))
    if account is not None:
        query = query.where(AccessKey.account == account)
    return list(uow.scalars(query))


def disable(uow: UnitOfWork, access_key_id: str) -> AccessKey:
    """Make a key Inactive; NoSuchEntity if there is none. All processes notice within CACHE_SECONDS."""
    key = uow.get(AccessKey, access_key_id)
    if key is None:
        raise errors.NoSuchEntity(reason=f"The access key {access_key_id} cannot be found.")
    key.status = "Inactive"
    return key


def unique_id(prefix: str, arn: str) -> str:
    """An id like those that AWS gives beside names: the same for the same ARN."""
    return prefix + base64.b32encode(sha256(arn.encode()).digest())[:17].decode()


class AccessKeys:
    """Looks keys up, through a cache of CACHE_SECONDS that also remembers which ids do not exist."""

    def __init__(self, database: Database, key_file: KeyFile) -> None:
        self._database, self._key_file = database, key_file
        self._cache: dict[str, tuple[float, Credential | None]] = {}
        self._used: dict[str, float] = {}

    def find(self, access_key_id: str) -> Credential | None:
        if not _KEY_ID.fullmatch(access_key_id):
            return None
        now = time.monotonic()
        cached = self._cache.get(access_key_id)
        if cached is not None and now < cached[0]:
            return cached[1]
        found = self._read(access_key_id)
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[access_key_id] = now + CACHE_SECONDS, found
        return found

    def note_use(self, credential: Credential, *, service: str, region: str) -> None:
        """Write down when, where and for what a permanent key was used last: to within USE_SECONDS."""
        now = time.monotonic()
        if credential.expires is not None or now < self._used.get(credential.access_key_id, 0.0):
            return
        if len(self._used) >= _CACHE_SIZE:
            self._used.clear()
        self._used[credential.access_key_id] = now + USE_SECONDS
        used = {"used_at": clock.this_second(), "used_service": service, "used_region": region}
        with UnitOfWork(self._database, "", "", everywhere=True) as uow:
            noted = update(AccessKey).where(AccessKey.id == credential.access_key_id).values(**used)
            uow.execute(noted, execution_options={"synchronize_session": False})
            uow.commit()

    def _read(self, access_key_id: str) -> Credential | None:
        with self._database.engine.connect() as connection:
            key = connection.execute(_BY_ID, {"id": access_key_id}).one_or_none()
        if key is None:
            return None
        return Credential(
            access_key_id=key.id,
            account=key.account,
            arn=key.arn,
            user_id=key.user_id,
            secret=self._key_file.decrypt(key.secret, owner=key.id),
            active=key.status == "Active",
            expires=key.expires,
            token_hash=key.token_hash,
            session=key.session,
        )


def _check(account: str, user_name: str | None, access_key_id: str | None, secret: str | None) -> None:
    if not _ACCOUNT.fullmatch(account):
        raise errors.ValidationError(reason=f"An account has 12 digits: '{account}'")
    if user_name is not None and not _USER_NAME.fullmatch(user_name):
        raise errors.ValidationError(reason=f"Not a user name: '{user_name}'")
    if access_key_id is not None and not _KEY_ID.fullmatch(access_key_id):
        reason = f"An access key id has 16 to 128 letters, digits or underscores: '{access_key_id}'"
        raise errors.ValidationError(reason=reason)
    if secret is not None and not _SECRET.fullmatch(secret):
        reason = "A secret access key has 16 to 128 ASCII characters, without spaces"
        raise errors.ValidationError(reason=reason)


_BY_ID = select(table_of(AccessKey)).where(table_of(AccessKey).c.id == bindparam("id"))


def _add(uow: UnitOfWork, key_file: KeyFile, key: AccessKey, secret: str | None, token: str | None = None) -> NewKey:
    insert = sqlite.insert if uow.database.is_sqlite else postgresql.insert
    account = insert(table_of(Account)).values(id=key.account, created=clock.this_second())
    uow.connection().execute(account.on_conflict_do_nothing())
    secret = secret or base64.b64encode(secrets.token_bytes(30)).decode()
    key.secret = key_file.encrypt(secret, owner=key.id)
    uow.add(key)
    uow.flush()
    return NewKey(key.id, secret, token, key.expires)


def _new_id(prefix: str) -> str:
    return prefix + base64.b32encode(secrets.token_bytes(10)).decode()


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
