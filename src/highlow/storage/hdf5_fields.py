"""Arrays and attributes of HDF5 files, checked against what a file should hold before anything relies on them.

A checksum tells a damaged file; one that was made by somebody else has a checksum that fits.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_files

ERRORS = (OSError, RuntimeError, ValueError, TypeError, KeyError)  # of h5py
LARGEST_RATIO = 1100  # gzip packs no better; a dataset without data could claim any size
FLOATS, INTEGERS, BYTES, TEXT, FLAGS = "f", "iu", "u", "S", "b"


@contextmanager
def opened(path: str | os.PathLike[str], *, foreign: bool = False) -> Iterator["Fields"]:
    """Yield what an HDF5 file holds; see `hdf5_files.opened`, also for what is raised."""
    with hdf5_files.opened(path, foreign=foreign) as file:
        yield Fields(file, hdf5_files.REPLACE if foreign else hdf5_files.DELETE)


class Fields:
    """What a group holds.

    Attributes
    ----------
    group : h5py.Group
    todo : str
        What to do about a file that holds something else.
    sizes : dict
        Length of every named axis that was met: arrays that share an axis must agree.
    """

    def __init__(self, group: h5py.Group, todo: str = hdf5_files.DELETE) -> None:
        self.sizes: dict[str, int] = {}
        self.group = group
        self.todo = todo

    def array(self, name: str, axes: Sequence[str | int], kinds: str = FLOATS) -> NDArray[Any]:
        """Return an array.

        Parameters
        ----------
        name : str
        axes : sequence of str or int
            Name of every axis, or its length.
        kinds : str
            Kinds of its numbers, as of numpy (`FLOATS`, `INTEGERS`, ...).

        Raises
        ------
        HighlowError
            If it is missing, another kind of array, or larger than what the file holds of it.
        """
        found = self.dataset(name, axes, kinds)
        try:
            return np.asarray(found[...])
        except ERRORS as error:
            raise self._unexpected(name, error) from None

    def dataset(self, name: str, axes: Sequence[str | int], kinds: str = FLOATS) -> Any:
        """Return an array that is not read yet; see `array`."""
        found = self._entry(name)
        if not isinstance(found, h5py.Dataset) or found.is_virtual or found.external or self._kind(found) not in kinds:
            raise self._unexpected(name)
        shape = found.shape or ()
        self.check(len(shape) == len(axes), name)
        named = zip(axes, shape, strict=True)
        lengths = [self.sizes.setdefault(axis, size) if isinstance(axis, str) else axis for axis, size in named]
        self.check(shape == tuple(lengths) and found.nbytes <= LARGEST_RATIO * found.id.get_storage_size(), name)
        return found

    def text(self, name: str) -> str:
        """Return an attribute that is text; see `array` for what is raised."""
        value = self._attribute(name)
        if not isinstance(value, str):
            raise self._unexpected(name)
        return value

    def integer(self, name: str) -> int:
        """Return an attribute that is an integer; see `array` for what is raised."""
        value = self._attribute(name)
        if not isinstance(value, np.integer):
            raise self._unexpected(name)
        return int(value)

    def number(self, name: str) -> float:
        """Return an attribute that is a number; see `array` for what is raised."""
        value = self._attribute(name)
        if not isinstance(value, np.floating | np.integer):
            raise self._unexpected(name)
        return float(value)

    def flag(self, name: str) -> bool:
        """Return an attribute that is true or false; see `array` for what is raised."""
        value = self._attribute(name)
        if not isinstance(value, np.bool_):
            raise self._unexpected(name)
        return bool(value)

    def integers(self, name: str) -> list[int]:
        """Return an attribute that is a list of integers, at least one; see `array` for what is raised."""
        values = self._attribute(name)
        if (
            not isinstance(values, np.ndarray)
            or values.ndim != 1
            or values.dtype.kind not in INTEGERS
            or not len(values)
        ):
            raise self._unexpected(name)
        return [int(value) for value in values]

    def dataset_axes(self, name: str) -> int:
        """Return the number of axes of an array; see `array` for what is raised."""
        found = self._entry(name)
        if not isinstance(found, h5py.Dataset):
            raise self._unexpected(name)
        return len(found.shape or ())

    def names(self, name: str) -> tuple[str, ...]:
        """Return an attribute that is a list of different names; see `array` for what is raised."""
        return self._names(self._attribute(name), name)

    def fields(self, name: str) -> "Fields":
        """Return what a group in this one holds; it shares no axes with this one."""
        found = self._entry(name)
        if not isinstance(found, h5py.Group):
            raise self._unexpected(name)
        return Fields(found, self.todo)

    def groups(self, beside: Sequence[str] = ()) -> dict[str, "Fields"]:
        """Return what every entry holds, by its name; all but those `beside` must be groups."""
        return {name: self.fields(name) for name in self.group if name not in beside}

    def names_of(self, name: str, attribute: str) -> tuple[str, ...]:
        """Return an attribute of an entry that is a list of different names; see `array` for what is raised."""
        return self._names(self._attribute(attribute, self._entry(name)), f"{name}:{attribute}")

    def _names(self, values: Any, name: str) -> tuple[str, ...]:
        found = tuple(values.tolist()) if isinstance(values, np.ndarray) and values.ndim == 1 else (None,)
        if not all(isinstance(value, str) for value in found) or len(set(found)) < len(found):
            raise self._unexpected(name)
        return found

    def _entry(self, name: str) -> Any:
        """Return an entry; a link, which could lead to another file or in circles, is unexpected."""
        try:
            return self.group.get(name) if isinstance(self.group.get(name, getlink=True), h5py.HardLink) else None
        except ERRORS as error:
            raise self._unexpected(name, error) from None

    def _kind(self, found: Any) -> str:
        try:
            return str(found.dtype.kind)
        except ERRORS:  # a type that numpy has not; no kind, since an empty text is in every other
            return "?"

    def _attribute(self, name: str, entry: Any = None) -> Any:
        try:
            return (entry or self.group).attrs.get(name)
        except ERRORS as error:
            raise self._unexpected(name, error) from None

    def check(self, holds: bool, name: str) -> None:
        """Raise a HighlowError that names an entry, unless something holds."""
        if not holds:
            raise self._unexpected(name)

    def _unexpected(self, name: str, error: Exception | None = None) -> HighlowError:
        """Return what is wrong with an entry; raise `error`, which led to it, if it is the system's."""
        if error is not None:
            hdf5_files.raise_if_systems(error, self.group.file.filename)
        where = f"{self.group.name.rstrip('/')}/{name}"
        return HighlowError(f"{self.group.file.filename}: {where} is not what this file should hold; {self.todo}")
