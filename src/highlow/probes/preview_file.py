"""The preview sheet of a family of stimuli, read without PyTorch: figures draw it."""

import os
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from highlow.storage import hdf5_fields
from highlow.storage.hdf5_fields import BYTES, FLOATS, INTEGERS


class Preview(NamedTuple):
    """Some stimuli of a family.

    Attributes
    ----------
    sheet : ndarray
        8 bits, (row, column, y, x), or (row, column, channel, y, x) of coloured ones.
    rows, columns : ndarray
        Coordinates on the family's first two axes.
    """

    sheet: NDArray[np.uint8]
    rows: NDArray[Any]
    columns: NDArray[Any]


def read(path: str | os.PathLike[str]) -> Preview:
    """Read the preview sheet of a family; a missing or damaged file raises a HighlowError."""
    with hdf5_fields.opened(path) as fields:
        coloured = fields.dataset_axes("preview") == 5
        axes = ("row", "column", *((3,) if coloured else ()), "y", "x")
        sheet = fields.array("preview", axes, BYTES)
        rows = fields.array("preview_row", ["row"], FLOATS + INTEGERS)
        return Preview(sheet, rows, fields.array("preview_column", ["column"], FLOATS + INTEGERS))
