"""Websites of buckets: which configurations S3 takes, and which of their rules sends a visitor elsewhere.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteHosting.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from backend import errors

KIND = "website"
RULE_LIMIT = 50

Document = Mapping[str, Any]
"""By AWS's member names."""


def check(document: Document) -> None:
    """InvalidArgument and InvalidRequest for a WebsiteConfiguration that S3 would not take."""
    if "RedirectAllRequestsTo" in document:
        if len(document) > 1:
            reason = "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules."
            raise errors.InvalidRequest(reason=reason)
        if not document["RedirectAllRequestsTo"]["HostName"]:
            raise errors.InvalidRequest(reason="The HostName of RedirectAllRequestsTo must not be empty.")
        return
    suffix = document.get("IndexDocument", {}).get("Suffix")
    if suffix is None:
        reason = "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty"
        raise errors.InvalidArgument(reason=reason, name="IndexDocument", value="null")
    if not suffix or "/" in suffix:
        reason = "The IndexDocument Suffix is not well formed"
        raise errors.InvalidArgument(reason=reason, name="IndexDocument", value=suffix)
    if document.get("ErrorDocument", {}).get("Key") == "":
        reason = "The ErrorDocument Key is not well formed"
        raise errors.InvalidArgument(reason=reason, name="ErrorDocument", value="")
    rules = document.get("RoutingRules", ())
    if len(rules) > RULE_LIMIT:
        reason = (
            f"{len(rules)} routing rules provided, the number of routing rules in a website configuration is limited "
            f"to {RULE_LIMIT}."
        )
        raise errors.InvalidRequest(reason=reason)
    for rule in rules:
        _check_condition(rule.get("Condition"))
        _check_redirect(rule["Redirect"])


def _check_condition(condition: Document | None) -> None:
    if condition is None:
        return
    if not condition:
        reason = (
            "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't "
            "be present."
        )
        raise errors.InvalidRequest(reason=reason)
    code = condition.get("HttpErrorCodeReturnedEquals")
    if code is not None and not (len(code) == 3 and code[0] in "45" and code.isdigit()):
        reason = f"The provided HTTP error code ({code}) is not valid. Valid codes are 4XX or 5XX."
        raise errors.InvalidRequest(reason=reason)


def _check_redirect(redirect: Document) -> None:
    if not redirect:
        raise errors.InvalidRequest(reason="The Redirect of a routing rule must say where to.")
    if "ReplaceKeyWith" in redirect and "ReplaceKeyPrefixWith" in redirect:
        raise errors.InvalidRequest(reason="You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
    code = redirect.get("HttpRedirectCode")
    if code is not None and not (len(code) == 3 and code[0] == "3" and code.isdigit() and code != "300"):
        reason = f"The provided HTTP redirect code ({code}) is not valid. Valid codes are 3XX except 300."
        raise errors.InvalidRequest(reason=reason)


def rule_for(rules: Sequence[Document], key: str, error: str = "") -> Document | None:
    """The first rule for a key. ``error``: the status that it was answered with; empty before it is looked for."""
    for rule in rules:
        condition = rule.get("Condition") or {}
        meant = condition.get("HttpErrorCodeReturnedEquals", "") == error
        if meant and key.startswith(condition.get("KeyPrefixEquals", "")):
            return rule
    return None


def replaced(rule: Document, key: str) -> str:
    """The key that a rule makes of this one."""
    redirect = rule["Redirect"]
    if "ReplaceKeyWith" in redirect:
        return str(redirect["ReplaceKeyWith"])
    if "ReplaceKeyPrefixWith" in redirect:
        prefix = (rule.get("Condition") or {}).get("KeyPrefixEquals", "")
        return str(redirect["ReplaceKeyPrefixWith"]) + key.removeprefix(prefix)
    return key
