"""Finding, checking and reading weight files."""

import os
from pathlib import Path

import platformdirs
import safetensors

from highlow import store
from highlow.errors import HighlowError
from highlow.networks import registry
from highlow.networks.extracted import Extracted, Weights, cut
from highlow.networks.graph import Architecture
from highlow.networks.inception import PaddingStyle
from highlow.networks.registry import Entry


def locate(entry: Entry, weights_dir: str | os.PathLike[str] | None = None) -> Path:
    """Return the path of a network's weight file.

    Looked for in `weights_dir` (or the environment variable `HIGHLOW_WEIGHTS`), then in the user's cache.

    Raises
    ------
    HighlowError
        If it is nowhere; the message says where it was looked for.
    """
    folders = [Path(platformdirs.user_cache_dir("highlow"))]
    given = weights_dir or os.environ.get("HIGHLOW_WEIGHTS")
    if given:
        folders.insert(0, Path(given))
    for folder in folders:
        if (folder / entry.file).is_file():
            return folder / entry.file
    places = ", ".join(str(folder) for folder in folders)
    raise HighlowError(
        f"weights of {entry.name!r} not found: no file {entry.file!r} in {places}; "
        "put it there, or name its folder in the config key weights_dir or in HIGHLOW_WEIGHTS"
    )


def read(entry: Entry, architecture: Architecture, weights_dir: str | os.PathLike[str] | None = None) -> Weights:
    """Return the weights of a registered network by node name, from its file.

    Raises
    ------
    HighlowError
        If the file is missing, has another hash than registered, or is not what the architecture needs.
    """
    if not entry.file:
        raise HighlowError(f"network {entry.name!r} has no weight file: it is generated (scripts/generate_network.py)")
    path = locate(entry, weights_dir)
    if not entry.sha256:
        raise HighlowError(f"network {entry.name!r} has no sha256; register the hash of {entry.file!r}")
    found = store.sha256(path)
    if found != entry.sha256:
        raise HighlowError(
            f"{path} has the wrong hash (sha256 {found}, registered {entry.sha256}): it is damaged or another "
            f"file; replace it with the weights of {entry.name!r}"
        )
    return read_safetensors(path, entry, architecture)


def read_safetensors(path: Path, entry: Entry, architecture: Architecture) -> Weights:
    """Return the tensors of a safetensors file by node name.

    The file names them `<layer>.weight` and `<layer>.bias`, with `<layer>` in the naming of the entry.
    """
    translate = registry.NAMINGS[entry.naming]
    weights: Weights = {}
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            present = set(file.keys())
            for node in architecture.nodes:
                weight, bias = f"{translate(node.name)}.weight", f"{translate(node.name)}.bias"
                if node.has_weights and weight in present and bias in present:
                    weights[node.name] = (file.get_tensor(weight), file.get_tensor(bias))
    except safetensors.SafetensorError as error:
        raise HighlowError(f"{path}: not a readable safetensors file ({error}); replace it") from error
    return weights


def extract(
    entry: Entry, padding: PaddingStyle | None = None, weights_dir: str | os.PathLike[str] | None = None
) -> Extracted:
    """Return a registered network with the weights of its file, cut where the file ends."""
    full = registry.architecture(entry.architecture, padding or entry.padding)
    return cut(entry.name, full, read(entry, full, weights_dir))
