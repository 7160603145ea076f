"""Paths as users write them: `~`, environment variables, and what an unset variable leaves.

Imports neither torch nor numpy: the Snakefile uses it.
"""

import os
import re
from pathlib import Path

from highlow.runs.errors import HighlowError, name_line

VARIABLE = re.compile(r"\$(\w+|\{[^}]*\})", re.ASCII)


def resolved(text: str | os.PathLike[str], where: str, base: str | os.PathLike[str] = "") -> Path:
    """Return a path with `~` and `$VARIABLE` replaced; a relative one counts from `base`.

    A path that is there as it is written is taken as it is written: a file may be called `$a`.

    Parameters
    ----------
    text : path
        What the user wrote.
    where : str
        Which setting it stands in, for messages.
    base : path, optional
        Folder of relative paths; default: they stay relative.

    Raises
    ------
    HighlowError
        If it is empty, names a variable that is not set, or has characters that names of files have not in this locale.
    """
    written = os.fspath(text)
    if not written.strip():
        raise HighlowError(f"{where}: empty, as a variable leaves it that is not set; write a path or leave it out")
    _check_characters(written, where)
    if os.path.lexists(Path(base) / written):
        return Path(base) / written
    found = os.path.expandvars(os.path.expanduser(written))  # noqa: PTH111 (Path.expanduser fails on `~nobody`)
    left = VARIABLE.search(found)
    if left:
        raise HighlowError(f"{where}: {written}: the variable {left[1].strip('{}')} is not set")
    if not found.strip():
        raise HighlowError(f"{where}: {written}: the variable is empty; write a path or leave it out")
    return Path(base) / found


def _check_characters(path: str, where: str) -> None:
    """Raise a HighlowError for a path that the locale cannot write: to Python it would just not be there."""
    try:
        os.fsencode(path)
    except UnicodeEncodeError as error:
        if name_line(error):
            raise HighlowError(f"{where}: {name_line(error)}") from None
