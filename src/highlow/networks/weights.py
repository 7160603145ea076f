"""Reading weight files: their tensors by node name, checked."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from highlow.networks import fingerprints, readers
from highlow.networks.architectures import architecture as build
from highlow.networks.architectures import definition
from highlow.networks.architectures.definition import Naming, TensorNames
from highlow.networks.extracted import Extracted, Weights, cut
from highlow.networks.graph import Architecture, Node
from highlow.networks.registry import Entry
from highlow.networks.weight_files import check_hash, locate
from highlow.reference import weight_parts
from highlow.runs.errors import HighlowError, nearest
from highlow.storage.checksums import sha256


@dataclass(frozen=True)
class Origin:
    """The file that weights came from.

    Attributes
    ----------
    file, sha256 : str
        Its name and hash.
    accepted_by : str
        What showed that it is the registered file: the kind of hash, or the published ranges of its tensors.
    """

    file: str
    sha256: str
    accepted_by: str


def read(
    entry: Entry, architecture: Architecture, weights_dir: str | os.PathLike[str] | None = None
) -> tuple[Weights, Origin]:
    """Return the weights of a registered network by node name, and where they came from.

    A file is checked against its registered hash before it is opened. One without a registered hash is accepted only
    if the ranges of its tensors are the published ones.

    Raises
    ------
    HighlowError
        If the file is missing, is not the registered one, or not what the architecture needs.
    """
    item, path = locate(entry, weights_dir)
    if not item.has_hash and not entry.fingerprint:
        raise HighlowError(f"network {entry.name!r} has no sha256; register the hash of {item.file!r}")
    accepted_by = check_hash(item, path) if item.has_hash else "published ranges"
    parts = [path / part.file for part in weight_parts(item.parts)] if item.parts else []
    tensors = readers.tensors_together(parts) if parts else readers.tensors(path)
    weights = assemble(architecture, tensors, chosen_naming(entry.architecture, item.naming, tensors, path), path)
    if entry.fingerprint:
        fingerprints.check(entry.fingerprint, weights, path)
    # The table of a folder's files has their hashes, so that its own hash stands for all of them.
    return weights, Origin(item.file, item.sha256 if parts else sha256(path), accepted_by)


def chosen_naming(architecture: str, wanted: str, tensors: Mapping[str, Tensor], path: Path) -> Naming:
    """Return how a file names its tensors: as registered, or the naming whose first layer is in the file.

    Raises
    ------
    HighlowError
        If the file has no such layer: it holds another network.
    """
    known = definition(architecture)
    if wanted and wanted not in known.namings:
        raise HighlowError(
            f"architecture {architecture!r} has no naming {wanted!r}; {nearest(wanted, list(known.namings))}"
        )
    namings = {wanted: known.namings[wanted]} if wanted else known.namings
    first = next(node for node in known.build(known.paddings[0]).nodes if node.has_weights)
    for naming in namings.values():
        if naming(first).weight in tensors:
            return naming
    names = " or ".join(repr(naming(first).weight) for naming in namings.values())
    raise HighlowError(f"{path}: no tensor {names}, so these are not weights of architecture {architecture!r}")


def assemble(architecture: Architecture, tensors: Mapping[str, Tensor], naming: Naming, path: Path) -> Weights:
    """Return weight and bias of every node that the file has, batch normalization folded in.

    Raises
    ------
    HighlowError
        If a node has a part of its tensors only, or tensors that do not fit each other.
    """
    weights: Weights = {}
    for node in architecture.nodes:
        if not node.has_weights:
            continue
        names = naming(node)
        parts = [names.weight, names.bias]
        missing = [name for name in parts if name not in tensors]
        if len(missing) == len(parts):
            continue
        if missing:
            raise HighlowError(f"{path}: layer {node.name!r} lacks the tensor {missing[0]!r}; replace the file")
        try:
            weights[node.name] = _folded(node, tensors, names)
        except RuntimeError:
            shapes = ", ".join(f"{name} {tuple(tensors[name].shape)}" for name in parts)
            raise HighlowError(f"{path}: tensors of layer {node.name!r} do not fit each other ({shapes})") from None
    return weights


def _folded(node: Node, tensors: Mapping[str, Tensor], names: TensorNames) -> tuple[Tensor, Tensor]:
    weight = tensors[names.weight]
    if node.op == "linear" and weight.ndim == 4:  # a 1x1 convolution that runs as a fully connected layer
        weight = weight.flatten(1)
    if node.op == "conv" and weight.ndim == 2:  # a fully connected layer that runs as a convolution
        weight = weight.reshape(node.channels, -1, node.window.kernel, node.window.kernel)
    return weight, tensors[names.bias]


def extract(
    entry: Entry, padding: str | None = None, weights_dir: str | os.PathLike[str] | None = None
) -> tuple[Extracted, Origin]:
    """Return a registered network with the weights of its file, cut where the file ends, and the file."""
    full = build(entry.architecture, padding or entry.padding)
    weights, origin = read(entry, full, weights_dir)
    return cut(entry.name, full, weights), origin
