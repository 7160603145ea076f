"""What a target of the campaign is, and how one input of it is read."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from highlow.runs.errors import HighlowError, one_line
from tests.fuzz import guard

SECONDS = 80  # of processor time, for one input: 20 where this was written, on a machine a quarter as fast


class Target(NamedTuple):
    """A reader and its inputs.

    Attributes
    ----------
    name : str
    file : str
        What the input is called.
    make : callable
        Takes a `random.Random` and returns an input, bytes.
    read : callable
        Takes its path. Returns whether the input was accepted, after checks of what it gave; raises HighlowError where
        it is refused.
    prepare : callable
        Called with the path before it is read, for what lies beside the input.
    """

    name: str
    file: str
    make: Callable[[Random], bytes]
    read: Callable[[Path], bool]
    prepare: Callable[[Path], None] = lambda path: None


def outcome(target: Target, path: Path, content: bytes) -> str:
    """Read one input under guard and return `accepted` or `refused`; whatever else it raises is a crash."""
    path.write_bytes(content)
    target.prepare(path)
    try:
        with guard.watched(SECONDS):
            accepted = target.read(path)
    except HighlowError as error:
        message = str(error)
        assert message and message == one_line(message), f"more than a line: {message!r}"
        return "refused"
    return "accepted" if accepted else "refused"
