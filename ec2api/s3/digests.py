"""Several checksums over one body, each computed once while it streams by."""

from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from backend.s3 import checksums

_SLOW = frozenset({"MD5", "SHA1", "SHA256", "SHA512"})
"""Those that take longer than reading and writing, and let other threads run meanwhile."""
_AHEAD = 4
"""Pieces that may wait for a slow checksum."""


class Digests:
    """Updated piece by piece. ``threaded``: the slow ones each in a thread beside the caller's, for long bodies."""

    def __init__(self, algorithms: Iterable[str], *, threaded: bool) -> None:
        self._hashers = {algorithm: checksums.hasher(algorithm) for algorithm in algorithms}
        self._stack = ExitStack()
        self._here = [hasher for name, hasher in self._hashers.items() if not threaded or name not in _SLOW]
        self._beside = [
            (hasher, self._stack.enter_context(ThreadPoolExecutor(1, "digest")))
            for name, hasher in self._hashers.items()
            if threaded and name in _SLOW
        ]
        self._waiting: deque[list[Future[None]]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def update(self, piece: bytes) -> None:
        if self._beside:
            self._waiting.append([threads.submit(hasher.update, piece) for hasher, threads in self._beside])
        for hasher in self._here:
            hasher.update(piece)
        if len(self._waiting) > _AHEAD:
            self._settle()

    def finish(self) -> dict[str, bytes]:
        """The digests by algorithm."""
        while self._waiting:
            self._settle()
        return {algorithm: hasher.digest() for algorithm, hasher in self._hashers.items()}

    def _settle(self) -> None:
        for future in self._waiting.popleft():
            future.result()
