"""Cross-origin rules of buckets: what is one, and which of them lets a page of another origin do something.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors
from backend.db.models import Bucket
from backend.db.unit_of_work import UnitOfWork
from backend.s3 import buckets

KIND = "cors"
METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")
LIMIT = 100
"""Rules of a bucket."""

_ID_LIMIT = 255

Rule = Mapping[str, Any]
"""By AWS's member names."""


def rules(uow: UnitOfWork, bucket: Bucket) -> Sequence[Rule]:
    """In their order; none where the bucket has none."""
    found = buckets.configuration(uow, bucket, KIND)
    return found["CORSRules"] if found else ()


def check(document: Mapping[str, Any]) -> None:
    """InvalidRequest for a CORSConfiguration that S3 would not take; MalformedXML for one without rules."""
    given = document.get("CORSRules") or ()
    if not given:
        raise errors.MalformedXML()
    if len(given) > LIMIT:
        raise errors.InvalidRequest(
            reason=f"The number of CORS rules should not exceed allowed limit of {LIMIT} rules."
        )
    for rule in given:
        _check_rule(rule)


def _check_rule(rule: Rule) -> None:
    if len(rule.get("ID", "")) > _ID_LIMIT:
        raise errors.InvalidRequest(reason=f"The ID of a CORS rule should not exceed {_ID_LIMIT} characters.")
    for method in rule["AllowedMethods"]:
        if method not in METHODS:
            reason = f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
            raise errors.InvalidRequest(reason=reason)
    for member, name in (("AllowedOrigins", "AllowedOrigin"), ("AllowedHeaders", "AllowedHeader")):
        for text in rule.get(member, ()):
            if text.count("*") > 1:
                raise errors.InvalidRequest(reason=f'{name} "{text}" can not have more than one wildcard.')
    for text in rule.get("ExposeHeaders", ()):
        if "*" in text:
            reason = f'ExposeHeader "{text}" contains wildcard. We currently do not support wildcard for ExposeHeader.'
            raise errors.InvalidRequest(reason=reason)


def match(rules: Sequence[Rule], origin: str, method: str, headers: Sequence[str] = ()) -> tuple[Rule, str] | None:
    """The first rule that allows such a request, and which of its origins does. ``headers``: in lower case."""
    for rule in rules:
        if method not in rule["AllowedMethods"]:
            continue
        allowed = next((pattern for pattern in rule["AllowedOrigins"] if _is_like(origin, pattern)), None)
        if allowed is None:
            continue
        patterns = [pattern.lower() for pattern in rule.get("AllowedHeaders", ())]
        if all(any(_is_like(header, pattern) for pattern in patterns) for header in headers):
            return rule, allowed
    return None


def _is_like(text: str, pattern: str) -> bool:
    """``*`` stands for any characters, once."""
    before, wildcard, after = pattern.partition("*")
    if not wildcard:
        return text == pattern
    return len(text) >= len(before) + len(after) and text.startswith(before) and text.endswith(after)
