"""Fixtures: the whole cloud in this process, and botocore clients whose requests go straight to its WSGI app."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from hypothesis import settings as hypothesis

from backend.cloud import Cloud
from backend.config import Settings
from ec2api import garbage, roles
from ec2api.app import create_app
from tests.clients import SESSION
from tests.cluster import cluster
from tests.services import Postgres, broker, postgres

__all__ = ["broker", "cluster", "postgres"]

ACCOUNT = "000000000000"
REGION = "us-east-1"

# How long an example takes says how busy the machine is. CI's own profile stays what it is otherwise.
hypothesis.register_profile("patient", parent=hypothesis(), deadline=None)
hypothesis.load_profile("patient")


def pytest_collection_finish() -> None:
    """Look for garbage as seldom as a server does."""
    garbage.collect_seldom()


class _Raw:
    """What botocore reads an answer from."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body

    def read(self, *_: Any, **__: Any) -> bytes:
        return self._body


class Embedded:
    """A cloud in this process: its parts, its app, and clients of it."""

    def __init__(self, cloud: Cloud, app: Any) -> None:
        self.cloud, self.app = cloud, app

    def client(self, service: str = "ec2", *, account: str = ACCOUNT, region: str = REGION, **credentials: str) -> Any:
        client = SESSION.create_client(
            service,
            region_name=region,
            endpoint_url="http://127.0.0.1:8788",
            aws_access_key_id=credentials.get("access_key_id", account),
            aws_secret_access_key=credentials.get("secret", "secret"),
            aws_session_token=credentials.get("token"),
            config=Config(retries={"max_attempts": 0}, parameter_validation=False),
        )
        client.meta.events.register("before-send", self._send)
        return client

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        """A prepared request as a call of the app, its answer as botocore expects it."""
        headers = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        body = request.body.encode() if isinstance(request.body, str) else request.body
        uri = "/" + request.url.split("/", 3)[3]
        answer = self.app.test_client().open(
            uri,
            base_url="http://127.0.0.1:8788",
            method=request.method,
            headers=headers,
            data=body,
            environ_overrides={"RAW_URI": uri} | ({} if body else {"CONTENT_LENGTH": "0"}),
        )
        content = answer.data
        answer.close()
        return AWSResponse(request.url, answer.status_code, dict(answer.headers), _Raw(content))


_templates: dict[tuple[Any, ...], Path] = {}


def prepared(settings: Settings) -> Settings:
    """The settings, once their data directory holds a copy of a database that was prepared but once.

    Those of a database on a server as they are.
    """
    if settings.database_url:
        return settings
    key = (settings.regions, settings.zones)
    if key not in _templates:
        folder = Path(tempfile.mkdtemp(prefix="ec2api-template-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        roles.open_cloud(settings.model_copy(update={"data_dir": folder, "bus_url": "local:"})).close()
        _templates[key] = folder
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    shutil.copy(_templates[key] / "ec2api.db", settings.data_dir)
    return settings


def embedded(folder: Path, stack: ExitStack, **settings: Any) -> Embedded:
    """A cloud with one region of three zones unless ``settings`` say otherwise; guests boot at once."""
    chosen = {
        "regions": (REGION, "eu-central-1"),
        "zones": 3,
        "simulated_boot_seconds": 0,
        "status_check_seconds": 0,
    }
    cloud = roles.open_cloud(prepared(Settings(data_dir=folder, **{**chosen, **settings})))
    stack.callback(cloud.close)
    roles.start_embedded(cloud, stack)
    return Embedded(cloud, create_app(cloud))


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.cluster)])
def shared_cloud(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """One cloud for all tests that keep to an account of their own, on each kind of database."""
    settings: dict[str, Any] = {}
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        settings["database_url"] = server.create_database("shared")
    with ExitStack() as stack:
        yield embedded(tmp_path_factory.mktemp("cloud"), stack, **settings)


@pytest.fixture
def new_cloud(tmp_path: Path) -> Iterator[Callable[..., Embedded]]:
    """Makes clouds of a test's own, with settings of its own."""
    with ExitStack() as stack:
        made = 0

        def make(**settings: Any) -> Embedded:
            nonlocal made
            made += 1
            return embedded(tmp_path / str(made), stack, **settings)

        yield make


_accounts = iter(range(100_000_000_000, 999_999_999_999))


@pytest.fixture
def account() -> str:
    """An account that no other test of this process has."""
    return str(next(_accounts))


@pytest.fixture
def ec2(shared_cloud: Embedded, account: str) -> Any:
    """An EC2 client of a fresh account."""
    return shared_cloud.client(account=account)


@pytest.fixture
def sts(shared_cloud: Embedded, account: str) -> Any:
    return shared_cloud.client("sts", account=account)
