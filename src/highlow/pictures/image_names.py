"""Which image files there are, in which order, and what they are keyed by. Imports neither torch nor numpy."""

import hashlib
import os
import posixpath
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from highlow.errors import HighlowError
from highlow.hashes import sha256

# Contents of at most that many bytes are hashed whenever the workflow is planned (a second or two); of more, names and
# sizes are.
LARGEST_HASHED_TOTAL = 2**30
# What would break a line or a cell of a table, and the escape character itself.
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"\\]')
ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4})")


def escaped(name: str) -> str:
    r"""Return a file name as tables hold it: control characters, quotes and `\` as `\xNN`, others as `\uNNNN`."""
    return UNSAFE.sub(lambda found: _code(ord(found[0])), name)


def unescaped(text: str) -> str:
    """Return the file name that `escaped` made a text of."""
    return ESCAPE.sub(lambda found: chr(int(found[1][1:], 16)), text)


def file_names(source: str | os.PathLike[str]) -> list[str]:
    """Return the names of a folder's files or of a list's lines, each once, sorted by code points.

    Parameters
    ----------
    source : path
        A folder, searched with everything below it, or a text file that has a name a line, relative to its own folder.
        Names have forward slashes. Hidden files and folders (`.git`, `.DS_Store`) are left out; links to folders are
        named, not entered.

    Raises
    ------
    HighlowError
        If there is no such folder or list, or nothing in it.
    """
    path = Path(source)
    return sorted(set(_below(path) if path.is_dir() else _listed(path)))


def check(source: str | os.PathLike[str]) -> None:
    """Raise what `file_names` raises, without a walk through all of a folder."""
    path = Path(source)
    next(_below(path) if path.is_dir() else iter(_listed(path)))


def root_of(source: str | os.PathLike[str]) -> Path:
    """Return the folder that names of `file_names` are relative to."""
    path = Path(source)
    return path if path.is_dir() else path.parent


def why_not_read(root: str | os.PathLike[str], name: str) -> str:
    """Return why a file is not even opened, or an empty string: only regular files inside `root` are.

    A name or a link that leaves the folder could point anywhere, and a pipe would never end.
    """
    path = Path(root) / name
    real_root, real = Path(os.path.realpath(root)), Path(os.path.realpath(path))
    if "\0" in name or not real.is_relative_to(real_root):
        return "leads out of the folder"
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "no such file"
    except OSError as error:
        return error.strerror or "cannot be read"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "" if stat.S_ISREG(mode) else "no regular file"


def manifest_hash(source: str | os.PathLike[str]) -> str:
    """Return a hash of the files' names, sizes and contents; their folder and times do not count.

    Where they hold more than 1 GiB together, contents are left out: a file that is changed and keeps its size is
    noticed when it is read.
    """
    root = root_of(source)
    sizes = {name: (root / name).stat().st_size for name in file_names(source) if not why_not_read(root, name)}
    contents = sum(sizes.values()) <= LARGEST_HASHED_TOTAL
    digest = hashlib.sha256()
    for name, size in sizes.items():
        content = _content(root / name) if contents else ""
        digest.update(f"{escaped(name)}\t{size}\t{content}\n".encode())
    return digest.hexdigest()


def _content(path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:  # the list of images says so
        return error.strerror or "cannot be read"


def _code(number: int) -> str:
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def _below(folder: Path) -> Iterator[str]:
    found = False
    for current, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        links = [name for name in folders if (Path(current) / name).is_symlink()]
        for name in [*files, *links]:
            if not name.startswith("."):
                found = True
                yield (Path(current) / name).relative_to(folder).as_posix()
    if not found:
        raise HighlowError(f"images: {folder}: the folder has no files")


def _listed(path: Path) -> list[str]:
    if not path.is_file():
        raise HighlowError(f"images: {path}: no such folder or list")
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise HighlowError(f"images: {path}: neither a folder nor a text file that lists images") from None
    names = [posixpath.normpath(line) for line in lines if line.strip()]
    if not names:
        raise HighlowError(f"images: {path}: the list names no files")
    return names
