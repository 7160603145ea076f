"""Plain TSV tables, each with its checksum and provenance beside it."""

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from highlow.runs.errors import HighlowError
from highlow.storage import checksums
from highlow.storage.atomic_files import atomic_path

TEXT_COLUMNS = (
    *("layer", "branch", "role", "claim", "verdict", "figure", "source", "factor"),
    *("run", "data", "labels", "weights", "variant"),
    *("method", "change"),
    *("section", "measure", "limit", "reason", "says_nothing", "command"),
    *("kind", "family", "population"),
    *("surgery", "bias"),
)


def write(path: str | os.PathLike[str], table: pd.DataFrame, origin: Mapping[str, Any]) -> None:
    """Write a plain TSV, and its checksum and provenance beside it as `<name>.provenance.json`."""
    with atomic_path(path) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.9g", lineterminator="\n")
    write_provenance(path, origin)


def write_provenance(table: str | os.PathLike[str], origin: Mapping[str, Any]) -> None:
    """Write the checksum and the provenance of a table that was written beside it."""
    files = checksums.hashed(Path(table).parent, [Path(table).name])
    checksums.write_json(provenance_path(table), {**origin, "files": files})


def provenance_path(table: str | os.PathLike[str]) -> Path:
    """Return where the checksum and the provenance of a table lie."""
    return Path(table).with_suffix(".provenance.json")


def check(path: str | os.PathLike[str]) -> None:
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


def read(path: str | os.PathLike[str], columns: Sequence[str] = (), *, checked: bool = True) -> pd.DataFrame:
    """Read a TSV.

    Parameters
    ----------
    path : path
    columns : sequence of str
        Columns that must be there; all but those of names (`TEXT_COLUMNS`) must hold numbers.
    checked : bool
        Whether its checksum lies beside it, as `write` leaves it.

    Raises
    ------
    HighlowError
        If it is missing, damaged, no table, has no rows, or not these columns.
    """
    if checked:
        check(path)
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
