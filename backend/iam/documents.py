"""The grammar of policy documents, as AWS checks it before it keeps one.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backend import errors

Document = Mapping[str, Any]

_VERSIONS = ("2012-10-17", "2008-10-17")
_COMMON = frozenset({"Sid", "Effect", "Action", "NotAction", "Condition"})
_OF_IDENTITIES = _COMMON | {"Resource", "NotResource"}
_OF_TRUST = _COMMON | {"Principal", "NotPrincipal"}
_SID = re.compile(r"[A-Za-z0-9]*")
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_RESOURCE = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+", re.DOTALL)
_PRINCIPALS = {
    "AWS": re.compile(
        r"\*|[0-9]{12}|A(?:IDA|ROA)[A-Z0-9]{12,}|arn:aws(?:-[a-z]+)*:(?:"
        r"iam::[0-9]{12}:(?:root|(?:user|role)/.+)|sts::[0-9]{12}:(?:assumed-role|federated-user)/.+)"
    ),
    "Service": re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|aws\.internal|amazon\.com)"),
    "Federated": re.compile(r".+"),
}
_SYNTAX = "Syntax errors in policy."


def identity(text: str) -> Document:
    """A policy of a user, group, role or session; MalformedPolicyDocument unless it has the grammar of one."""
    document, found = _parse(text)
    for statement in found:
        if "Principal" in statement or "NotPrincipal" in statement:
            raise _malformed("Policy document should not specify a principal.")
        _check(statement, _OF_IDENTITIES)
        if ("Resource" in statement) == ("NotResource" in statement):
            raise _malformed("Policy statement must contain resources.")
        for value in texts(statement, "Resource", "NotResource"):
            if not _RESOURCE.fullmatch(value):
                raise _malformed(f'Resource {value} must be in ARN format or "*".')
    return document


def trust(text: str) -> Document:
    """The policy that says who may assume a role; MalformedPolicyDocument unless it has the grammar of one."""
    document, found = _parse(text)
    for statement in found:
        for prohibited in ("Resource", "NotResource"):
            if prohibited in statement:
                raise _malformed(f"Has prohibited field {prohibited}")
        if ("Principal" in statement) == ("NotPrincipal" in statement):
            raise _malformed("Missing required field Principal")
        _check(statement, _OF_TRUST)
        if not all(value.lower().startswith("sts:") for value in texts(statement, "Action", "NotAction")):
            raise _malformed("AssumeRole policy may only specify STS AssumeRole actions.")
        for kind, value in principals(statement):
            if kind not in _PRINCIPALS or not _PRINCIPALS[kind].fullmatch(value):
                raise invalid_principal(kind, value)
    return document


def statements(document: Document) -> list[Any]:
    found = document.get("Statement", [])
    return found if isinstance(found, list) else [found]


def texts(statement: Mapping[str, Any], *names: str) -> list[str]:
    """The values of whichever of the elements is there: one text or a list of them, all of them not empty."""
    given: Any = next((statement[name] for name in names if name in statement), [])
    values = given if isinstance(given, list) else [given]
    found = [value for value in values if isinstance(value, str) and value]
    if not found or len(found) < len(values):
        raise _malformed(_SYNTAX)
    return found


def principals(statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each principal of a statement with its kind: ("Service", "ec2.amazonaws.com")."""
    given = statement["Principal" if "Principal" in statement else "NotPrincipal"]
    if given == "*":
        yield "AWS", "*"
        return
    if not isinstance(given, dict) or not given:
        raise _malformed(_SYNTAX)
    for kind in given:
        for value in texts(given, kind):
            yield kind, value


def size(text: str) -> int:
    """The characters that AWS counts: all but white space."""
    return len("".join(text.split()))


def invalid_principal(kind: str, value: str) -> errors.CloudError:
    named = kind if kind == "AWS" else kind.upper()
    return _malformed(f'Invalid principal in policy: "{named}":"{value}"')


def _parse(text: str) -> tuple[Document, Sequence[Mapping[str, Any]]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _malformed(_SYNTAX) from None
    if not isinstance(document, dict) or not document.keys() <= {"Version", "Id", "Statement"}:
        raise _malformed(_SYNTAX)
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise _malformed("Policy document must be version 2012-10-17 or greater.")
    found = statements(document)
    if not found or not all(isinstance(statement, dict) for statement in found):
        raise _malformed(_SYNTAX)
    names = [statement["Sid"] for statement in found if "Sid" in statement]
    if not all(isinstance(name, str) and _SID.fullmatch(name) for name in names):
        raise _malformed("Statement IDs (SID) should be alphanumeric.")
    if len({name for name in names if name}) < len([name for name in names if name]):
        raise _malformed("Statement IDs (SID) in a single policy must be unique.")
    return document, found


def _check(statement: Mapping[str, Any], known: frozenset[str]) -> None:
    """What policies of all kinds have in common."""
    if not statement.keys() <= known or statement.get("Effect") not in ("Allow", "Deny"):
        raise _malformed(_SYNTAX)
    if ("Action" in statement) == ("NotAction" in statement):
        raise _malformed("Policy statement must contain actions.")
    if not all(_ACTION.fullmatch(value) for value in texts(statement, "Action", "NotAction")):
        raise _malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    condition = statement.get("Condition", {})
    if not isinstance(condition, dict) or not all(isinstance(block, dict) for block in condition.values()):
        raise _malformed(_SYNTAX)


def _malformed(reason: str) -> errors.CloudError:
    return errors.MalformedPolicyDocument(reason=reason)
