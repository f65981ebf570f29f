"""A server with the TLS worker and a small application, which writes down what it saw of a request, or sends a file.

Usage: python -m tests.ec2api.echo PLAIN-PORT TLS-PORT DATA-DIR, with two threads.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication

from backend.config import Settings
from ec2api import tls


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    if path.startswith("/file/"):  # /file/START/END of the file in the folder
        _, _, start, end = path.split("/")
        file = (Path(sys.argv[3]) / "file").open("rb")
        file.seek(int(start))
        start_response("200 OK", [("Content-Length", str(int(end) - int(start)))])
        sent: Iterable[bytes] = environ["wsgi.file_wrapper"](file, 65536)
        return sent
    body = environ["wsgi.input"].read()
    seen = {name: value for name, value in environ.items() if name.startswith("HTTP_")}
    seen |= {"scheme": environ["wsgi.url_scheme"], "body": body.decode("latin-1")}
    (Path(sys.argv[3]) / "seen").write_text(json.dumps(seen))
    answer = b"" if environ["REQUEST_METHOD"] == "PUT" else seen["scheme"].encode()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


class Echo(BaseApplication):
    def load_config(self) -> None:
        plain, secure, folder = sys.argv[1:]
        self.tls = tls.context(Settings(tls_self_signed=True, data_dir=Path(folder)))
        options = {
            "bind": [f"127.0.0.1:{plain}", f"127.0.0.1:{secure}"],
            "worker_class": "ec2api.worker.Worker",
            "threads": 2,
            "keepalive": 30,
            "loglevel": "warning",
            "control_socket_disable": True,
            "post_worker_init": lambda _worker: print("ready", flush=True),
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return application


if __name__ == "__main__":
    Echo().run()  # type: ignore[no-untyped-call]
