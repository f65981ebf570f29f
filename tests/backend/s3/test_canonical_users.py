"""Canonical ids say which account they are of; addresses and names are what an operator said."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.config import Settings
from backend.db.base import Base
from backend.db.engine import Database
from backend.db.unit_of_work import UnitOfWork
from backend.errors import CloudError
from backend.s3 import canonical_users as users
from backend.s3.canonical_users import Profile

accounts = st.from_regex(r"[0-9]{12}", fullmatch=True)


@pytest.fixture
def uow(tmp_path: Path) -> Iterator[UnitOfWork]:
    database = Database(Settings(data_dir=tmp_path).database)
    Base.metadata.create_all(database.engine)
    with UnitOfWork(database, "111122223333", "us-east-1") as made:
        yield made
    database.dispose()


@given(accounts, accounts)
def test_an_id_is_of_one_account(account: str, other: str) -> None:
    id = users.canonical_id(account)
    assert len(bytes.fromhex(id)) == 32
    assert users.account_of_canonical_id(id) == account
    assert (users.canonical_id(other) == id) == (other == account)


@given(accounts, st.integers(0, 63), st.sampled_from("0123456789abcdef"))
def test_an_id_with_another_digit_is_nobodys(account: str, at: int, digit: str) -> None:
    id = users.canonical_id(account)
    changed = id[:at] + digit + id[at + 1 :]
    assert users.account_of_canonical_id(changed) == (account if changed == id else None)


@given(st.text() | st.text("0123456789abcdef", min_size=64, max_size=64))
def test_other_texts_are_nobodys(text: str) -> None:
    assert users.account_of_canonical_id(text) is None


def test_names_and_addresses(uow: UnitOfWork) -> None:
    users.describe(uow, "111122223333", Profile("main", "Main@Example.org"))
    users.describe(uow, "444455556666", Profile(email="two@example.org"))
    users.describe(uow, "777788889999", Profile(email="two@example.org"))
    users.describe(uow, "111122223333", Profile(email="m@example.org"))
    users.describe(uow, "000000000001", Profile())
    assert users.display_name(uow, "111122223333") == "main"
    assert users.display_name(uow, "444455556666") == "444455556666"
    assert users.display_name(uow, "000000000001") == "000000000001"
    assert users.account_of_email(uow, "M@example.ORG") == "111122223333"
    for email, code in (
        ("main@example.org", "UnresolvableGrantByEmailAddress"),
        ("two@example.org", "AmbiguousGrantByEmailAddress"),
    ):
        with pytest.raises(CloudError) as refused:
            users.account_of_email(uow, email)
        assert (refused.value.code, refused.value.status) == (code, 400)
