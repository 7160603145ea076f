"""Image files read ahead in other processes, in order and in constant memory."""

import multiprocessing
import os
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import tee

from highlow.pictures.image_files import ImageFile, read
from highlow.pictures.image_names import escaped, root_of
from highlow.pictures.image_table import Row, shard
from highlow.runs.errors import HighlowError
from highlow.runs.progress import progress
from highlow.runs.worker_processes import WorkerDiedError, ordered_map

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
    context = multiprocessing.get_context(start_method)
    try:
        yield from ordered_map(partial(read, root), names, processes=processes, ahead=AHEAD, context=context)
    except WorkerDiedError as error:
        raise HighlowError(
            f"the process that reads images died, at or after {escaped(str(error.item))!r}; "
            "take the file out or free some memory"
        ) from None


def read_shard(
    table: str | os.PathLike[str], folder: str, number: int, shards: int, *, processes: int = 1, doing: str = "images"
) -> tuple[int, Iterable[tuple[int, ImageFile]]]:
    """Return how many images a shard of the table of images has, and their files as `read_listed` yields them.

    Parameters
    ----------
    table : path
        TSV of all images.
    folder : str
        Their folder, or a text file of names.
    number, shards : int
        Which shard, from 0, and of how many.
    processes : int
        How many read.
    doing : str
        What is done with them, for the bar on a terminal.
    """
    count, rows = shard(table, number, shards)
    files = read_listed(str(root_of(folder)), rows, processes=processes)
    return count, progress(files, doing, "image", total=count)


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
