"""Access keys in the database: made, found, disabled, expired, and unreadable there."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backend import access_keys, clock, errors, key_file
from backend.access_keys import AccessKeys
from backend.cloud import Cloud
from backend.db.models.identity import AccessKey, Account
from backend.key_file import KeyFile


@pytest.fixture
def key(cloud: Cloud) -> KeyFile:
    return key_file.at(cloud.settings.key_path)


def create(cloud: Cloud, key: KeyFile, **given: Any) -> access_keys.NewKey:
    with cloud.unit_of_work("", "", write=True) as uow:
        new = access_keys.create(uow, key, **given)
        uow.commit()
    return new


def issue(cloud: Cloud, key: KeyFile, *, seconds: int = 900, **given: Any) -> access_keys.NewKey:
    facts = {"account": "111122223333", "arn": "arn:aws:iam::111122223333:root", "user_id": "111122223333"}
    with cloud.unit_of_work("", "", write=True) as uow:
        new = access_keys.issue(uow, key, seconds=seconds, **facts, **given)
        uow.commit()
    return new


def test_root_and_user_keys(cloud: Cloud, key: KeyFile) -> None:
    root = create(cloud, key, account="111122223333")
    user = create(cloud, key, account="111122223333", user_name="ann")
    twin = create(cloud, key, account="111122223333", user_name="ann")
    found = AccessKeys(cloud.database, key).find
    assert len(root.access_key_id) == 20
    assert root.access_key_id.startswith("AKIA")
    assert len(root.secret) == 40
    first = found(root.access_key_id)
    assert first is not None
    assert (first.arn, first.user_id) == ("arn:aws:iam::111122223333:root", "111122223333")
    assert (first.secret, first.active, first.expires, first.session) == (root.secret, True, None, None)
    second, third = found(user.access_key_id), found(twin.access_key_id)
    assert second is not None
    assert third is not None
    assert second.arn == "arn:aws:iam::111122223333:user/ann"
    assert len(second.user_id) == 21
    assert second.user_id.startswith("AIDA")
    assert third.user_id == second.user_id
    with cloud.unit_of_work("", "", write=False) as uow:
        assert [account.id for account in uow.query(Account)] == ["111122223333"]


def test_secrets_and_tokens_are_not_readable_in_the_database(cloud: Cloud, key: KeyFile) -> None:
    permanent, temporary = create(cloud, key, account="111122223333"), issue(cloud, key)
    assert temporary.session_token is not None
    with cloud.database.engine.connect() as connection:
        rows = [*connection.execute(select(AccessKey.__table__)), *connection.execute(select(Account.__table__))]
    values = [value for row in rows for value in row]
    dump = b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)
    assert permanent.access_key_id.encode() in dump
    for text in (permanent.secret, temporary.secret, temporary.session_token):
        assert text.encode() not in dump


def test_a_key_that_is_brought_along(cloud: Cloud, key: KeyFile) -> None:
    new = create(cloud, key, account="111122223333", access_key_id="AKIAIOSFODNN7EXAMPLE", secret="s" * 40)
    assert (new.access_key_id, new.secret) == ("AKIAIOSFODNN7EXAMPLE", "s" * 40)
    with pytest.raises(errors.EntityAlreadyExists):
        create(cloud, key, account="111122223333", access_key_id="AKIAIOSFODNN7EXAMPLE", secret="t" * 40)


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "1234"},
        {"account": "١٢٣٤٥٦٧٨٩٠١٢"},
        {"account": "111122223333\n"},
        {"user_name": "a/b"},
        {"user_name": ""},
        {"user_name": "a" * 65},
        {"access_key_id": "short"},
        {"access_key_id": "AKIA/OSFODNN7EXAMPLE"},
        {"secret": "with a space in its midst"},
        {"secret": "short"},
    ],
)
def test_forms(cloud: Cloud, key: KeyFile, wrong: dict[str, str]) -> None:
    with pytest.raises(errors.ValidationError):
        create(cloud, key, **{"account": "111122223333", **wrong})


def test_list_and_disable(cloud: Cloud, key: KeyFile) -> None:
    one = create(cloud, key, account="111122223333").access_key_id
    two = create(cloud, key, account="444455556666").access_key_id
    temporary = issue(cloud, key).access_key_id
    issue(cloud, key, seconds=-1)
    with cloud.unit_of_work("", "", write=True) as uow:
        assert {row.id for row in access_keys.list_(uow)} == {one, two}
        assert [row.id for row in access_keys.list_(uow, account="444455556666")] == [two]
        assert [row.id for row in access_keys.list_(uow, temporary=True)] == [temporary]
        assert access_keys.disable(uow, one).status == "Inactive"
        with pytest.raises(errors.NoSuchEntity):
            access_keys.disable(uow, "AKIAIOSFODNN7EXAMPLE")
        uow.commit()
    found = AccessKeys(cloud.database, key).find(one)
    assert found is not None
    assert not found.active


def test_session_tokens(cloud: Cloud, key: KeyFile) -> None:
    permanent, temporary = (
        create(cloud, key, account="111122223333"),
        issue(cloud, key, limits={"tags": {"a": "b"}}),
    )
    keys = AccessKeys(cloud.database, key)
    found, lasting = keys.find(temporary.access_key_id), keys.find(permanent.access_key_id)
    assert found is not None
    assert lasting is not None
    assert temporary.access_key_id.startswith("ASIA")
    assert found.session == {"tags": {"a": "b"}}
    assert found.expires == temporary.expires
    assert found.is_token(temporary.session_token)
    assert not any(found.is_token(token) for token in (None, "", "x", "\ud800", temporary.secret))
    assert lasting.is_token(None)
    assert not any(lasting.is_token(token) for token in ("", "x", temporary.session_token))


def test_issuing_forgets_what_expired_long_ago(cloud: Cloud, key: KeyFile) -> None:
    old, recent = issue(cloud, key, seconds=-2 * 86_400), issue(cloud, key, seconds=-60)
    permanent = create(cloud, key, account="111122223333")
    new = issue(cloud, key)
    with cloud.unit_of_work("", "", write=False) as uow:
        left = {row.id for row in uow.query(AccessKey)}
    assert left == {recent.access_key_id, permanent.access_key_id, new.access_key_id}
    assert old.access_key_id not in left
    assert new.expires is not None
    assert timedelta(seconds=890) < new.expires - clock.now() <= timedelta(seconds=900)


def test_found_keys_are_remembered_for_a_while(cloud: Cloud, key: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = AccessKeys(cloud.database, key)
    assert keys.find("AKIAIOSFODNN7EXAMPLE") is None
    create(cloud, key, account="111122223333", access_key_id="AKIAIOSFODNN7EXAMPLE", secret="s" * 40)
    assert keys.find("AKIAIOSFODNN7EXAMPLE") is None
    monkeypatch.setattr(access_keys, "CACHE_SECONDS", 0.0)
    fresh = AccessKeys(cloud.database, key)
    first = fresh.find("AKIAIOSFODNN7EXAMPLE")
    with cloud.unit_of_work("", "", write=True) as uow:
        access_keys.disable(uow, "AKIAIOSFODNN7EXAMPLE")
        uow.commit()
    second = fresh.find("AKIAIOSFODNN7EXAMPLE")
    assert first is not None
    assert second is not None
    assert (first.active, second.active) == (True, False)


@pytest.mark.parametrize("id", ["", "test", "000000000000", "a" * 129, "AKIA\x00OSFODNN7EXAMPL", "\ud800" * 16])
def test_what_cannot_be_a_key_is_not_looked_up(cloud: Cloud, key: KeyFile, id: str) -> None:
    cloud.database.dispose()
    assert AccessKeys(cloud.database, key).find(id) is None


def test_another_key_file_is_noticed(cloud: Cloud, key: KeyFile) -> None:
    new = create(cloud, key, account="111122223333")
    other = KeyFile(cloud.settings.data_dir / "other")
    with pytest.raises(key_file.KeyFileError):
        AccessKeys(cloud.database, other).find(new.access_key_id)
