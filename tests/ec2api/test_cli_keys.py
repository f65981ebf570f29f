"""`ec2api keys`: create, list and disable, and clear words for what goes wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from backend import key_file
from backend.access_keys import AccessKeys
from backend.config import Settings
from backend.db.engine import Database
from backend.db.models import IamUser
from backend.db.unit_of_work import UnitOfWork
from backend.iam import entities, policies
from backend.policies import grants
from backend.policies.evaluation import Grants
from backend.s3.canonical_users import canonical_id
from ec2api.caller import Caller
from ec2api.cli_keys import keys
from tests.databases import with_tables


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_tables(tmp_path)


def run(folder: Path, *arguments: str, **more: Any) -> Result:
    return CliRunner().invoke(keys, ["--data-dir", str(folder), *arguments], **more)


def created(folder: Path, *arguments: str, **more: Any) -> dict[str, str]:
    result = run(folder, "create", "--output", "json", *arguments, **more)
    assert result.exit_code == 0, result.output
    answer: dict[str, str] = json.loads(result.output)
    return answer


def test_create_list_disable(folder: Path) -> None:
    root = created(folder, "--account", "111122223333")
    user = created(folder, "--account", "444455556666", "--user", "ann")
    listed = json.loads(run(folder, "list", "--output", "json").output)
    assert {row["AccessKeyId"]: row["Arn"] for row in listed} == {
        root["AccessKeyId"]: "arn:aws:iam::111122223333:root",
        user["AccessKeyId"]: "arn:aws:iam::444455556666:user/ann",
    }
    assert user["SecretAccessKey"] not in json.dumps(listed)
    assert run(folder, "disable", user["AccessKeyId"]).exit_code == 0
    line = run(folder, "list", "--account", "444455556666").output.split("\t")
    assert line[:2] == [user["AccessKeyId"], "444455556666"]
    assert line[3] == "Inactive"
    assert line[5:] == ["-", canonical_id("444455556666"), "-", "-\n"]
    assert run(folder, "list", "--temporary").output == ""


def test_a_user_may_be_given_policies(folder: Path) -> None:
    account, arn = "111122223333", "arn:aws:iam::111122223333:policy/p"
    created(folder, "--account", account)
    database = Database(Settings(data_dir=folder).database)
    with UnitOfWork(database, account, "") as uow:
        text = '{"Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}}'
        policies.create(uow, name="p", path="/", document=text, description=None, wanted_tags=())
        uow.commit()
    created(folder, "--account", account, "--user", "ann", "--policy", arn)
    with UnitOfWork(database, account, "", write=False) as uow:
        ann = entities.look_up(uow, IamUser, "ann")
        caller = Caller(account, "us-east-1", ann.arn, ann.id, authorised=True)
        assert grants.of(uow.connection(), caller).grants == Grants((text,))
    database.dispose()
    refused = run(folder, "create", "--account", account, "--user", "bob", "--policy", f"{arn}-2")
    assert (refused.exit_code, "does not exist or is not attachable" in refused.output) == (1, True)
    assert "bob" not in run(folder, "list").output
    assert "root user may do all" in run(folder, "create", "--account", account, "--policy", arn).output


def test_text_is_an_environment(folder: Path) -> None:
    result = run(folder, "create", "--account", "111122223333")
    given = dict(line.split("=", 1) for line in result.output.splitlines())
    assert given.keys() == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    settings = Settings(data_dir=folder)
    database = Database(settings.database)
    found = AccessKeys(database, key_file.at(settings.key_path)).find(given["AWS_ACCESS_KEY_ID"])
    database.dispose()
    assert found is not None
    assert found.secret == given["AWS_SECRET_ACCESS_KEY"]


def test_bring_a_key_along(folder: Path) -> None:
    own = ("--account", "111122223333", "--access-key-id", "AKIAIOSFODNN7EXAMPLE")
    answer = created(folder, *own, input="s" * 40 + "\n")
    assert answer == {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "s" * 40}
    again = run(folder, "create", *own, input="s" * 40 + "\n")
    assert again.exit_code == 1
    assert again.output == "Error: The access key AKIAIOSFODNN7EXAMPLE already exists.\n"


def test_users_of_s3_have_names_and_addresses(folder: Path) -> None:
    main = ("--account", "111122223333", "--display-name", "M. Tester", "--email", "Main@example.org")
    fixed = {"AccessKeyId": "0123456789abcdef", "SecretAccessKey": "s3cret/of+the=main-user"}
    given = ("--access-key-id", fixed["AccessKeyId"], "--secret", fixed["SecretAccessKey"])
    assert created(folder, *main, *given) == fixed
    created(folder, "--account", "111122223333", "--user", "ann")  # leaves the profile as it is
    other = created(folder, "--account", "444455556666")["AccessKeyId"]
    rows = {row["AccessKeyId"]: row for row in json.loads(run(folder, "list", "--output", "json").output)}
    known = {"CanonicalId": canonical_id("111122223333"), "DisplayName": "M. Tester", "Email": "main@example.org"}
    assert rows.pop(other)["DisplayName"] is None
    assert [row | known for row in rows.values()] == list(rows.values())
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("create", "--account", "111122223333", "--email", "nobody"), "Not an e-mail address"),
        (("create", "--account", "111122223333", "--display-name", ""), "Not a display name"),
        (("create", "--account", "12"), "An account has 12 digits"),
        (("create", "--account", "111122223333", "--user", "a/b"), "Not a user name"),
        (("disable", "AKIAIOSFODNN7EXAMPLE"), "cannot be found"),
    ],
)
def test_refusals(folder: Path, arguments: tuple[str, ...], text: str) -> None:
    result = run(folder, *arguments)
    assert result.exit_code == 1
    assert text in result.output
    assert "Traceback" not in result.output


def test_a_database_without_tables(tmp_path: Path) -> None:
    result = run(tmp_path, "list")
    assert result.exit_code == 1
    assert "ec2api db upgrade" in result.output


def test_a_key_file_that_is_none(folder: Path) -> None:
    (folder / "other").write_bytes(b"x")
    result = CliRunner().invoke(
        keys,
        [
            "--data-dir",
            str(folder),
            "--key-file",
            str(folder / "other"),
            "create",
            "--account",
            "111122223333",
        ],
    )
    assert result.exit_code == 1
    assert "must have 32 bytes" in result.output
