"""The table of images: every file that was looked at, used or skipped; read and written a row at a time."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from highlow.pictures.image_files import ImageFile
from highlow.pictures.image_names import escaped, part, unescaped
from highlow.pictures.tar_members import sort_key
from highlow.runs.errors import HighlowError
from highlow.storage import atomic_files, checksums, table_files


@dataclass(frozen=True, slots=True)
class Row:
    """A file, under its name on disk; the fields are the columns."""

    index: int
    file: str
    sha256: str
    width: int
    height: int
    status: str
    reason: str


COLUMNS = tuple(field.name for field in fields(Row))


class Counts(NamedTuple):
    """How many files a table has of each status."""

    used: int
    skipped: int


def rows_of(files: Iterable[ImageFile]) -> Iterator[Row]:
    """Yield the rows of files, in their order, without the pixels."""
    for index, file in enumerate(files):
        status = "skipped" if file.reason else "used"
        yield Row(index, file.name, file.sha256, file.width, file.height, status, file.reason)


def write(path: str | os.PathLike[str], rows: Iterable[Row], origin: Mapping[str, Any]) -> Counts:
    """Write a table, and its provenance beside it; return how many files were used and skipped."""
    total = used = 0
    with atomic_files.atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.write("\t".join(COLUMNS) + "\n")
        for row in rows:
            file.write("\t".join(_cells(row)) + "\n")
            total, used = total + 1, used + (row.status == "used")
    table_files.write_provenance(path, origin)
    return Counts(used, total - used)


def rows(path: str | os.PathLike[str]) -> Iterator[Row]:
    """Yield the rows of a table.

    Raises
    ------
    HighlowError
        If it is missing, damaged, no such table or cut off.
    """
    table_files.check(path)
    try:
        with Path(path).open(encoding="utf-8", newline="\n") as file:
            if file.readline() != "\t".join(COLUMNS) + "\n":
                raise HighlowError(f"{path}: not a table of images; delete it and run again")
            for number, line in enumerate(file):
                yield _row(line, number)
    except ValueError as error:  # no number, too few cells, no UTF-8
        raise HighlowError(f"{path}: not a readable table; delete it and run again") from error


def merge(
    shards: Sequence[str | os.PathLike[str]], output: str | os.PathLike[str], origin: Mapping[str, Any]
) -> Counts:
    """Write the tables of a listing's shards as one, a row at a time; `origin` is the provenance of each.

    Raises
    ------
    HighlowError
        If a shard is missing, damaged or of another listing, or no image can be used.
    """
    for path in shards:
        known = checksums.read_json(table_files.provenance_path(path))
        if {key: known.get(key) for key in origin} != dict(origin):
            raise HighlowError(f"{path}: not of this listing; delete the folder and run again")
    if not any(row.status == "used" for row in _joined(shards)):
        reasons = "; ".join(f"{escaped(row.file)}: {escaped(row.reason)}" for row in islice(_joined(shards), 3))
        raise HighlowError(f"none of {sum(1 for _ in _joined(shards))} files is a usable image ({reasons})")
    return write(output, _joined(shards), origin)


def shard(path: str | os.PathLike[str], number: int, shards: int) -> tuple[int, Iterator[Row]]:
    """Return how many images a shard has, and their rows: a contiguous range of the used ones."""
    chosen = part(sum(1 for _ in _used(path)), number, shards)
    return len(chosen), islice(_used(path), chosen.start, chosen.stop)


def _used(path: str | os.PathLike[str]) -> Iterator[Row]:
    return (row for row in rows(path) if row.status == "used")


def _joined(shards: Sequence[str | os.PathLike[str]]) -> Iterator[Row]:
    last, index = "", 0
    for path in shards:
        for row in rows(path):
            if sort_key(row.file) <= last:
                raise HighlowError(
                    f"{path}: the images changed while they were listed; delete the folder and run again"
                )
            last = sort_key(row.file)
            yield replace(row, index=index)
            index += 1


def _cells(row: Row) -> tuple[str, ...]:
    numbers = str(row.width), str(row.height)
    return str(row.index), escaped(row.file), row.sha256, *numbers, row.status, escaped(row.reason)


def _row(line: str, number: int) -> Row:
    index, file, digest, width, height, status, reason = line.split("\t")
    if int(index) != number or status not in ("used", "skipped") or not reason.endswith("\n"):
        raise ValueError(f"row {number}")
    return Row(number, unescaped(file), digest, int(width), int(height), status, unescaped(reason[:-1]))
