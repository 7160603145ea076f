"""Text files that list images: a name a line, or further columns behind it. Imports neither torch nor numpy."""

import csv
import os
import posixpath
import re
from pathlib import Path

from highlow.pictures import tar_members
from highlow.runs.errors import HighlowError

COLUMNS = re.compile(r"[\t,; \"]")
LONGEST_LINE = 2**13  # characters with columns; twice the longest path of Linux


def names_of(path: Path) -> set[str]:
    """Return the names in a list, normalised.

    A name is the whole line if there is such a file. Else it is the line's first column, separated by a tab, a comma, a
    semicolon or a space, in quotes or not, if that is a file; else the whole line, whose row then says that there is no
    such file. Names are relative to the list's own folder or absolute; absolute ones inside of it become relative.

    Raises
    ------
    HighlowError
        If it is no text in UTF-8 or names nothing.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise HighlowError(f"images: {path}: neither a folder nor a text file that lists images") from None
    root = path.parent
    # In their order those in a tar follow one another: its members are found once.
    names = {_inside(root, _name(root, line)) for line in sorted(lines) if line.strip()}
    if not names:
        raise HighlowError(f"images: {path}: the list names no files")
    return names


def _name(root: Path, line: str) -> str:
    if not COLUMNS.search(line) or len(line) > LONGEST_LINE or _exists(root, line):
        return line
    return next((cell for cell in _first_columns(line) if cell.strip() and _exists(root, cell)), line)


def _first_columns(line: str) -> list[str]:
    """Return what may be the first column, longest first: by every separator, of spaces also with some in the name."""
    cells = [line.split("\t")[0]]
    for separator in ",;\t":
        try:
            cells += next(csv.reader([line], delimiter=separator))[:1]
        except (csv.Error, StopIteration):
            continue
    cells += [*line.rsplit(maxsplit=1)[:1], *line.split(maxsplit=1)[:1]]
    return sorted(cells, key=len, reverse=True)


def _exists(root: Path, name: str) -> bool:
    """Return whether there is something of a name that is no folder, or a member of a tar."""
    try:
        tar, member = tar_members.split(root, name)
        if tar:
            return tar_members.of(root / tar).has(member)
        path = root / name
        return os.path.lexists(path) and not path.is_dir()
    except (OSError, ValueError):  # too long, a zero byte
        return False


def _inside(root: Path, name: str) -> str:
    """Return a name normalised, and relative to the list's folder if it is absolute and inside."""
    name = posixpath.normpath(name)
    if not name.startswith("/"):
        return name
    name = "/" + name.lstrip("/")
    for folder in (os.path.abspath(root), os.path.realpath(root)):  # noqa: PTH100 # as it is written, and as it is
        if name.startswith(f"{folder.rstrip('/')}/"):
            return name.removeprefix(f"{folder.rstrip('/')}/")
    return name
