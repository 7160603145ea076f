"""How results lie on disk: atomic files, HDF5 with named axes, plain tables, provenance.

Every file is written under a temporary name and renamed when it is complete, so that an interrupted run leaves
nothing that looks finished, and is checked against its checksum whenever it is read. Files hold no time, no absolute
path and no host name: the same input gives the same bytes.
"""

import json
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import h5py
import pandas as pd
from numpy.typing import NDArray

from highlow import __version__, checksums
from highlow.atomic_files import atomic_path as atomic_path
from highlow.checksums import read_json as read_json
from highlow.checksums import write_json as write_json
from highlow.deferred_errors import deferred_errors
from highlow.errors import HighlowError
from highlow.hashes import sha256

PROVENANCE_PACKAGES = ("h5py", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy", "torch")
TEXT_COLUMNS = (
    *("layer", "branch", "role", "claim", "verdict", "figure", "source", "factor"),
    *("run", "data", "labels", "weights"),
)
# gzip is readable by every HDF5 library; level 1 is nearly as small as 9 on these arrays and several times faster.
COMPRESSION: dict[str, Any] = {"compression": "gzip", "compression_opts": 1}


def provenance(
    inputs: Mapping[str, str | os.PathLike[str]] | None = None,
    config: Mapping[str, Any] | None = None,
    seed: int | None = None,
    outside: Mapping[str, str | os.PathLike[str]] | None = None,
) -> dict[str, Any]:
    """Return what a file was made from: hashes of its inputs, config values, seed and versions.

    Parameters
    ----------
    inputs : mapping of str to path
        Results by the role they play; only their hashes are kept.
    config : mapping
        The config values that the step used.
    seed : int, optional
        Seed of its random numbers, if it drew any.
    outside : mapping of str to path, optional
        Files that are no results, by the role they play; `highlow verify` does not look for them.
    """
    files = {"inputs": inputs or {}} | ({"outside": outside} if outside else {})
    return {
        **{kind: {role: sha256(path) for role, path in sorted(paths.items())} for kind, paths in files.items()},
        "config": dict(config or {}),
        "seed": seed,
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Return the versions of this project and of the packages that results depend on."""
    found = {name: metadata.version(name).split("+")[0] for name in PROVENANCE_PACKAGES}
    return {"highlow": __version__} | found


@contextmanager
def create_h5(path: str | os.PathLike[str], origin: Mapping[str, Any]) -> Iterator[h5py.File]:
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
def open_h5(path: str | os.PathLike[str]) -> Iterator[h5py.File]:
    """Yield an HDF5 file for reading. All of it is read before: it takes about a second a gigabyte.

    Raises
    ------
    HighlowError
        If the file is missing, or is not byte for byte what `create_h5` finished.
    """
    if not Path(path).is_file():
        what = "a folder, not a file" if Path(path).is_dir() else checksums.NO_FILE
        raise HighlowError(f"{path}: {what}")
    if not checksums.is_sealed(path):
        raise HighlowError(f"{path}: {checksums.DAMAGED}")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise HighlowError(f"{path}: unreadable ({error}); delete it and run again") from error
    with file:
        try:
            yield file
        except (OSError, KeyError, RuntimeError) as error:  # of a structure that is none HDF5 raises any of them
            raise HighlowError(f"{path}: unreadable ({error}); delete it and run again") from error


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


def write_table(path: str | os.PathLike[str], table: pd.DataFrame, origin: Mapping[str, Any]) -> None:
    """Write a plain TSV, and its checksum and provenance beside it as `<name>.provenance.json`."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.9g", lineterminator="\n")
    write_provenance(path, origin)


def write_provenance(table: str | os.PathLike[str], origin: Mapping[str, Any]) -> None:
    """Write the checksum and the provenance of a table that was written beside it."""
    files = checksums.hashed(Path(table).parent, [Path(table).name])
    write_json(provenance_path(table), {**origin, "files": files})


def provenance_path(table: str | os.PathLike[str]) -> Path:
    """Return where the checksum and the provenance of a table lie."""
    return Path(table).with_suffix(".provenance.json")


def check_table(path: str | os.PathLike[str]) -> None:
    """Check a TSV against the checksum beside it.

    Raises
    ------
    HighlowError
        If one of the two is missing or damaged.
    """
    if not Path(path).is_file():
        raise HighlowError(f"{path}: {checksums.NO_FILE}")
    beside = provenance_path(path)
    try:
        checksums.read_json(beside)
    except HighlowError:
        what = "damaged" if beside.is_file() else "missing"
        raise HighlowError(f"{path}: {beside.name}, its checksum, is {what}; delete the table and run again") from None
    checksums.check_files(beside, [Path(path).name])


def read_table(path: str | os.PathLike[str], columns: Sequence[str] = (), *, checked: bool = True) -> pd.DataFrame:
    """Read a TSV.

    Parameters
    ----------
    path : path
    columns : sequence of str
        Columns that must be there; all but those of names (`TEXT_COLUMNS`) must hold numbers.
    checked : bool
        Whether its checksum lies beside it, as `write_table` leaves it.

    Raises
    ------
    HighlowError
        If it is missing, damaged, no table, has no rows, or not these columns.
    """
    if checked:
        check_table(path)
    try:
        # A row of more fields than the header would shift all others, with a warning.
        with warnings.catch_warnings(action="error"):
            table = pd.read_csv(path, sep="\t", dtype={"branch": str}, index_col=False)
    except FileNotFoundError:
        raise HighlowError(f"{path}: {checksums.NO_FILE}") from None
    except (ValueError, OverflowError, Warning) as error:
        raise HighlowError(f"{path}: not a readable table; delete it and run again") from error
    if table.empty:
        raise HighlowError(f"{path}: no rows; delete it and run again")
    for column in columns:
        if column not in table.columns:
            raise HighlowError(f"{path}: no column {column!r}; delete it and run again")
        if column not in TEXT_COLUMNS and not pd.api.types.is_numeric_dtype(table[column]):
            raise HighlowError(f"{path}: column {column!r} holds something that is no number; delete it and run again")
    return table
