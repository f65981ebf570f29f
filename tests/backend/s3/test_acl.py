"""Grants in headers, and what grants give."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.config import Settings
from backend.db.base import Base
from backend.db.engine import Database
from backend.db.models import Bucket
from backend.db.unit_of_work import UnitOfWork
from backend.errors import CloudError
from backend.policies.evaluation import ANONYMOUS, Principal
from backend.s3 import acl, canonical_users
from backend.s3.acl import Grant

accounts = st.from_regex(r"[0-9]{12}", fullmatch=True)
permissions = st.sampled_from(["FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"])
grants = st.builds(lambda p, a: {"Permission": p, "Account": a}, permissions, accounts) | st.builds(
    lambda p, g: {"Permission": p, "Group": g}, permissions, st.sampled_from(sorted(acl.URIS))
)
OWNER = "111122223333"


@pytest.fixture(scope="module")
def uow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnitOfWork]:
    database = Database(Settings(data_dir=tmp_path_factory.mktemp("accounts")).database)
    Base.metadata.create_all(database.engine)
    with UnitOfWork(database, OWNER, "us-east-1") as made:
        yield made
    database.dispose()


def in_header(grant: Grant, quote: str) -> str:
    if "Group" in grant:
        return f"uri={quote}{acl.URIS[grant['Group']]}{quote}"
    return f"id={quote}{canonical_users.canonical_id(grant['Account'])}{quote}"


@given(st.lists(grants, max_size=8), st.sampled_from(["", '"']), st.sampled_from([",", ", ", " , "]))
def test_headers_are_read_as_they_are_written(uow: UnitOfWork, wanted: list[Grant], quote: str, between: str) -> None:
    wanted = [grant | {"Permission": "READ"} for grant in wanted]
    text = between.join(in_header(grant, quote) for grant in wanted)
    assert acl.in_header(uow, "x-amz-grant-read", text, "READ") == wanted


@given(st.text() | st.text('iduremalAs="=, ').map(lambda text: f'id="{text}'))
def test_whatever_else_is_in_a_header_is_refused(uow: UnitOfWork, text: str) -> None:
    try:
        found = acl.in_header(uow, "x-amz-grant-read", text, "READ")
    except CloudError as fault:
        assert fault.status == 400
    else:
        assert found == [] == text.split()


@given(st.lists(grants, max_size=8), accounts, permissions)
def test_who_is_given_what(given_: list[Grant], account: str, permission: str) -> None:
    """Against the words of the documentation: FULL_CONTROL is all of the others, and groups are whom they name."""
    enough = {permission, "FULL_CONTROL"}
    mine = {g["Permission"] for g in given_ if g.get("Account") == account}
    assert acl.gives_to_account(given_, OWNER, account, permission) == bool(mine & enough)
    for principal, names in (
        (ANONYMOUS, {"AllUsers"}),
        (Principal(account, "", "", "user"), {"AllUsers", "AuthenticatedUsers"}),
        (Principal("", acl.LOGGING, "", "service"), {"LogDelivery"}),
        (Principal("", "ec2.amazonaws.com", "", "service"), set[str]()),
    ):
        theirs = {g["Permission"] for g in given_ if g.get("Group") in names}
        assert acl.gives_to_group(given_, principal, permission, ignore_public=False) == bool(theirs & enough)
        if "LogDelivery" not in names:
            assert not acl.gives_to_group(given_, principal, permission, ignore_public=True)


@given(st.lists(grants, max_size=8))
def test_acls_are_kept_without_repetitions(given_: list[Grant]) -> None:
    kept = acl.normal([*given_, *given_], OWNER)
    again = acl.whole(kept, OWNER)
    assert all(grant in again for grant in given_)
    assert len(again) == len({tuple(grant.items()) for grant in given_})
    assert acl.is_public(kept) == any(g.get("Group") in ("AllUsers", "AuthenticatedUsers") for g in given_)


@pytest.mark.parametrize("ownership", [None, "ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced"])
@pytest.mark.parametrize("canned", [None, "private", "bucket-owner-full-control"])
def test_whom_a_new_object_belongs_to(ownership: str | None, canned: str | None) -> None:
    bucket = Bucket(account=OWNER, ownership=ownership)
    preferred = ownership == "BucketOwnerPreferred" and canned == "bucket-owner-full-control"
    expected = OWNER if ownership == "BucketOwnerEnforced" or preferred else "444455556666"
    assert acl.owner_of_new(bucket, "444455556666", canned) == expected
