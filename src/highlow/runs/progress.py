"""How far a long step is, shown to who waits for it."""

import sys
from collections.abc import Iterable
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")


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
