"""Expanded weights on disk, read without PyTorch: figures draw them."""

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_fields
from highlow.storage.hdf5_fields import INTEGERS, Fields


@dataclass(frozen=True)
class Branch:
    """Expanded weights of one branch of a layer.

    Attributes
    ----------
    name : str
        Branch, e.g. `3x3`.
    units : ndarray
        Unit numbers in the layer, (n,).
    weight : ndarray
        (n, channel, y, x): the weight at a tap is that on the source position there.
    """

    name: str
    units: NDArray[np.intp]
    weight: NDArray[np.floating]

    def of(self, unit: int) -> NDArray[np.floating]:
        """Return the weights of a unit, (channel, y, x)."""
        return np.asarray(self.weight[np.flatnonzero(self.units == unit)[0]])


def read_branches(path: str | os.PathLike[str]) -> list[Branch]:
    """Return every branch, in the order of its units; a missing or damaged file raises a HighlowError."""
    with hdf5_fields.opened(path) as fields:
        branches = [_branch(name, found) for name, found in fields.groups().items()]
    return sorted(branches, key=lambda branch: int(branch.units[0]))


def read_ends(path: str | os.PathLike[str]) -> tuple[str, str]:
    """Return the layer that weights start at and the one that they lead to; a damaged file raises a HighlowError."""
    with hdf5_fields.opened(path) as fields:
        return fields.text("source"), fields.text("layer")


def read(path: str | os.PathLike[str], branch: str) -> tuple[NDArray[np.floating], NDArray[np.intp]]:
    """Return the weight (unit, channel, y, x) and the units of a branch.

    Raises
    ------
    HighlowError
        If the file is missing or damaged, or there is no such branch.
    """
    with hdf5_fields.opened(path) as fields:
        if branch not in fields.group:
            known = ", ".join(fields.group)
            raise HighlowError(f"{path}: layer {fields.text('layer')!r} has no branch {branch!r}; it has: {known}")
        found = _branch(branch, fields.fields(branch))
    return found.weight, found.units


def _branch(name: str, fields: Fields) -> Branch:
    units = fields.array("unit", ["unit"], INTEGERS)
    fields.check(len(units) > 0, "unit")
    return Branch(name, units, fields.array("weight", ("unit", "channel", "y", "x")))
