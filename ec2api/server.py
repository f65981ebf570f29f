"""gunicorn with the settings of this cloud: `serve` (everything in one worker) and `api` (workers only)."""

import ssl
import sys
from contextlib import ExitStack
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.errors import AppImportError

from backend.config import Settings
from ec2api import garbage


class Server(BaseApplication):
    """Each worker opens the cloud for itself, after the fork; the master holds nothing but the sockets.

    OSError where the certificate cannot be used.
    """

    def __init__(self, settings: Settings, *, embedded: bool) -> None:
        self._settings, self._embedded = settings, embedded
        self.tls = _tls(settings)
        self._closing = ExitStack()
        super().__init__()  # type: ignore[no-untyped-call]

    def load_config(self) -> None:
        settings = self._settings
        options = {
            "bind": [url.partition("://")[2] for url in settings.urls],
            "workers": 1 if self._embedded else settings.workers,
            "worker_class": "ec2api.worker.Worker",
            "header_map": "dangerous",  # names with underscores are metadata; nothing here trusts a forwarder's headers
            "threads": settings.threads,
            "timeout": 120,
            "graceful_timeout": 15,
            "keepalive": 30,
            "loglevel": settings.log_level,
            "control_socket_disable": True,
            "post_worker_init": self._ready,
            "worker_exit": self._exit,
            "limit_request_line": 8190,
            "worker_tmp_dir": _memory_folder(),
        }
        config: Any = self.cfg
        for name, value in options.items():
            config.set(name, value)

    def load(self) -> Any:
        from backend import logs  # noqa: PLC0415  the worker's imports stay out of the master
        from compute_agent.drivers.base import DriverError  # noqa: PLC0415
        from compute_agent.store import WrongHost  # noqa: PLC0415
        from ec2api import roles  # noqa: PLC0415
        from ec2api.app import create_app  # noqa: PLC0415

        logs.set_up(self._settings)
        cloud = roles.open_cloud(self._settings)
        self._closing.callback(cloud.close)
        if self._embedded:
            try:
                roles.start_embedded(cloud, self._closing)
            except (DriverError, WrongHost, ValueError) as fault:  # what the operator can mend
                raise AppImportError(f"ec2api: {fault}") from fault
        return create_app(cloud, ("api", "conductor", "agent") if self._embedded else ("api",))

    def _ready(self, _worker: Any) -> None:
        garbage.collect_seldom()
        settings = self._settings
        mode = "every access key is accepted" if settings.auth_mode == "open" else "signatures are verified"
        url = settings.urls[0]
        if settings.tls_self_signed:
            mode += f"; clients trust {settings.own_certificate}"
        print(
            f"ec2api is ready: {' and '.join(settings.urls)} ({mode}); "
            f"try: aws --endpoint-url {url} ec2 describe-instances",
            flush=True,
        )

    def _exit(self, _arbiter: Any, _worker: Any) -> None:
        self._closing.close()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings.tls:
        return None
    from ec2api import tls  # noqa: PLC0415  its imports are for those who want TLS

    return tls.context(settings)


def _memory_folder() -> str | None:
    return "/dev/shm" if sys.platform == "linux" else None  # noqa: S108  gunicorn's own advice for heartbeats
