"""Which operation a request is, by its method, what it addresses, and the sub-resource in its query."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qsl

from botocore.model import OperationModel

from backend.errors import InvalidArgument, MethodNotAllowed
from ec2api.protocol import model
from ec2api.s3.addressing import Address

PREFLIGHT = "Preflight"
POST_OBJECT = "PostObject"
"""What the model does not have: a browser's question for permission, and its form."""

# Older forms of other operations, directory buckets' own list, and a call that goes to another host.
NOT_ROUTED = frozenset(
    {
        *("GetBucketLifecycle", "GetBucketNotification", "PutBucketLifecycle", "PutBucketNotification"),
        *("ListDirectoryBuckets", "WriteGetObjectResponse"),
    }
)

_LEVELS = {"/": "SERVICE", "/{Bucket}": "BUCKET", "/{Bucket}/{Key+}": "OBJECT"}
_LIST_TYPE, _LIST_TYPE_2 = "list-type", ("list-type", "2")
_PART = {"partNumber", "uploadId"}


@dataclass(frozen=True)
class _Route:
    """``needs``: the query parameters and headers that tell the operation from others of its sub-resource."""

    operation: str
    needs: frozenset[str]


@cache
def _routes() -> Mapping[tuple[str, str, str], Sequence[_Route]]:
    """Operations by method, level and sub-resource (none: an empty text); those that need most come first."""
    described = model.service("s3")
    found: dict[tuple[str, str, str], list[_Route]] = defaultdict(list)
    for name in sorted(set(described.operation_names) - NOT_ROUTED):
        operation = described.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        subresource = next((flag for flag, _ in parse_qsl(query, keep_blank_values=True)), "")
        found[operation.http["method"], _LEVELS[path], subresource].append(_Route(name, _needs(operation)))
    return {place: sorted(routes, key=lambda route: -len(route.needs)) for place, routes in found.items()}


def _needs(operation: OperationModel) -> frozenset[str]:
    shape = operation.input_shape
    members = [shape.members[name] for name in shape.required_members] if shape else []
    return frozenset(
        member.serialization["name"].lower() if where == "header" else member.serialization["name"]
        for member in members
        if (where := member.serialization.get("location")) in ("querystring", "header")
    )


@cache
def _subresources() -> frozenset[str]:
    return frozenset(subresource for _, _, subresource in _routes()) - {"", _LIST_TYPE}


def route(method: str, address: Address, query: Sequence[tuple[str, str]], headers: Mapping[str, str]) -> str:
    """The operation by the model's name, or PREFLIGHT or POST_OBJECT. ``headers`` are by lower-case names.

    Parameters that name no sub-resource are left aside. Raises MethodNotAllowed for what S3 does not have, and
    InvalidArgument for two sub-resources at once.
    """
    if method == "OPTIONS":
        return PREFLIGHT
    level = "SERVICE" if address.bucket is None else "BUCKET" if address.key is None else "OBJECT"
    names = {name for name, _ in query}
    subresource = "" if level == "SERVICE" else _subresource(names)
    if (method, level, subresource) == ("POST", "BUCKET", ""):
        return POST_OBJECT
    if (method, level, subresource) == ("GET", "BUCKET", "") and _LIST_TYPE_2 in query:
        subresource = _LIST_TYPE
    routes = _routes().get((method, level, subresource), ())
    given = names | headers.keys()
    if method == "PUT" and names & _PART:
        given |= _PART  # one of the two is no object's upload: what is missing is told by the parser
    for found in routes:
        if found.needs <= given:
            return found.operation
    if subresource and routes:
        return routes[-1].operation  # the parser tells what it needs
    raise _not_allowed(method, level, subresource)


def _subresource(names: set[str]) -> str:
    found = sorted(names & _subresources())
    if len(found) > 1:
        reason = f"Conflicting query string parameters: {', '.join(found)}"
        raise InvalidArgument(reason=reason, name="ResourceType", value=found[0])
    return found[0] if found else ""


def _not_allowed(method: str, level: str, subresource: str) -> MethodNotAllowed:  # type: ignore[valid-type]
    allowed = sorted(verb for verb, *place in _routes() if place == [level, subresource])
    fault = MethodNotAllowed(method=method, kind=subresource.upper() or level)
    return fault.with_headers(Allow=", ".join(allowed) or None)
