"""A network with its weights, and as `weights.h5` holds it."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from highlow.networks import graph_json
from highlow.networks.architectures import architecture as build
from highlow.networks.architectures import definition
from highlow.networks.graph import Architecture
from highlow.networks.model import check_weights
from highlow.networks.registry import Entry
from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_fields, hdf5_files

AXES = ("out", "in", "kh", "kw")
GRAPH = "graph"  # dataset of an imported network
LARGEST_GRAPH = 1 << 26

Weights = dict[str, tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Extracted:
    """A network by its registry name, with weight and bias tensors by node name."""

    name: str
    architecture: Architecture
    weights: Weights


def cut(name: str, architecture: Architecture, weights: Weights) -> Extracted:
    """Return a network under its registry name, without the nodes whose weights are missing.

    Raises
    ------
    HighlowError
        If a weight has the wrong shape or is not finite.
    """
    part = replace(architecture, name=name).without_missing(weights)
    if not any(node.has_weights for node in part.nodes):
        raise HighlowError(f"the weights of {name!r} lack the first layer of architecture {architecture.name!r}")
    check_weights(part, weights)
    return Extracted(name, part, weights)


def write(path: str | os.PathLike[str], network: Extracted, entry: Entry, origin: Mapping[str, Any]) -> None:
    """Write `weights.h5`: a group a layer with `weight` (out, in, kh, kw), `bias`, and how it is applied.

    Nothing in it depends on the format of the file that the weights came from: `sha256` of a layer is that of its
    float32 numbers, weight before bias.
    """
    with hdf5_files.create(path, origin) as file:
        file.attrs["network"] = network.name
        file.attrs["architecture"] = entry.architecture
        file.attrs["padding"] = "" if entry.module else entry.padding or definition(entry.architecture).paddings[0]
        file.attrs["source"] = entry.source
        if entry.module:
            graph = json.dumps(graph_json.to_json(network.architecture), sort_keys=True).encode()
            hdf5_files.write_array(file, GRAPH, np.frombuffer(graph, np.uint8), ("byte",))
        for node in network.architecture.nodes:
            if not node.has_weights:
                continue
            group = file.create_group(node.name)
            weight, bias = (np.ascontiguousarray(tensor.numpy(), "<f4") for tensor in network.weights[node.name])
            axes = AXES[: weight.ndim]
            hdf5_files.write_array(group, "weight", weight, axes)
            hdf5_files.write_array(group, "bias", bias, ("out",))
            group.attrs["stride"] = node.window.stride
            group.attrs["padding"] = str(node.window.padding)
            group.attrs["source"] = entry.source
            group.attrs["sha256"] = hashlib.sha256(weight.tobytes() + bias.tobytes()).hexdigest()


def read(path: str | os.PathLike[str]) -> Extracted:
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
            weight, bias = part.array("weight", axes), part.array("bias", ["out"])
            weights[name] = (torch.from_numpy(weight), torch.from_numpy(bias))
        name = fields.text("network")
    return cut(name, full, weights)


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
