"""How far a long step is, shown to who waits for it."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
_SHARED: ContextVar[Any] = ContextVar("the bar of all steps", default=None)


def progress(items: Iterable[Item], doing: str, unit: str, total: int | None = None) -> Iterable[Item]:
    """Return what yields the same items and draws a bar on a terminal; elsewhere, as in a log, it draws none.

    Parameters
    ----------
    items : iterable
    doing, unit : str
        What is done, and what one item is, e.g. `image`.
    total : int, optional
        How many items there are; default: what `len` says of them.
    """
    bar: Iterable[Item] = tqdm(items, total=total, desc=doing, unit=unit, disable=not sys.stderr.isatty())
    return bar


@contextmanager
def one_bar(doing: str, unit: str, total: int) -> Iterator[None]:
    """Draw one bar, on a terminal, for all `steps` inside the block: the time that remains is that of all of them."""
    with tqdm(total=total, desc=doing, unit=unit, disable=not sys.stderr.isatty()) as bar:
        token = _SHARED.set(bar)
        try:
            yield
        finally:
            _SHARED.reset(token)


@contextmanager
def steps(doing: str, unit: str, total: int, shown: bool | None = None) -> Iterator[Any]:
    """Yield a bar whose `update` says how many steps more are done: that of `one_bar` around it, or its own.

    Parameters
    ----------
    doing, unit : str
        As of `progress`.
    total : int
        How many steps there are.
    shown : bool, optional
        Whether to draw one; default: on a terminal.
    """
    shared = _SHARED.get()
    if shared is not None:
        yield shared
        return
    with tqdm(total=total, desc=doing, unit=unit, disable=not (sys.stderr.isatty() if shown is None else shown)) as bar:
        yield bar
