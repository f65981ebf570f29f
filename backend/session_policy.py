"""Session policies: what temporary credentials may do of that which the identity behind them may.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html. So far a policy is
enforced by action alone; one that speaks of resources or conditions can be read, but not enforced.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from backend import errors
from backend.access_keys import Session

Document = Mapping[str, Any]

_VERSIONS = ("2012-10-17", "2008-10-17")
_STATEMENT = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")


def parse(text: str) -> Document:
    """A policy document; MalformedPolicyDocument unless it has the grammar of a session policy."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise _malformed("Syntax errors in policy.") from None
    if not isinstance(document, dict) or not document.keys() <= {"Version", "Id", "Statement"}:
        raise _malformed("Syntax errors in policy.")
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        raise _malformed("Policy document must be version 2012-10-17 or greater.")
    statements = list(_statements(document))
    if not statements:
        raise _malformed("Syntax errors in policy.")
    for statement in statements:
        _check(statement)
    return document


def _check(statement: object) -> None:
    if not isinstance(statement, dict):
        raise _malformed("Syntax errors in policy.")
    if "Principal" in statement or "NotPrincipal" in statement:
        raise _malformed("Policy document should not specify a principal.")
    if not statement.keys() <= _STATEMENT or statement.get("Effect") not in ("Allow", "Deny"):
        raise _malformed("Syntax errors in policy.")
    if ("Action" in statement) == ("NotAction" in statement):
        raise _malformed("Policy statement must contain actions.")
    if ("Resource" in statement) == ("NotResource" in statement):
        raise _malformed("Policy statement must contain resources.")
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        values = _texts(statement.get(name, "*"))
        if name.endswith("Action") and not all(_ACTION.fullmatch(value) for value in values):
            raise _malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
    if not isinstance(statement.get("Condition", {}), dict):
        raise _malformed("Syntax errors in policy.")


def check_enforceable(document: Document) -> None:
    """UnsupportedOperation for a policy that speaks of resources or conditions."""
    for statement in _statements(document):
        if not _is_enforceable(statement):
            raise errors.UnsupportedOperation(
                reason="Session policies that name resources or conditions are not supported by this cloud."
            )


def allows(session: Session | None, action: str, *, federated: bool = False) -> bool:
    """Whether the policy of a session lets it do ``action`` ("ec2:RunInstances").

    A session without policies may do all that its identity may; a ``federated`` one may do nothing. What
    cannot be enforced allows nothing: managed policies, and statements that name resources or conditions.
    """
    session = session or Session()
    policy = session.get("policy")
    if policy is None:
        return not federated and "policy_arns" not in session
    allowed = False
    for effect, matches, inverted in _compiled(policy):
        if (matches.fullmatch(action) is None) == inverted:
            if effect == "Deny":
                return False
            allowed = True
    return allowed


@lru_cache(maxsize=256)
def _compiled(policy: str) -> list[tuple[str, re.Pattern[str], bool]]:
    """For each statement: its effect, a pattern of actions, and whether it applies to all others instead."""
    found = []
    for statement in _statements(parse(policy)):
        if statement["Effect"] == "Allow" and not _is_enforceable(statement):
            continue
        inverted = "NotAction" in statement
        actions = _texts(statement["NotAction" if inverted else "Action"])
        pattern = "|".join(re.escape(a).replace(r"\*", ".*").replace(r"\?", ".") for a in actions)
        found.append((str(statement["Effect"]), re.compile(pattern, re.IGNORECASE), inverted))
    return found


def _statements(document: Document) -> Iterator[Any]:
    statements = document.get("Statement", [])
    yield from statements if isinstance(statements, list) else [statements]


def _is_enforceable(statement: Mapping[str, Any]) -> bool:
    return statement.get("Resource") in ("*", ["*"]) and not statement.get("Condition")


def _texts(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    texts = [text for text in values if isinstance(text, str) and text]
    if not texts or len(texts) < len(values):
        raise _malformed("Syntax errors in policy.")
    return texts


def _malformed(reason: str) -> errors.CloudError:
    return errors.MalformedPolicyDocument(reason=reason)
