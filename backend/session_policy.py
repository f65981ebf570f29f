"""Session policies: what temporary credentials may do of that which the identity behind them may.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html. So far a policy is
enforced by action alone; one that speaks of resources or conditions can be read, but not enforced.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from backend import errors
from backend.access_keys import Session
from backend.iam import documents
from backend.iam.documents import Document


def check_enforceable(document: Document) -> None:
    """UnsupportedOperation for a policy that speaks of resources or conditions."""
    for statement in documents.statements(document):
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
    for statement in documents.statements(documents.identity(policy)):
        if statement["Effect"] == "Allow" and not _is_enforceable(statement):
            continue
        inverted = "NotAction" in statement
        actions = documents.texts(statement, "Action", "NotAction")
        pattern = "|".join(re.escape(a).replace(r"\*", ".*").replace(r"\?", ".") for a in actions)
        found.append((str(statement["Effect"]), re.compile(pattern, re.IGNORECASE), inverted))
    return found


def _is_enforceable(statement: Mapping[str, Any]) -> bool:
    return statement.get("Resource") in ("*", ["*"]) and not statement.get("Condition")
