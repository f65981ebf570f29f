"""Access control lists: grants to accounts and groups, and the canned ones.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html

A grant is ``{"Permission": "READ", "Account": "123456789012"}`` or ``{"Permission": "READ", "Group": "AllUsers"}``. In
the place of a list of them, None says that the owner alone has FULL_CONTROL.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from backend import errors
from backend.db.models import Bucket, ObjectVersion
from backend.db.unit_of_work import UnitOfWork
from backend.policies.evaluation import Principal
from backend.s3 import canonical_users

Grant = dict[str, str]

ENFORCED = "BucketOwnerEnforced"
"""The ownership that switches ACLs off: everything belongs to the bucket's owner."""

FULL_CONTROL = "FULL_CONTROL"
LIMIT = 100

ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY = "AllUsers", "AuthenticatedUsers", "LogDelivery"
URIS = {
    ALL_USERS: "http://acs.amazonaws.com/groups/global/AllUsers",
    AUTHENTICATED_USERS: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
    LOG_DELIVERY: "http://acs.amazonaws.com/groups/s3/LogDelivery",
}
LOGGING = "logging.s3.amazonaws.com"
"""The service that is the group LogDelivery."""

_GROUPS = {uri: group for group, uri in URIS.items()}
_PUBLIC = (ALL_USERS, AUTHENTICATED_USERS)
_AMAZON = "137112412989"
"""Who reads bundles of images where ``aws-exec-read`` lets EC2: the owner of Amazon's images."""

_OF_GROUPS = {
    "private": (),
    "public-read": ((ALL_USERS, "READ"),),
    "public-read-write": ((ALL_USERS, "READ"), (ALL_USERS, "WRITE")),
    "authenticated-read": ((AUTHENTICATED_USERS, "READ"),),
}
_OF_BUCKETS = {"log-delivery-write": ((LOG_DELIVERY, "WRITE"), (LOG_DELIVERY, "READ_ACP"))}
_OF_ACCOUNTS = {"aws-exec-read": "READ", "bucket-owner-read": "READ", "bucket-owner-full-control": FULL_CONTROL}
_MEMBERS = {"CanonicalUser": "ID", "Group": "URI", "AmazonCustomerByEmail": "EmailAddress"}
"""What names a grantee of a type."""
_HEADER = re.compile(r'\s*(id|uri|emailaddress)\s*=\s*(?:"([^"]*)"|([^",\s]*))\s*(,|$)', re.IGNORECASE)


def owner_of_new(bucket: Bucket, account: str, canned: str | None) -> str:
    """Whom a new object belongs to, by the bucket's ownership controls."""
    preferred = bucket.ownership == "BucketOwnerPreferred" and canned == "bucket-owner-full-control"
    return bucket.account if bucket.ownership == ENFORCED or preferred else account


def owner_of(bucket: Bucket, account: str) -> str:
    """Whom an object belongs to that ``account`` wrote: where ACLs are off, all do to the bucket's owner."""
    return bucket.account if bucket.ownership == ENFORCED else account


def of(bucket: Bucket, version: ObjectVersion | None = None) -> tuple[str, list[Grant] | None]:
    """The owner and the grants of a bucket, or of a version of an object in it, as they count."""
    if bucket.ownership == ENFORCED:
        return bucket.account, None
    return (bucket.account, bucket.acl) if version is None else (version.account, version.acl)


def whole(grants: list[Grant] | None, owner: str) -> list[Grant]:
    return [_grant(FULL_CONTROL, account=owner)] if grants is None else grants


def canned(name: str, owner: str, *, bucket_owner: str | None = None) -> list[Grant] | None:
    """The grants of a canned ACL. ``bucket_owner``: for that of an object. InvalidArgument.

    Those that are about the owner of an object's bucket say nothing for a bucket.
    """
    if name in _OF_ACCOUNTS:
        other = _AMAZON if name == "aws-exec-read" else bucket_owner
        if other is None or other == owner:
            return None
        return [*whole(None, owner), _grant(_OF_ACCOUNTS[name], account=other)]
    known = _OF_GROUPS | _OF_BUCKETS if bucket_owner is None else _OF_GROUPS
    if name not in known:
        raise errors.InvalidArgument(reason="The canned ACL is not valid.", name="x-amz-acl", value=name)
    groups = [_grant(permission, group=group) for group, permission in known[name]]
    return [*whole(None, owner), *groups] if groups else None


def in_header(uow: UnitOfWork, header: str, text: str, permission: str) -> list[Grant]:
    """The grants of a header such as ``x-amz-grant-read: id="...", uri="..."``. InvalidArgument, and for addresses
    UnresolvableGrantByEmailAddress."""
    found, at = [], 0
    while at < len(text):
        item = _HEADER.match(text, at)
        if item is None or (item[4] and item.end() == len(text)):
            raise errors.InvalidArgument(reason="Argument format not recognized", name=header, value=text)
        value = item[2] if item[2] is not None else item[3]
        match item[1].lower():
            case "id":
                found.append(_grant(permission, account=_account(value)))
            case "uri":
                found.append(_grant(permission, group=_group(value)))
            case _:
                found.append(_grant(permission, account=canonical_users.account_of_email(uow, value)))
        at = item.end()
    return found


def in_document(uow: UnitOfWork, document: Mapping[str, Any], owner: str) -> list[Grant]:
    """The grants of an AccessControlPolicy, by AWS's member names.

    MalformedACLError, InvalidArgument, UnresolvableGrantByEmailAddress; AccessDenied where it names another owner.
    """
    named = (document.get("Owner") or {}).get("ID")
    if named is None or "Grants" not in document:
        raise errors.MalformedACLError()
    if named != canonical_users.canonical_id(owner):
        raise errors.AccessDeniedS3()
    return [_documented(uow, grant) for grant in document["Grants"]]


def _documented(uow: UnitOfWork, grant: Mapping[str, Any]) -> Grant:
    grantee, permission = grant.get("Grantee") or {}, grant.get("Permission")
    member = _MEMBERS.get(grantee.get("Type", ""))
    if permission is None or member is None or member not in grantee:
        raise errors.MalformedACLError()
    value = grantee[member]
    match member:
        case "ID":
            return _grant(permission, account=_account(value))
        case "URI":
            return _grant(permission, group=_group(value))
    return _grant(permission, account=canonical_users.account_of_email(uow, value))


def normal(grants: Iterable[Grant], owner: str) -> list[Grant] | None:
    """Each grant once, as they are kept. InvalidRequest for too many."""
    found = [dict(grant) for grant in dict.fromkeys(tuple(grant.items()) for grant in grants)]
    if len(found) > LIMIT:
        raise errors.InvalidRequest(reason=f"You have attempted to put an ACL with more than {LIMIT} grants.")
    return None if found == whole(None, owner) else found


def is_public(grants: Iterable[Grant] | None) -> bool:
    return any(grant.get("Group") in _PUBLIC for grant in grants or ())


def blocks(bucket: Bucket, setting: str) -> bool:
    """Whether a setting of the bucket's public access block is on, such as IgnorePublicAcls."""
    return bool((bucket.public_access_block or {}).get(setting))


def gives_to_account(grants: list[Grant] | None, owner: str, account: str, permission: str) -> bool:
    """Whether an account is itself granted a permission."""
    enough = (permission, FULL_CONTROL)
    return any(g.get("Account") == account and g["Permission"] in enough for g in whole(grants, owner))


def gives_to_group(grants: list[Grant] | None, principal: Principal, permission: str, *, ignore_public: bool) -> bool:
    """Whether a group that a principal is in is granted a permission."""
    groups = set() if ignore_public else _groups(principal)
    if principal.kind == "service" and principal.arn == LOGGING:
        groups = {LOG_DELIVERY}
    return any(g.get("Group") in groups and g["Permission"] in (permission, FULL_CONTROL) for g in grants or ())


def _groups(principal: Principal) -> set[str]:
    if principal.kind == "service":
        return set()
    return {ALL_USERS} if principal.kind == "anonymous" else {ALL_USERS, AUTHENTICATED_USERS}


def _grant(permission: str, *, account: str | None = None, group: str | None = None) -> Grant:
    if account is not None:
        return {"Permission": permission, "Account": account}
    return {"Permission": permission, "Group": group or ""}


def _account(id: str) -> str:
    found = canonical_users.account_of_canonical_id(id)
    if found is None:
        raise errors.InvalidArgument(reason="Invalid id", name="CanonicalUser/ID", value=id)
    return found


def _group(uri: str) -> str:
    if uri not in _GROUPS:
        raise errors.InvalidArgument(reason="Invalid group uri", name="Group/URI", value=uri)
    return _GROUPS[uri]
