"""Which image files there are, in which order, and what they are keyed by. Imports neither torch nor numpy."""

import hashlib
import os
import posixpath
import re
import stat
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from highlow.runs.errors import HighlowError
from highlow.storage.checksums import sha256

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
    """Return what `walk` yields, all at once."""
    return list(walk(source))


def walk(source: str | os.PathLike[str]) -> Iterator[str]:
    """Yield the names of a folder's files or of a list's lines, each once, sorted by code points, a tar as a folder.

    Of a folder one directory at a time is in memory, of a list all names.

    Parameters
    ----------
    source : path
        A folder, searched with everything below it, or a text file that has a name a line, relative to its own folder,
        or a tar. Names have forward slashes. Hidden files and folders (`.git`, `.DS_Store`) are left out; links to
        folders are named, not entered.

    Raises
    ------
    HighlowError
        If there is no such folder or list, nothing in it, or a folder that cannot be listed.
    """
    path = Path(source)
    return _below(path) if path.is_dir() else _listed(path)


def part(count: int, shard: int, shards: int) -> range:
    """Return which of `count` numbers a shard has: a contiguous range, of nearly the same length as the others."""
    return range(count * shard // shards, count * (shard + 1) // shards)


def is_tar(name: str) -> bool:
    """Return whether a file's name is that of a tar, which stands for the images in it."""
    return name[-4:].lower() == ".tar"


def sort_key(name: str) -> str:
    """Return what `walk` sorts by: a tar comes where its members do."""
    return f"{name}/" if is_tar(name) else name


def check(source: str | os.PathLike[str]) -> None:
    """Raise what `walk` raises at its start, without all of a walk."""
    next(walk(source))


def root_of(source: str | os.PathLike[str]) -> Path:
    """Return the folder that names of `walk` are relative to."""
    path = Path(source)
    return path if path.is_dir() else path.parent


def why_not_read(root: str | os.PathLike[str], name: str) -> str:
    """Return why a file is not even opened, or an empty string: only regular files inside `root` are.

    A name or a link that leaves the folder could point anywhere, and a pipe would never end.
    """
    path = Path(root) / name
    try:
        # Where the file itself is no link, its folder decides: millions of files lie in few.
        alone = posixpath.basename(name) in ("", ".", "..") or path.is_symlink()
        real = os.path.realpath(path) if alone else _real(str(path.parent))
        if not Path(real).is_relative_to(_real(str(root))):
            return "leads out of the folder"
        mode = path.stat().st_mode
    except ValueError:  # a zero byte, or half of a surrogate pair
        return "no file can have this name"
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
    noticed when it is read. Of a tar the file itself counts, not its members.
    """
    root = root_of(source)
    digest, total = hashlib.sha256(), 0
    for name, size in _sizes(source):
        digest.update(f"{escaped(name)}\t{size}\t\n".encode())
        total += size
    if total > LARGEST_HASHED_TOTAL:
        return digest.hexdigest()
    digest = hashlib.sha256()
    for name, size in _sizes(source):
        digest.update(f"{escaped(name)}\t{size}\t{_content(root / name)}\n".encode())
    return digest.hexdigest()


def _sizes(source: str | os.PathLike[str]) -> Iterator[tuple[str, int]]:
    root = root_of(source)
    for name in walk(source):
        if not why_not_read(root, name):
            yield name, (root / name).stat().st_size


@lru_cache(maxsize=64)
def _real(folder: str) -> str:
    return os.path.realpath(folder)


def _content(path: Path) -> str:
    try:
        return sha256(path)
    except OSError as error:  # the list of images says so
        return error.strerror or "cannot be read"


def _code(number: int) -> str:
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def _below(folder: Path) -> Iterator[str]:
    found = False
    pending = [_entries(folder, "")]
    while pending:
        name = next(pending[-1], None)
        if name is None:
            pending.pop()
        elif name.endswith("/"):
            pending.append(_entries(folder, name))
        else:
            found = True
            yield name
    if not found:
        raise HighlowError(f"images: {folder}: the folder has no files")


def _entries(folder: Path, prefix: str) -> Iterator[str]:
    """Yield the names in a folder, those of folders with a slash, in the order of what will be made of them."""
    names, folders = [], set()
    try:
        with os.scandir(folder / prefix) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.add(entry.name)
                names.append(f"{entry.name}/" if entry.name in folders else sort_key(entry.name))
    except OSError as error:
        raise HighlowError(f"images: {folder / prefix}: {error.strerror or 'cannot be listed'}") from None
    for name in sorted(names):
        bare = name.removesuffix("/")
        yield prefix + (name if bare in folders else bare)


def _listed(path: Path) -> Iterator[str]:
    if not path.is_file():
        raise HighlowError(f"images: {path}: no such folder or list")
    if is_tar(path.name):
        yield path.name
        return
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise HighlowError(f"images: {path}: neither a folder nor a text file that lists images") from None
    names = {posixpath.normpath(line) for line in lines if line.strip()}
    if not names:
        raise HighlowError(f"images: {path}: the list names no files")
    tar = ""
    for name in sorted(names, key=sort_key):
        if tar and name.startswith(tar):  # the tar is listed whole
            continue
        yield name
        tar = f"{name}/" if is_tar(name) else tar
