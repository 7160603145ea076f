"""Image files read ahead in other processes, in order and in constant memory."""

import multiprocessing
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import tee

from highlow.errors import HighlowError
from highlow.pictures.image_files import ImageFile, read
from highlow.pictures.image_names import escaped
from highlow.pictures.image_table import Row
from highlow.pool_process import follow_parent

AHEAD = 8  # files a process that are read, or waiting to be, before they are wanted
# A forked process has what it needs; elsewhere than on Linux forking is not safe.
START_METHOD = "fork" if sys.platform == "linux" else "spawn"


def read_all(
    root: str, names: Iterable[str], *, processes: int = 1, start_method: str = START_METHOD
) -> Iterator[ImageFile]:
    """Yield the files of some names, in their order.

    Parameters
    ----------
    root : str
        Folder of the images.
    names : iterable of str
        Relative to it.
    processes : int
        How many read.
    start_method : str
        Of the processes (`multiprocessing`).

    Raises
    ------
    HighlowError
        If a process dies over a file, as a fault in a decoder or a lack of memory makes it.
    """
    waiting: deque[tuple[str, Future[ImageFile]]] = deque()
    context = multiprocessing.get_context(start_method)
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=follow_parent)
    try:
        for name in names:
            waiting.append((name, pool.submit(read, root, name)))
            if len(waiting) >= AHEAD * processes:
                yield _result(*waiting.popleft())
        while waiting:
            yield _result(*waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def read_listed(root: str, rows: Iterable[Row], *, processes: int = 1) -> Iterator[tuple[int, ImageFile]]:
    """Yield the files of some rows of the table of images, each with its index, in their order.

    Raises
    ------
    HighlowError
        If a file is not what it was when it was listed.
    """
    ahead, named = tee(rows)  # as far apart as files are read ahead
    files = read_all(root, (row.file for row in named), processes=processes)
    for row, file in zip(ahead, files, strict=True):
        if file.sha256 != row.sha256:
            raise HighlowError(
                f"image {escaped(file.name)!r} has changed since it was listed; add --forcerun list_images"
            )
        yield row.index, file


def _result(name: str, future: Future[ImageFile]) -> ImageFile:
    try:
        return future.result()
    except BrokenProcessPool:
        raise HighlowError(
            f"the process that reads images died, at or after {escaped(name)!r}; take the file out or free some memory"
        ) from None
