"""Who makes a request: its access key becomes a caller, once its signature is verified if need be.

In the mode ``open`` no signature is verified. A key of this cloud acts as whom it was made for; another one
is the root user of the account that its 12 digits name, and of account 000000000000 if it has no such form;
so is a request without a signature, in the default region. What stays checked: whether a key of this cloud
is disabled, and the session token and expiry of its temporary credentials.

In the mode ``sigv4`` everything is verified, and a request needs a signature by an active key of this
cloud.

Either way the region comes from the credential scope. One that the cloud does not have is refused as AWS's
endpoints refuse a scope that is not theirs, with a message that names it: AuthFailure (EC2),
AuthorizationHeaderMalformed (S3), SignatureDoesNotMatch (others).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from typing import Any

from backend import access_keys, clock, errors, key_file, regions
from backend.access_keys import AccessKeys, Credential, Session
from backend.config import Settings
from backend.db.engine import Database
from ec2api import sigv2, sigv4
from ec2api.sigv4 import Scope, Signature

_ACCOUNT = re.compile(r"[0-9]{12}")

GLOBAL_SERVICES = frozenset({"iam", "sts"})
GLOBAL_REGION = "us-east-1"
"""The region that SDKs sign global services for, even where a cloud has no such region."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a request acts for. ``access_key_id`` and ``service`` are empty where it is not signed."""

    account: str
    region: str
    arn: str
    user_id: str
    access_key_id: str = ""
    service: str = ""
    session: Session | None = None
    """The limits of temporary credentials."""
    temporary: bool = False
    authorised: bool = False
    """Whether policies are enforced: not in the mode ``open``."""
    context: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where and how the request came, by the condition keys of policies, while they are enforced."""

    @property
    def is_root(self) -> bool:
        return self.arn.endswith(":root")

    @property
    def is_role(self) -> bool:
        return ":assumed-role/" in self.arn

    @property
    def is_federated(self) -> bool:
        return ":federated-user/" in self.arn

    @property
    def is_user_session(self) -> bool:
        """Made by GetSessionToken."""
        return self.temporary and not self.is_role and not self.is_federated


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """A request as it was sent, in the shapes of ``ec2api.sigv4``; ``body`` is None while unread (S3)."""

    method: str
    raw_uri: str
    headers: Mapping[str, str]
    body: bytes | None
    client: str = ""
    """The IP address that it came from."""
    secure: bool = False
    """Whether it came by TLS."""
    resource: str = ""
    """The bucket and the key as they were sent, each after a slash: what version 2 signs (S3)."""

    def context(self, region: str, *, temporary: bool) -> dict[str, str]:
        """What the conditions of policies may look at, whatever the service.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        given = {
            "aws:SourceIp": self.client,
            "aws:UserAgent": self.headers.get("user-agent"),
            "aws:Referer": self.headers.get("referer"),
            "aws:RequestedRegion": region,
            "aws:SecureTransport": str(self.secure).lower(),
            "aws:ViaAWSService": "false",
            # Temporary credentials say whether a device took part, which here none can; permanent ones say nothing.
            "aws:MultiFactorAuthPresent": "false" if temporary else None,
        }
        return {key: value for key, value in given.items() if value}


class Headers(Mapping[str, str]):
    """The headers of a WSGI request by lower-case name, looked up as they are asked for."""

    __slots__ = ("_environ",)

    def __init__(self, environ: Mapping[str, Any]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        key = name.upper().replace("-", "_")
        value: str = self._environ[key if key in _BARE else f"HTTP_{key}"]
        return value

    def __iter__(self) -> Iterator[str]:
        for key in self._environ:
            if key.startswith("HTTP_"):
                yield key[5:].lower().replace("_", "-")
            elif key in _BARE:
                yield key.lower().replace("_", "-")

    def __len__(self) -> int:
        return sum(1 for _ in self)


_BARE = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})  # the two that WSGI gives without HTTP_


class Authenticator:
    """Finds the caller of each request, by the settings ``auth_mode``, ``regions`` and ``default_region``."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._verifies = settings.auth_mode == "sigv4"
        self._default_region = settings.default_region
        self._regions = frozenset(region.name for region in regions.of(settings))
        self._keys = AccessKeys(database, key_file.at(settings.key_path))

    def authenticate(self, facts: RequestFacts, signature: Signature | None) -> Caller:
        """The caller of a request with this signature (of ``sigv4.read``), or the refusal of its service."""
        if signature is None:
            if self._verifies:
                raise errors.MissingAuthenticationToken()
            return _root(access_keys.OPEN_ACCOUNT, self._default_region)
        found = self._caller(signature, partial(_verify, facts, signature))
        if not self._verifies:
            return found
        return replace(found, context=facts.context(found.region, temporary=found.temporary))

    def authenticate_form(self, signature: Signature, policy: str) -> Caller:
        """The caller of a form that ``signature`` stands in, which signs its ``policy`` as it stands there too (S3)."""
        return self._caller(signature, lambda credential: sigv4.verify_text(signature, credential.secret, policy))

    def _caller(self, signature: Signature, verify: Callable[[Credential], None]) -> Caller:
        scope = signature.scope
        self._check_region(scope.region, scope.service)
        credential = self._keys.find(scope.access_key_id)
        if credential is None and not self._verifies:
            account = scope.access_key_id if _ACCOUNT.fullmatch(scope.access_key_id) else access_keys.OPEN_ACCOUNT
            return _root(account, scope.region, scope.access_key_id, scope.service)
        if credential is None or not credential.active:
            raise _unknown_key(scope)
        if not credential.is_token(signature.session_token):
            raise _wrong_token(scope.service)
        if self._verifies:
            verify(credential)
        if credential.expires is not None and credential.expires <= clock.now():
            raise _expired(scope.service)
        self._keys.note_use(credential, service=scope.service, region=scope.region)
        return Caller(
            credential.account,
            scope.region,
            credential.arn,
            credential.user_id,
            credential.access_key_id,
            scope.service,
            credential.session,
            temporary=credential.expires is not None,
            authorised=self._verifies,
        )

    def anonymous(self) -> Caller:
        """Who makes an unsigned request of S3."""
        return Caller("", self._default_region, "", "anonymous", authorised=self._verifies)

    def signing_key(self, signature: Signature | None) -> bytes | None:
        """What the chunks of a body are signed with; None where no signature is verified. After ``authenticate``."""
        if signature is None or not self._verifies:
            return None
        scope = signature.scope
        credential = self._keys.find(scope.access_key_id)
        return sigv4.signing_key(credential.secret, scope.date, scope.region, scope.service) if credential else None

    def _check_region(self, region: str, service: str) -> None:
        if region in self._regions or (region == GLOBAL_REGION and service in GLOBAL_SERVICES):
            return
        reason = f"Credential should be scoped to a valid region, not '{region}'."
        if service == "ec2":
            raise errors.AuthFailureSignature(reason=reason)
        if service == "s3":
            raise errors.WrongRegion(given=region, region=self._default_region)  # s3cmd signs for US, and asks again
        raise errors.SignatureRefused(reason=reason)


def _verify(facts: RequestFacts, signature: Signature, credential: Credential) -> None:
    if not signature.scope.date:
        sigv2.verify(
            signature,
            credential.secret,
            method=facts.method,
            raw_uri=facts.raw_uri,
            resource=facts.resource,
            headers=facts.headers,
            now=clock.now(),
        )
        return
    sigv4.verify(
        signature,
        credential.secret,
        method=facts.method,
        raw_uri=facts.raw_uri,
        headers=facts.headers,
        payload_hash=None if facts.body is None else sha256(facts.body).hexdigest(),
        now=clock.now(),
    )


def _root(account: str, region: str, access_key_id: str = "", service: str = "") -> Caller:
    return Caller(account, region, f"arn:aws:iam::{account}:root", account, access_key_id, service)


# Refusals, by service. EC2 tells an unknown key from a wrong secret no more than AWS does.


def _unknown_key(scope: Scope) -> errors.CloudError:
    if scope.service == "ec2":
        return errors.AuthFailure()
    if scope.service == "s3":
        return errors.InvalidAccessKeyId(access_key_id=scope.access_key_id)
    return errors.InvalidClientTokenId()


def _wrong_token(service: str) -> errors.CloudError:
    if service == "ec2":
        return errors.AuthFailure()
    return errors.InvalidSessionToken() if service == "s3" else errors.InvalidClientTokenId()


def _expired(service: str) -> errors.CloudError:
    if service == "ec2":
        return errors.RequestExpired()
    return errors.ExpiredTokenS3() if service == "s3" else errors.ExpiredToken()
