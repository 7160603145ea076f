"""Which image files there are, in which order, and what they are keyed by. Imports neither torch nor numpy."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from highlow.pictures import image_lists
from highlow.pictures.tar_members import is_tar, sort_key
from highlow.runs.errors import HighlowError
from highlow.storage.checksums import sha256

# Contents of at most that many bytes are hashed whenever the workflow is planned (a second or two); of more, names and
# sizes are.
LARGEST_HASHED_TOTAL = 2**30
# What would break a line or a cell of a table, and the escape character itself.
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"\\]')
ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4})")

# A link as git, and what copies as git does, leaves it where there can be none: its text, in the place of the file.
LINK_TEXT = re.compile(rb"\.{1,2}/[^\n\0]+\Z")
LONGEST_LINK = 4096

# A folder's name with a slash, its real path, the real paths of those above it, whether it lies behind a link.
Entered = tuple[str, str, frozenset[str], bool]


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
        A folder, searched with everything below it, or a text file that has a name a line (`image_lists`), relative to
        its own folder, or a tar. Names have forward slashes and are as the user sees them, also behind links. Hidden
        files and folders (`.git`, `.DS_Store`) are left out. Links are followed, also out of the folder. A folder is
        entered once as itself and once behind links, so that links that go round come to an end; where it is not
        entered, or cannot be listed, it is named like a file.

    Raises
    ------
    HighlowError
        If there is no such folder or list, nothing in it, or the folder itself cannot be listed.
    """
    path = Path(source)
    return _below(path) if path.is_dir() else _listed(path)


def part(count: int, shard: int, shards: int) -> range:
    """Return which of `count` numbers a shard has: a contiguous range, of nearly the same length as the others."""
    return range(count * shard // shards, count * (shard + 1) // shards)


def check(source: str | os.PathLike[str]) -> None:
    """Raise what `walk` raises at its start, without all of a walk."""
    next(walk(source))


def root_of(source: str | os.PathLike[str]) -> Path:
    """Return the folder that names of `walk` are relative to."""
    path = Path(source)
    return path if path.is_dir() else path.parent


def why_not_read(root: str | os.PathLike[str], name: str) -> str:
    """Return why a file is not even opened, or an empty string: only regular files are.

    Links are followed, out of `root` as well, and names may be absolute: the user named the folder or the list. Pipes
    and devices would never end.
    """
    path = Path(root) / name
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return _why_not_entered(path, os.path.normpath(Path(os.path.realpath(root)) / name))
    except ValueError:  # a zero byte, or half of a surrogate pair
        return "no file can have this name"
    except FileNotFoundError:
        return "no such file: a link leads to it" if path.is_symlink() else "no such file"
    except OSError as error:
        return error.strerror or "cannot be read"
    return "" if stat.S_ISREG(mode) else "no regular file"


def _why_not_entered(folder: Path, unlinked: str) -> str:
    """Return what is to be said of a folder; `unlinked` is its path if no link leads to it."""
    problem = _listing_problem(str(folder))
    if problem:
        return f"a folder that cannot be listed: {problem}"
    return "a folder" if os.path.realpath(folder) == unlinked else "a folder that is listed already: a link leads to it"


def followed(path: Path) -> Path:
    """Return the file that another one stands for if that holds the text of a link; any other as it is.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    if path.stat().st_size > LONGEST_LINK:
        return path
    content = path.read_bytes()
    target = path.parent / os.fsdecode(content)
    return target if LINK_TEXT.match(content) and not why_not_read(target.parent, target.name) else path


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
            yield name, _followed(root / name).stat().st_size


def _followed(path: Path) -> Path:
    try:
        return followed(path)
    except OSError:  # the list of images says so
        return path


def _content(path: Path) -> str:
    try:
        return sha256(_followed(path))
    except OSError as error:  # the list of images says so
        return error.strerror or "cannot be read"


def _code(number: int) -> str:
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def _below(folder: Path) -> Iterator[str]:
    walked = _Walk(folder)
    pending = [walked.entries("", os.path.realpath(folder), frozenset(), behind=False)]
    found = False
    while pending:
        entered = next(pending[-1], None)
        if entered is None:
            pending.pop()
        elif isinstance(entered, str):
            found = True
            yield entered
        else:
            pending.append(walked.entries(*entered))
    if not found:
        raise HighlowError(f"images: {folder}: the folder has no files")


class _Walk:
    """A walk below a folder: which folders were entered behind links."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.linked: set[str] = set()

    def entries(self, prefix: str, real: str, above: frozenset[str], behind: bool) -> Iterator[str | Entered]:
        """Yield the names in a folder in the order of what will be made of them, of one to enter what it is called by.

        Which are entered is decided before the first: what is not has another place in the order.
        """
        names: list[str] = []
        links: dict[str, bool] = {}  # of the folders in it
        try:
            with os.scandir(self.folder / prefix) as found:
                for entry in found:
                    if entry.name.startswith("."):
                        continue
                    if _is_folder(entry):
                        links[entry.name] = entry.is_symlink()
                    else:
                        names.append(sort_key(entry.name))
        except OSError as error:
            raise HighlowError(f"images: {self.folder / prefix}: {error.strerror or 'cannot be listed'}") from None
        inside: dict[str, Entered] = {}
        for name, is_link in sorted(links.items()):
            path, linked = str(self.folder / prefix / name), behind or is_link
            place = os.path.realpath(path) if is_link else f"{real.rstrip('/')}/{name}"
            if (linked and (place in self.linked or place in above | {real})) or _listing_problem(path):
                names.append(sort_key(name))
                continue
            if linked:
                self.linked.add(place)
            names.append(f"{name}/")
            inside[f"{name}/"] = f"{prefix}{name}/", place, above | {real}, linked
        for name in sorted(names):
            yield inside.get(name) or prefix + name.removesuffix("/")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that goes round, or into a folder that may not be searched
        return False


def _listing_problem(folder: str) -> str:
    """Return why a folder cannot be listed, or an empty string."""
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except OSError as error:
        return error.strerror or "unknown error"
    return ""


def _listed(path: Path) -> Iterator[str]:
    if not path.is_file():
        raise HighlowError(f"images: {path}: no such folder or list")
    if is_tar(path.name):
        yield path.name
        return
    tar = ""
    for name in sorted(image_lists.names_of(path), key=sort_key):
        if tar and name.startswith(tar):  # the tar is listed whole
            continue
        yield name
        tar = f"{name}/" if is_tar(name) else tar
