"""Expanded weights: the linear effect of one layer on a later one, layers in between composed.

The network is linearised (rectifiers and normalization are the identity, max pools are average pools) and the
convolutions are composed exactly, so that `weight[u, c, y, x]` is the derivative of unit u of the later layer by
channel c of the earlier one at the tap (y, x). Source: the article, section "Implementation", and Voss et al.,
"Visualizing Weights", Distill 2021, section "Dealing with Indirect Interactions".
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from highlow.networks.extracted import Weights
from highlow.networks.graph import Architecture, Node
from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_files


@dataclass(frozen=True)
class Kernel:
    """A composed convolution: weight (unit, channel, y, x), and where its first tap lies.

    `offset` is the source position of the first tap for output position 0, on both axes; `stride` is the number of
    source positions per output position.
    """

    weight: Tensor
    offset: int
    stride: int


def expanded_weights(architecture: Architecture, weights: Weights, source: str, target: str) -> Kernel:
    """Return the weights from node `source` to node `target`, composed along every path between them.

    Parameters
    ----------
    architecture : Architecture
        The network.
    weights : dict
        Weight and bias tensors by node name.
    source, target : str
        Node names; the target is usually one branch of a layer.

    Returns
    -------
    Kernel
        weight float32 (units of the target, channels of the source, y, x), y and x odd-sized for odd kernels;
        accumulated in float64.

    Raises
    ------
    HighlowError
        If a node does not exist or the target does not depend on the source.
    """
    node = architecture.node(target)
    start = architecture.node(source)
    if source == target or start not in architecture.upto(target):
        raise HighlowError(f"layer {target!r} of {architecture.name!r} does not depend on {source!r}")
    identity = torch.eye(node.channels, dtype=torch.float64)[:, :, None, None]
    found = _expand(architecture, weights, start, node, Kernel(identity, 0, 1))
    assert found is not None
    return Kernel(found.weight.float(), found.offset, found.stride)


def _expand(architecture: Architecture, weights: Weights, source: Node, node: Node, kernel: Kernel) -> Kernel | None:
    """Continue a kernel over `node` back to `source`; None where no path leads there."""
    if node.name == source.name:
        return kernel
    if source not in architecture.upto(node.name):
        return None
    if node.op == "concat":
        inputs = [architecture.by_name[name] for name in node.inputs]
        parts = torch.split(kernel.weight, [item.channels for item in inputs], dim=1)
        found = [
            _expand(architecture, weights, source, item, Kernel(part, kernel.offset, kernel.stride))
            for item, part in zip(inputs, parts, strict=True)
        ]
        return _add([item for item in found if item is not None])
    if node.op == "add":
        found = [_expand(architecture, weights, source, architecture.by_name[name], kernel) for name in node.inputs]
        return _add([item for item in found if item is not None])
    before = architecture.by_name[node.inputs[0]]
    return _expand(architecture, weights, source, before, _compose(kernel, node, weights))


def _compose(kernel: Kernel, node: Node, weights: Weights) -> Kernel:
    """Return the kernel over the input of `node` that equals `kernel` over its output."""
    if node.op == "local_response_norm":
        return kernel
    window = node.window
    if node.op == "conv":
        # A kernel over the output, written over the input: what a transposed convolution does.
        step = weights[node.name][0].double()
        weight = functional.conv_transpose2d(kernel.weight, step, stride=window.stride)
    elif node.op in ("max_pool", "avg_pool"):
        channels = kernel.weight.shape[1]
        step = torch.full((channels, 1, window.kernel, window.kernel), window.kernel**-2.0, dtype=torch.float64)
        weight = functional.conv_transpose2d(kernel.weight, step, stride=window.stride, groups=channels)
    else:
        raise HighlowError(f"weights cannot be expanded through {node.name!r} ({node.op})")
    # SAME padding depends on the size; for sizes that are multiples of the stride it is constant.
    padding = window.pads(64 * window.stride)[0]
    return Kernel(weight, kernel.offset * window.stride - padding, kernel.stride * window.stride)


def _add(kernels: list[Kernel]) -> Kernel:
    """Add kernels tap by tap in a common window."""
    first = min(kernel.offset for kernel in kernels)
    last = max(kernel.offset + kernel.weight.shape[-1] for kernel in kernels)
    total: Tensor | None = None
    for kernel in kernels:
        before = kernel.offset - first
        behind = last - kernel.offset - kernel.weight.shape[-1]
        padded = functional.pad(kernel.weight, (before, behind, before, behind))
        total = padded if total is None else total + padded
    assert total is not None
    return Kernel(total, first, kernels[0].stride)


def write(
    path: str | os.PathLike[str],
    architecture: Architecture,
    weights: Weights,
    source: str,
    layer: str,
    origin: Mapping[str, Any],
) -> None:
    """Write the expanded weights of the branches of a layer: a group a branch with `weight` and `unit`.

    A branch that does not depend on the source (another branch's bottleneck) has none.

    Raises
    ------
    HighlowError
        If no branch depends on the source.
    """
    if architecture.node(source) not in architecture.upto(layer)[:-1]:
        raise HighlowError(f"layer {layer!r} of {architecture.name!r} does not depend on {source!r}")
    branch_of_unit = architecture.branch_of_unit(layer)
    with hdf5_files.create(path, origin) as file:
        file.attrs["network"] = architecture.name
        file.attrs["source"] = source
        file.attrs["layer"] = layer
        for branch in dict.fromkeys(branch_of_unit):
            target = architecture.branch_node(layer, branch).name
            if architecture.node(source) not in architecture.upto(target):
                continue
            kernel = expanded_weights(architecture, weights, source, target)
            group = file.create_group(branch)
            group.attrs["stride"] = kernel.stride
            group.attrs["offset"] = kernel.offset
            units = np.array([unit for unit, name in enumerate(branch_of_unit) if name == branch])
            hdf5_files.write_scale(group, "unit", units)
            axes = ("unit", "channel", "y", "x")
            hdf5_files.write_array(group, "weight", kernel.weight.numpy(), axes, compress=True)
