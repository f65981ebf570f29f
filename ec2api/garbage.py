"""When Python looks for garbage: not while a process starts, and seldom afterwards."""

import gc


def ignore() -> None:
    """To look for it among what is being imported took a tenth of the start, and found sixty objects."""
    gc.set_threshold(1_000_000, 20, 20)


def collect_seldom() -> None:
    """A page of instances is a hundred thousand objects without a cycle among them: to look for one among them, and
    among all that was imported, every 700 objects, took a third of its time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
