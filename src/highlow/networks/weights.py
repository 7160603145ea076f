"""Finding, checking and reading weight files; the extracted `weights.h5`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import safetensors
import torch
from torch import Tensor

from highlow import store
from highlow.errors import HighlowError
from highlow.networks import registry
from highlow.networks.graph import Architecture
from highlow.networks.inception import PaddingStyle
from highlow.networks.model import check_weights
from highlow.networks.registry import Entry

Weights = dict[str, tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Extracted:
    """A network as `weights.h5` holds it."""

    name: str
    architecture: Architecture
    weights: Weights


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


def read(
    entry: Entry, architecture: Architecture, weights_dir: str | os.PathLike[str] | None = None, seed: int = 0
) -> Weights:
    """Return the weights of a registered network by node name, from its file or its generator.

    Raises
    ------
    HighlowError
        If the file is missing, has another hash than registered, or is not what the architecture needs.
    """
    if entry.generator == "planted":
        from highlow.networks import planted

        return planted.generate(seed).weights
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
    entry: Entry, padding: PaddingStyle | None, weights_dir: str | os.PathLike[str] | None, seed: int
) -> Extracted:
    """Return a registered network with its weights, cut where its file ends."""
    full = registry.architecture(entry.architecture, padding or entry.padding)
    weights = read(entry, full, weights_dir, seed)
    architecture = full.without_missing(weights)
    check_weights(architecture, weights)
    return Extracted(entry.name, architecture, weights)


def write(path: str | os.PathLike[str], network: Extracted, entry: Entry, origin: Mapping[str, Any]) -> None:
    """Write `weights.h5`: a group a layer with `weight` (out, in, kh, kw), `bias`, and how it is applied."""
    with store.create_h5(path, origin) as file:
        file.attrs["network"] = network.name
        file.attrs["architecture"] = entry.architecture
        first = next(node for node in network.architecture.nodes if node.op == "conv")
        file.attrs["padding"] = "same" if first.window.padding == "same" else "caffe"
        file.attrs["sha256"] = entry.sha256
        file.attrs["source"] = entry.source
        for node in network.architecture.nodes:
            if not node.has_weights:
                continue
            group = file.create_group(node.name)
            weight, bias = (tensor.numpy().astype(np.float32) for tensor in network.weights[node.name])
            axes = ("out", "in", "kh", "kw")[: weight.ndim]
            store.write_array(group, "weight", weight, axes)
            store.write_array(group, "bias", bias, ("out",))
            group.attrs["stride"] = node.window.stride
            group.attrs["padding"] = str(node.window.padding)
            group.attrs["source"] = registry.NAMINGS[entry.naming](node.name)
            group.attrs["sha256"] = entry.sha256


def load_extracted(path: str | os.PathLike[str]) -> Extracted:
    """Read `weights.h5`.

    Raises
    ------
    HighlowError
        If it is missing, damaged or does not fit its architecture.
    """
    with store.open_h5(path) as file:
        padding = file.attrs["padding"]
        full = registry.architecture(file.attrs["architecture"], padding)
        weights = {
            name: (torch.from_numpy(group["weight"][...]), torch.from_numpy(group["bias"][...]))
            for name, group in file.items()
        }
        name = file.attrs["network"]
    architecture = full.without_missing(weights)
    check_weights(architecture, weights)
    return Extracted(name, architecture, weights)
