"""Which serial output is worth sending: what changed, at once where a guest was quiet, seldom where it never ends."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class _Sent:
    digest: int
    again_at: float
    pause: float


class ConsoleWatch:
    """Reads the consoles of guests again and again.

    ``soonest``: seconds that lie between two reports of one guest; they double with each report that follows
    another, up to ``latest``, and begin anew after a look that found nothing new.
    """

    def __init__(self, read: Callable[[str], str | None], *, soonest: float, latest: float) -> None:
        self._read, self._soonest, self._latest = read, soonest, latest
        self._sent: dict[str, _Sent] = {}

    def news(self, instance_ids: Collection[str], now: float) -> Iterator[tuple[str, str]]:
        """The whole output of each guest that has written since it was last told, and may be told again."""
        for gone in self._sent.keys() - set(instance_ids):
            del self._sent[gone]
        for id in instance_ids:
            output = self._read(id)
            if not output:
                continue
            digest, sent = hash(output), self._sent.get(id)
            if sent is None:
                self._sent[id] = _Sent(digest, now + self._soonest, self._soonest)
            elif sent.digest == digest:
                sent.pause = self._soonest / 2
                continue
            elif now < sent.again_at:
                continue
            else:
                sent.pause = min(sent.pause * 2, self._latest)
                sent.digest, sent.again_at = digest, now + sent.pause
            yield id, output
