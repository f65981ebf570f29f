"""gunicorn's threaded worker, where three things go another way.

- With TLS, the last listener speaks it while the others speak plain HTTP. gunicorn itself has TLS on all of its
  listeners or on none, and lets a handshake take a thread for as long as the client likes. Here the threads of the pool
  do the handshakes, but a client that has not sent enough waits without a thread.
- A client that waits for ``100 Continue`` gets it when its body is read: not before its request was authorised.
- Requests keep their headers as they were sent: WSGI's names do not tell ``my_key`` from ``my-key``.
"""

import errno
import ssl
import time
from typing import Any

from gunicorn import http
from gunicorn.workers import gthread

HANDSHAKE_SECONDS = 15.0
"""From a client's first bytes to its last ones of the handshake."""

_LATER = gthread._DEFER
_GONE = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)


class TlsConnection(gthread.TConn):
    """A connection that begins with a handshake."""

    def __init__(self, cfg: Any, sock: Any, client: Any, server: Any, context: ssl.SSLContext) -> None:
        super().__init__(cfg, sock, client, server)
        self.sock = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self._until: float | None = None

    def shake_hands(self) -> bool:
        """Go on with the handshake; whether it is done and the request has begun, so that a thread can read it.

        OSError for a client that takes too long or speaks no TLS.
        """
        now = time.monotonic()
        self._until = self._until or now + HANDSHAKE_SECONDS
        if now > self._until:
            raise TimeoutError(f"no handshake within {HANDSHAKE_SECONDS} s")
        self.data_ready = False
        try:
            self.sock.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):  # what there is to write, sockets take at once
            return False
        self.initialized = True
        self.parser = http.get_parser(self.cfg, self.sock, self.client)
        return self.sock.pending() > 0 or bool(self.wait_for_data(0))

    def close(self, graceful: bool = False) -> None:
        """Wait for the client's last bytes only where it has spoken TLS: this runs in the thread that accepts."""
        super().close(graceful=graceful and self.initialized)


class Body:
    """The body of a request, as WSGI's input, and the headers before it by lower-case name."""

    def __init__(self, request: Any, sock: Any) -> None:
        self._body, self._sock = request.body, sock
        self.awaited: bool = request._expected_100_continue
        """Whether the client still waits to be told to send it."""
        request._expected_100_continue = False
        self.headers: dict[str, str] = {}
        for name, value in request.headers:
            known = self.headers.get(name.lower())
            self.headers[name.lower()] = value if known is None else f"{known},{value}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)

    def __iter__(self) -> Any:
        self._invite()
        return iter(self._body)

    def read(self, size: int | None = None) -> bytes:
        self._invite()
        found: bytes = self._body.read(size)
        return found

    def readline(self, size: int | None = None) -> bytes:
        self._invite()
        found: bytes = self._body.readline(size)
        return found

    def readlines(self, size: int | None = None) -> list[bytes]:
        self._invite()
        found: list[bytes] = self._body.readlines(size)
        return found

    def _invite(self) -> None:
        if self.awaited:
            self.awaited = False
            self._sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


class Worker(gthread.ThreadWorker):
    def accept(self, listener: Any) -> None:
        if self.app.tls is None or listener is not self.sockets[-1]:
            super().accept(listener)
            return
        try:
            client, address = listener.accept()
            conn = TlsConnection(self.cfg, client, address, listener.getsockname(), self.app.tls)
        except OSError as fault:
            if fault.errno not in (*_GONE, errno.ENOTCONN, errno.ECONNRESET):
                raise
            return
        self.nr_conns += 1
        self.enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        if isinstance(conn, TlsConnection) and not conn.initialized:
            try:
                if not conn.shake_hands():
                    return _LATER
            except OSError as fault:
                self.log.debug("No TLS handshake with %s: %s", conn.client, fault)
                return False
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        if isinstance(conn, TlsConnection):
            req.scheme = "https"
        body, closes = Body(req, conn.sock), req.should_close
        req.body = body
        # A client that was refused before it sent its body may send it yet or not: nobody can tell what comes next, so
        # the answer says that it is the last. That is so of empty bodies, too: botocore sends nothing more on such a
        # connection, and waits.
        req.should_close = lambda: body.awaited or closes()
        kept = super().handle_request(req, conn)
        return kept and not body.awaited
