"""How results lie on disk: atomic files, HDF5 with named axes, plain tables, provenance.

Every file is written under a temporary name and renamed when it is complete, so that an interrupted run leaves
nothing that looks finished. Files hold no time, no absolute path and no host name: the same input gives the same
bytes.
"""

import json
import math
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

import h5py
import pandas as pd
from numpy.typing import NDArray

from highlow import __version__
from highlow.errors import HighlowError
from highlow.hashes import sha256

PROVENANCE_PACKAGES = ("h5py", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy", "torch")
TEXT_COLUMNS = (
    *("layer", "branch", "role", "claim", "verdict", "figure", "source", "factor"),
    *("run", "data", "labels", "weights"),
)
# gzip is readable by every HDF5 library; level 1 is nearly as small as 9 on these arrays and several times faster.
COMPRESSION: dict[str, Any] = {"compression": "gzip", "compression_opts": 1}


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` at the end, remove it if the block fails."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.stem}.", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)  # mkstemp's files are private; results are like any other file
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def provenance(
    inputs: Mapping[str, str | os.PathLike[str]] | None = None,
    config: Mapping[str, Any] | None = None,
    seed: int | None = None,
) -> dict[str, Any]:
    """Return what a file was made from: hashes of its inputs, config values, seed and versions.

    Parameters
    ----------
    inputs : mapping of str to path
        Files by the role they play; only their hashes are kept.
    config : mapping
        The config values that the step used.
    seed : int, optional
        Seed of its random numbers, if it drew any.
    """
    versions = {"highlow": __version__}
    versions |= {name: metadata.version(name).split("+")[0] for name in PROVENANCE_PACKAGES}
    return {
        "inputs": {role: sha256(path) for role, path in sorted((inputs or {}).items())},
        "config": dict(config or {}),
        "seed": seed,
        "versions": versions,
    }


@contextmanager
def create_h5(path: str | os.PathLike[str], origin: Mapping[str, Any]) -> Iterator[h5py.File]:
    """Yield a new HDF5 file that replaces `path` when the block ends; `origin` is its provenance."""
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["provenance"] = json.dumps(origin, sort_keys=True)
        yield file
        file.attrs["complete"] = True


@contextmanager
def open_h5(path: str | os.PathLike[str]) -> Iterator[h5py.File]:
    """Yield an HDF5 file for reading.

    Raises
    ------
    HighlowError
        If the file is missing, truncated, not HDF5 or was never completed.
    """
    if not Path(path).is_file():
        what = "a folder, not a file" if Path(path).is_dir() else "no such file; ask snakemake for it by name"
        raise HighlowError(f"{path}: {what}")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise HighlowError(f"{path}: damaged or truncated HDF5; delete it and run again") from error
    with file:
        if not file.attrs.get("complete", False):
            raise HighlowError(f"{path}: this HDF5 file was never completed; delete it and run again")
        try:
            yield file
        except (OSError, KeyError) as error:
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
    """Write a plain TSV, and its provenance beside it as `<name>.provenance.json`."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.9g", lineterminator="\n")
    write_json(Path(path).with_suffix(".provenance.json"), origin)


def read_table(path: str | os.PathLike[str], columns: Sequence[str] = ()) -> pd.DataFrame:
    """Read a TSV.

    Parameters
    ----------
    path : path
    columns : sequence of str
        Columns that must be there; all but those of names (`TEXT_COLUMNS`) must hold numbers.

    Raises
    ------
    HighlowError
        If it is missing, no table, has no rows, or not these columns.
    """
    try:
        table = pd.read_csv(path, sep="\t", dtype={"branch": str})
    except FileNotFoundError:
        raise HighlowError(f"{path}: no such file; ask snakemake for it by name") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise HighlowError(f"{path}: not a readable table; delete it and run again") from error
    if table.empty:
        raise HighlowError(f"{path}: no rows; delete it and run again")
    for column in columns:
        if column not in table.columns:
            raise HighlowError(f"{path}: no column {column!r}; delete it and run again")
        if column not in TEXT_COLUMNS and not pd.api.types.is_numeric_dtype(table[column]):
            raise HighlowError(f"{path}: column {column!r} holds something that is no number; delete it and run again")
    return table


def write_json(path: str | os.PathLike[str], content: Any) -> None:
    """Write JSON with sorted keys; a number that is not finite becomes null."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(_finite(content), indent=1, sort_keys=True, allow_nan=False) + "\n")


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
