"""What a handler of S3 receives: one request, whom it acts for, and inside its transaction the bucket it is about."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from backend import errors
from backend.cloud import Cloud
from backend.config import Settings
from backend.db.models import Bucket, ObjectVersion
from backend.db.unit_of_work import UnitOfWork
from backend.policies import grants
from backend.policies.grants import Authority
from backend.s3 import access, buckets, canonical_users, objects
from backend.s3.access import Action
from backend.s3.notifications import Cause, Event
from ec2api.caller import Caller
from ec2api.s3 import context
from ec2api.s3.payload import Payload
from ec2api.s3.request import Request


@dataclass
class S3Call:
    """``parameters``: all of the request's, by AWS's names. ``payload``: its body, which only a ``prepare`` reads."""

    cloud: Cloud
    caller: Caller
    request: Request
    parameters: Mapping[str, Any]
    payload: Payload
    prepared: Any = None
    """What the action's ``prepare`` made before the transaction."""
    origin_version_id: str | None = None
    """Of what ``prepare`` copied."""
    written: list[str] = field(default_factory=list)
    """Blobs that ``prepare`` stored: no row names them unless the transaction is committed."""
    events: list[Event] = field(default_factory=list)
    """What the transaction did, for those who asked to be told."""
    _uow: UnitOfWork | None = None
    _bucket: Bucket | None = None
    _context: Mapping[str, Any] | None = None

    @property
    def settings(self) -> Settings:
        return self.cloud.settings

    @property
    def uow(self) -> UnitOfWork:
        if self._uow is None:
            raise RuntimeError("there is no transaction yet")
        return self._uow

    @property
    def bucket(self) -> Bucket:
        """The bucket that the request is about."""
        if self._bucket is None:
            raise RuntimeError("this operation has no bucket")
        return self._bucket

    @property
    def key(self) -> str:
        if self.request.address.key is None:
            raise RuntimeError("this operation has no key")
        return self.request.address.key

    @contextmanager
    def transaction(self, *, write: bool, bucket: bool = True) -> Iterator[UnitOfWork]:
        """A unit of work in which the bucket is known, found anew; not committed. NoSuchBucket."""
        caller = self.caller
        with self.cloud.unit_of_work(caller.account, caller.region, write=write, durable=write) as uow:
            self._uow, self._bucket = uow, None
            self.events.clear()
            self.__dict__.pop("version", None)
            try:
                if bucket and self.request.address.bucket is not None:
                    self._bucket = self.request.bucket = buckets.require(uow, self.request.address.bucket)
                yield uow
            finally:
                self._uow = None

    def begin(self, bucket: Bucket) -> None:
        """Go on with a bucket that the operation made."""
        self._bucket = bucket

    @cached_property
    def version(self) -> ObjectVersion | None:
        """The version of the object that the request is about, if there is one, as it is in this transaction."""
        version_id = self.parameters.get("VersionId")
        return objects.find(self.uow, self.bucket, self.key, version_id, data=self.request.method == "GET")

    def existing(self) -> ObjectVersion:
        """The same; NoSuchKey, NoSuchVersion or MethodNotAllowed where it is not there to be read."""
        return objects.present(self.version, self.key, self.parameters.get("VersionId"))

    def authorise(
        self, action: Action, bucket: Bucket, key: str | None = None, version: ObjectVersion | None = None
    ) -> None:
        """AccessDenied unless the caller may do this; ``version``: the one whose own grants count, if any."""
        reason = access.denial(self.authority, action, bucket, key, version, self._facts)
        if reason is not None:
            raise errors.AccessDenied(reason=reason)

    def may(self, action: Action, bucket: Bucket, key: str | None = None, version: ObjectVersion | None = None) -> bool:
        return access.allows(self.authority, action, bucket, key, version, self._facts)

    def authorise_account(self, action: Action, name: str) -> None:
        """AccessDenied unless the caller may do what is about no bucket that is there: list them, or make one."""
        reason = access.account_denial(self.authority, action, name, self._facts)
        if reason is not None:
            raise errors.AccessDenied(reason=reason)

    @cached_property
    def authority(self) -> Authority:
        """The caller as policies know it, and what it is granted."""
        return grants.of(self.uow.for_reading(), self.caller)

    def _facts(self) -> Mapping[str, Any]:
        """The condition keys of the request, made where a policy looks at them."""
        if self._context is None:
            self._context = context.of(self.request, self.caller, self.parameters)
        return self._context

    def owner(self, account: str) -> dict[str, str]:
        """An account as S3 shows owners and initiators."""
        return {
            "ID": canonical_users.canonical_id(account),
            "DisplayName": canonical_users.display_name(self.uow, account),
        }

    @property
    def cause(self) -> Cause:
        """The request, as notifications tell of it."""
        caller = self.caller
        return Cause(caller.account, caller.user_id, self.request.client, self.request.id, self.request.host_id)

    def note(
        self, name: str, key: str, version_id: str | None, size: int | None = None, etag: str | None = None
    ) -> None:
        self.events.append(Event(name, key, version_id, size, etag))

    def discard_written(self) -> None:
        """What was stored for nothing goes at once; what a crash leaves the sweep finds."""
        if self.written:
            self.cloud.objects.delete(self.written)
            self.written.clear()
