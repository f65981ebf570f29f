"""How often serial output is told."""

from collections.abc import Iterator

import pytest

from compute_agent.consoles import ConsoleWatch

ID = "i-0123456789abcdef0"


class Guest:
    """A guest whose console is looked at once a second."""

    def __init__(self) -> None:
        self.output: str | None = ""
        self._watch = ConsoleWatch(lambda _: self.output, soonest=1, latest=10)
        self._now = 0.0

    def look(self, *, alive: bool = True) -> str | None:
        self._now += 1
        told = dict(self._watch.news([ID] if alive else [], self._now))
        return told.get(ID)

    def write_for(self, seconds: int) -> Iterator[int]:
        """The seconds in which it is told of, while it writes all the time."""
        for second in range(seconds):
            self.output = f"{self.output}{second}\n"
            if self.look():
                yield second


@pytest.fixture
def guest() -> Guest:
    return Guest()


def test_only_what_changed_is_told(guest: Guest) -> None:
    assert guest.look() is None
    guest.output = "one"
    assert guest.look() == "one"
    assert guest.look() is None
    guest.output = "one two"
    assert guest.look() == "one two"
    guest.output = None
    assert guest.look() is None


def test_a_guest_that_never_stops_writing_is_told_of_less_and_less_often(guest: Guest) -> None:
    assert list(guest.write_for(41)) == [0, 1, 3, 7, 15, 25, 35]


def test_the_last_words_are_told_late_and_the_next_at_once(guest: Guest) -> None:
    list(guest.write_for(16))
    last = guest.output = "the end"
    assert [guest.look() for _ in range(20)].count(last) == 1
    guest.output = "again"
    assert guest.look() == "again"
    guest.output = "and again"
    assert guest.look() == "and again"


def test_a_guest_that_is_gone_is_forgotten(guest: Guest) -> None:
    guest.output = "one"
    assert guest.look() == "one"
    guest.look(alive=False)
    assert guest.look() == "one"
