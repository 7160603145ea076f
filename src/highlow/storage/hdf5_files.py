"""HDF5 files with named axes, checked against their checksum whenever they are read.

They hold no time, no absolute path and no host name: the same input gives the same bytes.

They are opened without HDF5's locks, which file systems such as Lustre often refuse: every file has one writer, and is
read after it was renamed into its place. A user's HDF5_USE_FILE_LOCKING, which HDF5 obeys first, is left alone.
"""

import errno
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
from numpy.typing import NDArray

from highlow.runs.errors import HighlowError, is_of_system
from highlow.storage import checksums
from highlow.storage.atomic_files import atomic_path
from highlow.storage.deferred_errors import deferred_errors

# What to do about a file that the pipeline made, and about one that it did not.
DELETE, REPLACE = "delete it and run again", "replace it"
LOCKING = "HDF5_USE_FILE_LOCKING"
# What a file system without locks answers, and one on which another program holds one.
OF_LOCKS = (errno.EAGAIN, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
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
    OSError
        If the system cannot read it, whatever is in it.
    """
    todo = REPLACE if foreign else DELETE
    if not Path(path).is_file():
        what = "a folder, not a file" if Path(path).is_dir() else checksums.NO_FILE
        raise HighlowError(f"{path}: {what}")
    if not foreign and not checksums.is_sealed(path):
        raise HighlowError(f"{path}: {checksums.DAMAGED}")
    with _unlocked(path, foreign) as file:
        try:
            yield file
        except (OSError, KeyError, RuntimeError) as error:  # of a structure that is none HDF5 raises any of them
            raise_if_systems(error, path)
            raise HighlowError(f"{path}: unreadable ({error}); {todo}") from error


def provenance(path: str | os.PathLike[str]) -> Any:
    """Return the provenance of a file whose checksum was compared, None if it has none."""
    try:
        with _unlocked(path, foreign=False) as file:
            return json.loads(file.attrs["provenance"])
    except (KeyError, RuntimeError, TypeError, ValueError, HighlowError):
        return None


def raise_if_systems(error: Exception, path: str | os.PathLike[str]) -> None:
    """Raise an error of h5py as the system's, if that is what it is: with its number, where and what is known.

    h5py keeps the number that the system gave. What has none is of the file's content. An error that names a file is of
    that file, such as the one being written, and is raised as it is.
    """
    if not is_of_system(error):
        return
    assert isinstance(error, OSError) and error.errno is not None
    if error.filename is not None:
        raise error
    if error.errno in OF_LOCKS and "lock" in str(error):
        asked = f"{LOCKING}={os.environ.get(LOCKING, '')}"
        raise HighlowError(
            f"{path}: {asked} asks HDF5 for a lock, and it gets none here ({os.strerror(error.errno)}); unset that"
            " variable: this pipeline needs no locks"
        ) from error
    raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def _unlocked(path: str | os.PathLike[str], foreign: bool) -> h5py.File:
    """Return an HDF5 file, opened for reading; see `opened`."""
    try:
        return h5py.File(path, "r", locking=False)
    except OSError as error:
        raise_if_systems(error, path)
        if foreign:
            raise HighlowError(f"{path}: unreadable ({error}); {REPLACE}") from error
        raise HighlowError(
            f"{path}: as it was written by its checksum, and yet HDF5 cannot open it ({error}); look for what is"
            " different here, such as the version of h5py"
        ) from error


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
