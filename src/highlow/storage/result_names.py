"""Which files a folder of results has, which results folder a path is in, and where the checksum of a file lies."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from highlow.storage.atomic_files import is_temporary
from highlow.storage.checksums import MANIFEST

RESULTS = "results"  # what the pipeline calls its folder
EXPLORER = "explorer"  # a folder of folders, each with its checksums beside it
OF_EXPLORERS_PAGE = ("page", "program")  # but for these, whose checksums are the page's
NOT_CHECKED_FOLDERS = ("logs", "benchmarks")
# Beside hidden files, what systems, file managers and editors put into folders; in lower case.
OF_SYSTEMS = {
    *("thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "system volume information"),  # Windows
    *("icon\r", "__macosx"),  # macOS
    *("lost+found", "@eadir", "__pycache__"),
}


@dataclass
class Names:
    """The files of a folder.

    Attributes
    ----------
    files : list of str
        With forward slashes, relative to the folder that they were asked of.
    closed : dict
        Folders that cannot be listed or entered, and why.
    visited : set of str
        Folders that were listed, as real paths.
    """

    files: list[str] = field(default_factory=list)
    closed: dict[str, OSError] = field(default_factory=dict)
    visited: set[str] = field(default_factory=set)


def results_folder(path: Path) -> Path | None:
    """Return the results folder that a path is or lies in, None if it is in none that can be told.

    It is the nearest folder that is called `results`, or that holds stimuli and a network's weights: a copy may be
    called anything.
    """
    return next((folder for folder in (absolute(path), *absolute(path).parents) if is_results(folder)), None)


def absolute(path: str | os.PathLike[str]) -> Path:
    """Return an absolute path without `..`, whose links are not resolved: what counts is where it was said to be."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.resolve would follow links


def is_results(folder: Path) -> bool:
    """Return whether a folder is one of results, by its name or by what lies in it."""
    if folder.name == RESULTS:
        return folder.is_dir()
    try:
        return any(folder.glob("stimuli/*.h5")) and any(folder.glob("*/weights.h5"))
    except OSError:
        return False


def names_below(base: Path, folder: Path, visited: set[str] | None = None, *, deep: bool = True) -> Names:
    """Return the names of the files that are checked in a folder, relative to `base`, in no order.

    Left out are logs and benchmarks, which differ from run to run, the README of the results, and what is not of the
    pipeline: hidden files, among them Snakemake's, and those of systems and editors. Links to folders are followed,
    each folder once, and after the folders that are no links, so that a file has the name of its own place. Unless
    `deep`, folders below are left out.

    Raises
    ------
    OSError
        If `folder` itself cannot be listed.
    """
    found = Names(visited=set() if visited is None else visited)
    places: list[Path] = [folder]
    links: list[Path] = []
    while places or links:
        current = (places or links).pop()
        real = os.path.realpath(current)
        if real in found.visited:
            continue
        found.visited.add(real)
        name = current.relative_to(base).as_posix()
        try:
            entries = _entries(current)
        except OSError as error:
            if current == folder:
                raise
            found.closed[name] = error
            continue
        for entry in entries:
            is_folder = _is_folder(entry)
            if is_left_out(entry.name, is_folder) or (name, entry.name) == (".", "README.md"):
                continue
            path = current / entry.name
            if is_folder and deep:
                (links if entry.is_symlink() else places).append(path)
            elif not is_folder:
                found.files.append(path.relative_to(base).as_posix())
    return found


def is_left_out(name: str, is_folder: bool) -> bool:
    """Return whether a file or folder of this name is no result and of no interest: hidden, a system's, an editor's."""
    if is_folder and name in NOT_CHECKED_FOLDERS:
        return True
    if name.startswith("."):
        return is_folder or not is_temporary(name)
    return name.lower() in OF_SYSTEMS or name.startswith("~$") or name.endswith("~")


def manifest_of(path: PurePosixPath) -> PurePosixPath | None:
    """Return where the checksum of a result lies that holds none itself; None if there is no such kind of file."""
    folder = path.parent
    if EXPLORER in folder.parts[:-1]:
        at_root = folder.name in OF_EXPLORERS_PAGE
        return folder.parent / "index.provenance.json" if at_root else folder.parent / f"{folder.name}.provenance.json"
    if folder.name == "figures":
        if folder.parent.name == "report":
            return folder.parent / "index.provenance.json"
        return path.with_suffix(".json") if path.suffix in (".svg", ".png", ".tsv") else None
    if path.name == "index.html" or path.suffix == ".tsv":
        return path.with_suffix(".provenance.json")
    if path.suffix == ".png" and folder.parent.name == "pictures":
        return folder / MANIFEST
    if path.suffix == ".png" and folder.name == "generated":
        return folder.with_suffix(".provenance.json")
    return folder / "report.json" if path.suffix == ".safetensors" else None


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what lies in a folder whose files can be opened."""
    with os.scandir(folder) as entries:
        found = list(entries)
    os.stat(os.path.join(folder, "."))  # noqa: PTH116, PTH118 - fails where a folder may be listed and not entered
    return found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return stat.S_ISDIR(entry.stat().st_mode) if entry.is_symlink() else entry.is_dir()
    except OSError:
        return False  # a link that leads nowhere, or where nobody may look: reading it says so
