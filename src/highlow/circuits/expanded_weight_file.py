"""Expanded weights on disk, read without PyTorch: figures draw them."""

import os

import numpy as np
from numpy.typing import NDArray

from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_files
from highlow.storage.hdf5_fields import INTEGERS, Fields

AXES = ("unit", "channel", "y", "x")


def read(path: str | os.PathLike[str], branch: str) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Return the weight (unit, channel, y, x) and the units of a branch.

    Raises
    ------
    HighlowError
        If the file is missing or damaged, or there is no such branch.
    """
    with hdf5_files.opened(path) as file:
        if branch not in file:
            raise HighlowError(
                f"{path}: layer {Fields(file).text('layer')!r} has no branch {branch!r}; it has: {', '.join(file)}"
            )
        fields = Fields(file).fields(branch)
        return fields.array("weight", AXES), fields.array("unit", ["unit"], INTEGERS)
