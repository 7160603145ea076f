"""HDF5 files with named axes, checked against their checksum whenever they are read.

They hold no time, no absolute path and no host name: the same input gives the same bytes.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
from numpy.typing import NDArray

from highlow.runs.errors import HighlowError
from highlow.storage import checksums
from highlow.storage.atomic_files import atomic_path
from highlow.storage.deferred_errors import deferred_errors

# What to do about a file that the pipeline made, and about one that it did not.
DELETE, REPLACE = "delete it and run again", "replace it"
# gzip is readable by every HDF5 library; level 1 is nearly as small as 9 on these arrays and several times faster.
COMPRESSION: dict[str, Any] = {"compression": "gzip", "compression_opts": 1}


@contextmanager
def create(path: str | os.PathLike[str], origin: Mapping[str, Any]) -> Iterator[h5py.File]:
    """Yield a new HDF5 file that replaces `path` when the block ends; `origin` is its provenance."""
    with atomic_path(path) as temporary:
        with (
            deferred_errors(temporary, path) as target,
            h5py.File(target, "w", userblock_size=checksums.USER_BLOCK) as file,
        ):
            file.attrs["provenance"] = json.dumps(origin, sort_keys=True)
            yield file
            file.attrs["complete"] = True
        checksums.seal(temporary)


@contextmanager
def opened(path: str | os.PathLike[str], *, foreign: bool = False) -> Iterator[h5py.File]:
    """Yield an HDF5 file for reading. All of it is read before: it takes about a second a gigabyte.

    Parameters
    ----------
    path : path
    foreign : bool
        Whether somebody else made the file: it has no checksum inside, so check its hash before.

    Raises
    ------
    HighlowError
        If the file is missing, is not byte for byte what `create` finished, or is no HDF5 file.
    """
    todo = REPLACE if foreign else DELETE
    if not Path(path).is_file():
        what = "a folder, not a file" if Path(path).is_dir() else checksums.NO_FILE
        raise HighlowError(f"{path}: {what}")
    if not foreign and not checksums.is_sealed(path):
        raise HighlowError(f"{path}: {checksums.DAMAGED}")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise HighlowError(f"{path}: unreadable ({error}); {todo}") from error
    with file:
        try:
            yield file
        except (OSError, KeyError, RuntimeError) as error:  # of a structure that is none HDF5 raises any of them
            raise HighlowError(f"{path}: unreadable ({error}); {todo}") from error


def write_array(
    group: h5py.Group,
    name: str,
    values: NDArray[Any],
    axes: Sequence[str] = (),
    *,
    unit: str = "",
    compress: bool = False,
) -> h5py.Dataset:
    """Write an array with named axes.

    An axis whose name is a dataset of the same group gets that dataset as its HDF5 dimension scale.
    """
    dataset = group.create_dataset(name, data=values, **(COMPRESSION if compress else {}))
    label_axes(group, dataset, axes, unit)
    return dataset


def label_axes(group: h5py.Group, dataset: h5py.Dataset, axes: Sequence[str], unit: str = "") -> None:
    """Name a dataset's dimensions and attach the scales of those names."""
    if unit:
        dataset.attrs["unit"] = unit
    for dimension, axis in zip(dataset.dims, axes, strict=False):
        dimension.label = axis
        if axis in group:
            dimension.attach_scale(group[axis])


def write_scale(group: h5py.Group, name: str, values: NDArray[Any], unit: str = "") -> None:
    """Write the coordinates of an axis as an HDF5 dimension scale."""
    dataset = group.create_dataset(name, data=values)
    dataset.make_scale(name)
    if unit:
        dataset.attrs["unit"] = unit
