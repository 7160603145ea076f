"""What `weights.h5` holds, as arrays; imports no PyTorch.

Weights are (out, in, kh, kw), of a fully connected layer (out, in); biases are (out,); both float32.
"""

import hashlib
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlow.networks import graph_json
from highlow.networks.architectures import architecture as build
from highlow.networks.architectures import definition
from highlow.networks.graph import Architecture
from highlow.networks.registry import Entry
from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_fields, hdf5_files

AXES = ("out", "in", "kh", "kw")
GRAPH = "graph"  # dataset of an imported network
LARGEST_GRAPH = 1 << 26

Arrays = dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]


@dataclass(frozen=True)
class Content:
    """A network by its registry name, with weight and bias by node name."""

    name: str
    architecture: Architecture
    weights: Arrays


def write(path: str | os.PathLike[str], content: Content, entry: Entry, origin: Mapping[str, Any]) -> None:
    """Write `weights.h5`: a group a layer with `weight` (out, in, kh, kw), `bias`, and how it is applied.

    Nothing in it depends on the format of the file that the weights came from: `sha256` of a layer is that of its
    float32 numbers, weight before bias.
    """
    with hdf5_files.create(path, origin) as file:
        file.attrs["network"] = content.name
        file.attrs["architecture"] = entry.architecture
        file.attrs["padding"] = "" if entry.module else entry.padding or definition(entry.architecture).paddings[0]
        file.attrs["source"] = entry.source
        if entry.module:
            graph = json.dumps(graph_json.to_json(content.architecture), sort_keys=True).encode()
            hdf5_files.write_array(file, GRAPH, np.frombuffer(graph, np.uint8), ("byte",))
        for node in content.architecture.nodes:
            if not node.has_weights:
                continue
            group = file.create_group(node.name)
            weight, bias = (np.ascontiguousarray(array, "<f4") for array in content.weights[node.name])
            axes = AXES[: weight.ndim]
            hdf5_files.write_array(group, "weight", weight, axes)
            hdf5_files.write_array(group, "bias", bias, ("out",))
            group.attrs["stride"] = node.window.stride
            group.attrs["padding"] = str(node.window.padding)
            group.attrs["source"] = entry.source
            group.attrs["sha256"] = hashlib.sha256(weight.tobytes() + bias.tobytes()).hexdigest()


def read(path: str | os.PathLike[str]) -> Content:
    """Read `weights.h5`.

    Raises
    ------
    HighlowError
        If it is missing, damaged or does not fit its architecture.
    """
    with hdf5_fields.opened(path) as fields:
        weights = {}
        known = fields.text("architecture")
        full = build(known, fields.text("padding")) if known else _own_graph(fields)
        for name, part in fields.groups(beside=() if known else (GRAPH,)).items():
            axes = AXES[: min(max(part.dataset_axes("weight"), 1), len(AXES))]
            weights[name] = (part.array("weight", axes), part.array("bias", ["out"]))
        name = fields.text("network")
    return Content(name, with_weights(name, full, weights), weights)


def with_weights(name: str, architecture: Architecture, weights: Mapping[str, tuple[Any, Any]]) -> Architecture:
    """Return an architecture under a network's name, without the nodes whose weights are missing.

    Raises
    ------
    HighlowError
        If a weight has the wrong shape or is not finite.
    """
    part = replace(architecture, name=name).without_missing(weights)
    if not any(node.has_weights for node in part.nodes):
        raise HighlowError(f"the weights of {name!r} lack the first layer of architecture {architecture.name!r}")
    check_weights(part, weights)
    return part


def check_weights(architecture: Architecture, weights: Mapping[str, tuple[Any, Any]]) -> None:
    """Raise a HighlowError if a weight, an array or a tensor, is missing, has the wrong shape or is not finite."""
    for node in architecture.nodes:
        if not node.has_weights:
            continue
        if node.name not in weights:
            raise HighlowError(f"the weights of {architecture.name!r} have no tensor for layer {node.name!r}")
        weight, bias = weights[node.name]
        inputs = architecture.by_name[node.inputs[0]].channels
        expected: tuple[int, ...] = (node.channels, inputs)
        if node.op == "conv":
            expected = (node.channels, inputs // node.groups, *(window.kernel for window in node.windows))
        elif node.op != "linear":
            expected = (node.channels,)
        if tuple(weight.shape) != expected or tuple(bias.shape) != (node.channels,):
            raise HighlowError(
                f"layer {node.name!r} of {architecture.name!r} needs a weight of shape {expected} and "
                f"{node.channels} biases, but the file has {tuple(weight.shape)} and {tuple(bias.shape)}"
            )
        # The largest of values with one that is no number is no number.
        if not all(math.isfinite(abs(values).max()) for values in (weight, bias)):
            raise HighlowError(f"layer {node.name!r} of {architecture.name!r} has weights that are not finite")


def _own_graph(fields: hdf5_fields.Fields) -> Architecture:
    """Return the graph that the file of an imported network has, and the library has not."""
    values = fields.array(GRAPH, ["byte"], hdf5_fields.BYTES)
    fields.check(values.dtype == np.uint8 and len(values) <= LARGEST_GRAPH, GRAPH)
    try:
        found = json.loads(values.tobytes())
    except (ValueError, RecursionError):
        found = None
    fields.check(isinstance(found, dict), GRAPH)
    return graph_json.from_json(found)
