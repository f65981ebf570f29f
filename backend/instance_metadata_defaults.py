"""What an account wants of the metadata service of its new instances in a region, where a launch does not say.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html
"""

from collections.abc import Mapping
from typing import Any

from backend import account_settings, errors
from backend.db.unit_of_work import UnitOfWork

NAME = "instance-metadata-defaults"
NO_PREFERENCE: frozenset[object] = frozenset({"no-preference", -1})
"""Values that take a preference back."""


def of(uow: UnitOfWork) -> Mapping[str, Any]:
    """The account's preferences by EC2's names of the members; nothing where it has none."""
    return account_settings.value(uow, NAME) or {}


def modify(uow: UnitOfWork, changes: Mapping[str, Any]) -> None:
    """Change some preferences. InvalidParameterValue, InvalidParameterCombination."""
    hops = changes.get("HttpPutResponseHopLimit")
    if hops is not None and hops != -1 and not 1 <= hops <= 64:
        raise errors.InvalidParameterValue(
            value=hops, name="HttpPutResponseHopLimit", reason="Specify a value between 1 and 64, or -1."
        )
    wanted = {**of(uow), **changes}
    found = {name: value for name, value in wanted.items() if value not in NO_PREFERENCE}
    if found.get("HttpTokensEnforced") == "enabled" and found.get("HttpTokens") == "optional":
        raise errors.InvalidParameterCombination(
            reason="HttpTokensEnforced cannot be enabled while HttpTokens is optional."
        )
    account_settings.put(uow, NAME, found)


def check(defaults: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """UnsupportedOperation for an instance without required tokens in an account that enforces these."""
    if defaults.get("HttpTokensEnforced") == "enabled" and options["HttpTokens"] != "required":
        raise errors.UnsupportedOperation(
            reason="IMDSv2 is enforced for this account: HttpTokens must be set to required."
        )
