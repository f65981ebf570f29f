"""Apache Libcloud's storage driver for S3, which signs with version 4 and uploads streams in parts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from libcloud.common.types import InvalidCredsError, LibcloudError
from libcloud.storage.providers import get_driver
from libcloud.storage.types import (
    ContainerDoesNotExistError,
    ContainerIsNotEmptyError,
    ObjectDoesNotExistError,
    Provider,
)

from conformance.endpoint import Credentials, Endpoint
from conformance.tools import trees


def connect(endpoint: Endpoint, credentials: Credentials) -> Any:
    url = urlsplit(endpoint.url)
    return get_driver(Provider.S3)(
        credentials.access_key_id,
        credentials.secret,
        secure=False,
        host=url.hostname,
        port=url.port,
        region=endpoint.region,
    )


@pytest.fixture(scope="module")
def driver(endpoint: Endpoint) -> Any:
    return connect(endpoint, endpoint.credentials)


@pytest.fixture
def container(driver: Any, name: str) -> Iterator[Any]:
    made = driver.create_container(name)
    yield made
    for found in made.list_objects():
        assert found.delete() is True
    assert made.delete() is True
    with pytest.raises(ContainerDoesNotExistError):
        driver.get_container(name)


def test_containers(driver: Any, container: Any) -> None:
    assert container.name in {found.name for found in driver.iterate_containers()}
    assert driver.get_container(container.name).name == container.name
    container.upload_object_via_stream(iter([b"hello"]), "key")
    with pytest.raises(ContainerIsNotEmptyError):
        container.delete()


def test_objects(driver: Any, container: Any, tmp_path: Path) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    source.write_bytes(b"hello")
    given = {"content_type": "text/x", "meta_data": {"a": "b"}}
    made = container.upload_object(str(source), "folder/a b.txt", extra=given)
    assert (made.size, made.hash) == (5, "5d41402abc4b2a76b9719d911017c592")
    found = driver.get_object(container.name, "folder/a b.txt")
    assert (found.size, found.meta_data, found.extra["content_type"]) == (5, {"a": "b"}, "text/x")
    assert found.download(str(back)) is True
    assert back.read_bytes() == b"hello"
    assert b"".join(found.as_stream()) == b"hello"
    assert b"".join(found.range_as_stream(1, 3)) == b"el"
    container.upload_object_via_stream(iter([b"1"]), "other")
    assert [each.name for each in container.list_objects()] == ["folder/a b.txt", "other"]
    assert [each.name for each in container.list_objects(prefix="folder/")] == ["folder/a b.txt"]
    assert found.delete() is True
    with pytest.raises(ObjectDoesNotExistError):
        driver.get_object(container.name, "folder/a b.txt")


def test_a_stream_in_parts(driver: Any, container: Any, tmp_path: Path) -> None:
    source = trees.large(tmp_path / "large", 12)
    with source.open("rb") as stream:
        made = driver.upload_object_via_stream(iter(lambda: stream.read(2**20), b""), container, "large")
    assert made.size == 12 * 2**20
    assert driver.download_object(driver.get_object(container.name, "large"), str(tmp_path / "back")) is True
    assert trees.hash_of(tmp_path / "back") == trees.hash_of(source)
    assert list(driver.ex_iterate_multipart_uploads(container)) == []


def test_a_wrong_secret(endpoint: Endpoint) -> None:
    wrong = Credentials("", endpoint.credentials.access_key_id, "wrong")
    with pytest.raises((InvalidCredsError, LibcloudError)):
        connect(endpoint, wrong).list_containers()
