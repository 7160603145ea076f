"""Weights that come as a folder of files: finding it, downloading what it lacks, checking every file.

Imports neither torch nor numpy: the Snakefile uses it.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

from highlow.networks.registry import WeightFile
from highlow.reference import Part, weight_parts
from highlow.runs.errors import HighlowError
from highlow.storage import checksums


def find(item: WeightFile, folder: Path, cache: Path) -> Path | None:
    """Return the folder of a network's files that is in a folder or is that folder itself, None if there is none.

    The user's folder counts as soon as one of the files is in it, so that it is not passed over in silence. The one in
    the cache counts once it is complete: until then the download continues it.
    """
    present = all if folder == cache else any
    inside = [folder / item.file] if folder == cache else [folder / item.file, folder / _published_name(item), folder]
    for candidate in inside:
        if present(_is_file(candidate / part.file) for part in weight_parts(item.parts)):
            return candidate
    return None


def fetch(item: WeightFile, folder: Path) -> Path:
    """Download the files that a folder lacks, each checked against its hash, and return the folder."""
    from highlow.networks import download  # see weight_files.fetch

    parts = {part.file: part for part in weight_parts(item.parts)}

    def check(name: str, path: Path) -> None:
        if checksums.sha256(path) != parts[name].sha256:
            raise HighlowError(f"what {item.url}{name} gave has another hash than registered; it was not kept")

    return download.fetch_folder(item.url, folder, {name: part.size for name, part in parts.items()}, check)


def check_hashes(item: WeightFile, folder: Path) -> None:
    """Check every file of a folder against its registered hash.

    Raises
    ------
    HighlowError
        If one is missing or has another hash.
    """
    parts = weight_parts(item.parts)
    missing = [part.file for part in parts if not _is_file(folder / part.file)]
    if missing:
        raise HighlowError(
            f"{folder}: {len(missing)} of {len(parts)} files are missing, the first is {missing[0]}; complete it from "
            f"{item.url}"
        )
    for part in parts:
        _check_hash(item, part, folder / part.file)


def shown(item: WeightFile) -> str:
    """Return what a user's folder should hold, for messages."""
    parts = weight_parts(item.parts)
    return f"folder {_published_name(item)!r} of {len(parts)} files ({parts[0].file}, ...)"


def _check_hash(item: WeightFile, part: Part, path: Path) -> None:
    found = checksums.sha256(path)
    if found != part.sha256:
        raise HighlowError(
            f"{path} has the wrong hash (sha256 {found}, registered {part.sha256}): it is damaged or another file; "
            f"replace it with {item.url}{part.file}"
        )


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 (Path.is_file fails on a name that is too long)


def _published_name(item: WeightFile) -> str:
    """Return what the folder is called where it comes from: the last part of its address."""
    return Path(urlsplit(item.url).path).name or item.file
