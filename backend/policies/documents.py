"""The documents of policies: their grammar, as AWS checks it before it keeps one.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from backend.policies.conditions import Condition
from backend.policies.patterns import Patterns

Kind = Literal["identity", "trust", "bucket"]
"""Of an identity, a boundary or a session; who may assume a role; of a bucket."""

VERSION, OLD_VERSION = "2012-10-17", "2008-10-17"

_ELEMENTS = frozenset({"Sid", "Effect", "Action", "NotAction", "Condition"})
_PRINCIPALS = frozenset({"Principal", "NotPrincipal"})
_RESOURCES = frozenset({"Resource", "NotResource"})
_SID = re.compile(r"[A-Za-z0-9]*")
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_RESOURCE = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:[^:]*:.+", re.DOTALL)
_KEY = re.compile(r"[A-Za-z0-9.-]+:.+", re.DOTALL)
_ACCOUNT = re.compile(r"[0-9]{12}")
_PRINCIPAL = {
    "AWS": re.compile(
        r"\*|[0-9]{12}|A(?:IDA|ROA)[A-Z0-9]{12,}|arn:aws(?:-[a-z]+)*:(?:"
        r"iam::[0-9]{12}:(?:root|(?:user|role)/[^*?]+)|sts::[0-9]{12}:(?:assumed-role|federated-user)/[^*?]+)"
    ),
    "Service": re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|aws\.internal|amazon\.com)"),
    "Federated": re.compile(r".+"),
    "CanonicalUser": re.compile(r"[0-9a-f]{64}"),
}


class PolicyFault(ValueError):
    """What is wrong with a document, in the words of the service that it was given to."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Principals:
    """Whom a statement names. Accounts are in ``names`` as their root users' ARNs."""

    everyone: bool = False
    names: frozenset[str] = frozenset()
    canonical: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    federated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """``principals`` and ``resources`` are None where policies of the kind have none."""

    sid: str
    allows: bool
    principals: Principals | None
    other_principals: bool
    """Whether it is for all others than these: NotPrincipal."""
    actions: tuple[str, ...]
    other_actions: bool
    resources: tuple[str, ...] | None
    other_resources: bool
    conditions: tuple[Condition, ...]
    action_patterns: Patterns = field(repr=False)
    resource_patterns: Patterns | None = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    version: str
    id: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class _Words:
    """What a service says of each fault."""

    json: str
    syntax: str
    version: str
    empty: str
    effect: str
    no_action: str
    action: str
    no_resource: str
    resource: str
    principal: str
    operator: str
    key: str


_SYNTAX = "Syntax errors in policy."
_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
_IAM = _Words(
    json=_SYNTAX,
    syntax=_SYNTAX,
    version="Policy document must be version 2012-10-17 or greater.",
    empty=_SYNTAX,
    effect=_SYNTAX,
    no_action="Policy statement must contain actions.",
    action=_VENDOR,
    no_resource="Policy statement must contain resources.",
    resource='Resource {value} must be in ARN format or "*".',
    principal='Invalid principal in policy: "{kind}":"{value}"',
    operator="Invalid Condition type : {value}.",
    key=_VENDOR,
)
_S3 = _Words(
    json="Policies must be valid JSON and the first byte must be '{{'",
    syntax="Invalid policy syntax.",
    version="The policy must contain a valid version string",
    empty="Could not parse the policy: Statement is empty!",
    effect="Invalid effect: {value}",
    no_action="Missing required field Action",
    action="Policy has invalid action",
    no_resource="Missing required field Resource",
    resource="Policy has invalid resource",
    principal="Invalid principal in policy",
    operator="Invalid Condition type : {value}",
    key="Policy has an invalid condition key",
)


@lru_cache(maxsize=2048)
def read(text: str, *, kind: Kind) -> Policy:
    """A policy from its document; PolicyFault unless it has the grammar of its kind. Read once for each text."""
    return _Reader(kind).policy(text)


def invalid_principal(kind: str, value: str) -> PolicyFault:
    """What IAM says of one that it does not know."""
    return PolicyFault(_IAM.principal.format(kind=kind if kind == "AWS" else kind.upper(), value=value))


class _Reader:
    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._words = _S3 if kind == "bucket" else _IAM
        self._variables = False

    def policy(self, text: str) -> Policy:
        document = self._json(text)
        if not document.keys() <= {"Version", "Id", "Statement"}:
            raise self._fault("syntax")
        version = document.get("Version", OLD_VERSION)
        if version not in (VERSION, OLD_VERSION):
            raise self._fault("version")
        self._variables = version == VERSION  # in older policies ${ stands for itself
        identifier = document.get("Id", "")
        given = document.get("Statement", [])
        given = given if isinstance(given, list) else [given]
        if not given:
            raise self._fault("empty")
        if not isinstance(identifier, str) or not all(isinstance(statement, dict) for statement in given):
            raise self._fault("syntax")
        found = tuple(map(self._statement, given))
        names = [statement.sid for statement in found if statement.sid]
        if len(set(names)) < len(names):
            raise PolicyFault("Statement IDs (SID) in a single policy must be unique.")
        return Policy(version, identifier, found)

    def _json(self, text: str) -> dict[str, Any]:
        try:
            document = json.loads(text, object_pairs_hook=_once_each)
        except (ValueError, RecursionError):
            raise self._fault("json") from None
        if not isinstance(document, dict):
            raise self._fault("json")
        return document

    def _statement(self, given: Mapping[str, Any]) -> Statement:
        self._check_elements(given)
        sid = given.get("Sid", "")
        if not isinstance(sid, str) or (self._kind != "bucket" and not _SID.fullmatch(sid)):
            raise PolicyFault("Statement IDs (SID) should be alphanumeric.")
        if given.get("Effect") not in ("Allow", "Deny"):
            raise self._fault("effect", value=given.get("Effect"))
        principals = None if self._kind == "identity" else self._principals(given)
        actions = self._actions(given)
        resources = None if self._kind == "trust" else self._resources(given)
        return Statement(
            sid=sid,
            allows=given["Effect"] == "Allow",
            principals=principals,
            other_principals="NotPrincipal" in given,
            actions=actions,
            other_actions="NotAction" in given,
            resources=resources,
            other_resources="NotResource" in given,
            conditions=tuple(self._conditions(given.get("Condition", {}))),
            action_patterns=Patterns(actions, fold=True),
            resource_patterns=None if resources is None else Patterns(resources, variables=self._variables),
        )

    def _check_elements(self, given: Mapping[str, Any]) -> None:
        if self._kind == "identity" and not given.keys().isdisjoint(_PRINCIPALS):
            raise PolicyFault("Policy document should not specify a principal.")
        if self._kind == "trust" and (prohibited := sorted(given.keys() & _RESOURCES)):
            raise PolicyFault(f"Has prohibited field {prohibited[0]}")
        if not given.keys() <= _ELEMENTS | _PRINCIPALS | _RESOURCES:
            raise self._fault("syntax")

    def _principals(self, given: Mapping[str, Any]) -> Principals:
        if ("Principal" in given) == ("NotPrincipal" in given):
            raise PolicyFault("Missing required field Principal")
        named = given.get("Principal", given.get("NotPrincipal"))
        if named == "*":
            return Principals(everyone=True)
        if not isinstance(named, dict) or not named:
            raise self._fault("principal" if self._kind == "bucket" else "syntax")
        found: dict[str, list[str]] = {}
        for kind in named:
            found[kind] = self._texts(named, kind)
            for value in found[kind]:
                if kind not in _PRINCIPAL or not _PRINCIPAL[kind].fullmatch(value):
                    raise self._fault("principal", kind=kind if kind == "AWS" else kind.upper(), value=value)
        aws = found.get("AWS", [])
        return Principals(
            everyone="*" in aws,
            names=frozenset(f"arn:aws:iam::{n}:root" if _ACCOUNT.fullmatch(n) else n for n in aws if n != "*"),
            canonical=frozenset(found.get("CanonicalUser", ())),
            services=frozenset(found.get("Service", ())),
            federated=frozenset(found.get("Federated", ())),
        )

    def _actions(self, given: Mapping[str, Any]) -> tuple[str, ...]:
        if ("Action" in given) == ("NotAction" in given):
            raise self._fault("no_action")
        found = self._texts(given, "Action", "NotAction")
        if not all(_ACTION.fullmatch(action) for action in found):
            raise self._fault("action")
        if self._kind == "trust" and not all(action.lower().startswith("sts:") for action in found):
            raise PolicyFault("AssumeRole policy may only specify STS AssumeRole actions.")
        return tuple(found)

    def _resources(self, given: Mapping[str, Any]) -> tuple[str, ...]:
        if ("Resource" in given) == ("NotResource" in given):
            raise self._fault("no_resource")
        found = self._texts(given, "Resource", "NotResource")
        for value in found:
            if not _RESOURCE.fullmatch(value):
                raise self._fault("resource", value=value)
        return tuple(found)

    def _conditions(self, given: Any) -> list[Condition]:
        if not isinstance(given, dict) or not all(isinstance(block, dict) for block in given.values()):
            raise self._fault("syntax")
        found = []
        for named, block in given.items():
            for key, values in block.items():
                if not _KEY.fullmatch(key):
                    raise self._fault("key")
                try:
                    found.append(Condition(named, key, self._values(values), variables=self._variables))
                except LookupError:
                    raise self._fault("operator", value=named) from None
                except PolicyFault:
                    raise
                except ValueError:
                    raise self._fault("syntax") from None
        return found

    def _values(self, given: Any) -> list[str]:
        """Of a condition: texts, numbers and booleans, one or a list of them."""
        values = given if isinstance(given, list) else [given]
        if not all(isinstance(value, str | int | float) for value in values):
            raise self._fault("syntax")
        return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]

    def _texts(self, given: Mapping[str, Any], *names: str) -> list[str]:
        """The values of whichever of the elements is there: one text or a list of them, all of them not empty."""
        found: Any = next(given[name] for name in names if name in given)
        values = found if isinstance(found, list) else [found]
        if not values or not all(isinstance(value, str) and value for value in values):
            raise self._fault("syntax")
        return values

    def _fault(self, word: str, **facts: object) -> PolicyFault:
        return PolicyFault(getattr(self._words, word).format(**facts))


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key occurs twice")
    return found
