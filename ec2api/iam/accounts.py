"""IAM actions on an account as a whole."""

from typing import Any

from backend.iam import accounts
from ec2api.call import Call
from ec2api.iam.pages import cut
from ec2api.registry import action


@action(service="iam", reads=True)
def list_account_aliases(call: Call, *, marker: str | None = None, max_items: int | None = None) -> dict[str, Any]:
    found, rest = cut(accounts.aliases(call.uow), marker, max_items)
    return {"AccountAliases": found, **rest}


@action(service="iam")
def create_account_alias(call: Call, *, account_alias: str) -> None:
    accounts.set_alias(call.uow, account_alias)


@action(service="iam")
def delete_account_alias(call: Call, *, account_alias: str) -> None:
    accounts.delete_alias(call.uow, account_alias)


@action(service="iam", reads=True)
def get_account_summary(call: Call) -> dict[str, Any]:
    return {"SummaryMap": accounts.summary(call.uow)}
