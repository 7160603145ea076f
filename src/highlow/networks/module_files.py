"""Files that a configuration names for a module of the user's: its code, and its weights.

Imports neither torch nor numpy: the Snakefile uses it.
"""

import importlib.metadata
import os
from pathlib import Path

from highlow.networks import weight_files
from highlow.networks.registry import TORCHVISION, Entry
from highlow.runs import user_paths
from highlow.runs.errors import HighlowError
from highlow.storage.checksums import sha256

# Paths of the configuration count from where snakemake was called.
CALLED_FROM = "HIGHLOW_CALLED_FROM"


def code_file(module: str) -> Path | None:
    """Return the file of `path/to/mine.py:build`, None for `package.module:function`."""
    place = module.rpartition(":")[0]
    return _from_call(place, f"module {module!r}") if place.endswith(".py") else None


def code_version(entry: Entry) -> str:
    """Return what changes with the code of an entry's module: the hash of its file, or the version of its package.

    Raises
    ------
    HighlowError
        If the file is missing.
    """
    path = code_file(entry.module)
    if path:
        if not path.is_file():
            raise HighlowError(
                f"network {entry.name!r}: no file {entry.module.rpartition(':')[0]!r}; write its path from the "
                "folder of the call"
            )
        return sha256(path)
    package = (
        "torchvision" if entry.module.startswith(TORCHVISION) else entry.module.partition(".")[0].partition(":")[0]
    )
    try:
        return f"{package} {importlib.metadata.version(package)}"
    except importlib.metadata.PackageNotFoundError:
        return package


def hashes(entry: Entry) -> str:
    """Return what changes with an entry's code and with the weights that it names; empty for an entry without code."""
    if not entry.module:
        return ""
    return " ".join([code_version(entry), *([sha256(own_weights(entry))] if entry.weights else [])])


def own_weights(entry: Entry, weights_dir: str | os.PathLike[str] | None = None) -> Path:
    """Return the file that an entry's `weights` names: from where snakemake was called, or in the weight folders.

    Raises
    ------
    HighlowError
        If it is nowhere.
    """
    given = _from_call(entry.weights, f"network {entry.name!r}: weights")
    places = [given, *(folder / entry.weights for folder in weight_files.folders(weights_dir))]
    for path in places:
        if path.is_file():
            return path
    raise HighlowError(
        f"network {entry.name!r}: no file {entry.weights!r}, neither in the folder of the call nor in "
        f"{', '.join(map(str, weight_files.folders(weights_dir)))}"
    )


def _from_call(text: str, where: str) -> Path:
    return user_paths.resolved(text, where, os.environ.get(CALLED_FROM, ""))
