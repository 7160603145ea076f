"""Expanded weights: the linear effect of one layer on a later one, layers in between composed.

The network is linearised (rectifiers and normalization are the identity, max pools are average pools) and the
convolutions are composed exactly, so that `weight[u, c, y, x]` is the derivative of unit u of the later layer by
channel c of the earlier one at the tap (y, x). Source: the article, section "Implementation", and Voss et al.,
"Visualizing Weights", Distill 2021, section "Dealing with Indirect Interactions".
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from highlow.networks import operations
from highlow.networks.extracted import Weights
from highlow.networks.graph import Architecture, Node
from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_files


@dataclass(frozen=True)
class Kernel:
    """A composed convolution: weight (unit, channel, y, x), and where its first tap lies.

    `offset` is the source position of the first tap for output position 0, down and to the right; `stride` is the
    number of source positions per output position.
    """

    weight: Tensor
    offset: tuple[int, int]
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
        If a node does not exist, the target does not depend on the source, or what lies between them multiplies
        activations with each other, so that there are no weights.
    """
    node = architecture.node(target)
    start = architecture.node(source)
    if node is start or start not in architecture.upto(target):
        raise HighlowError(f"layer {target!r} of {architecture.name!r} does not depend on {source!r}")
    identity = torch.eye(node.channels, dtype=torch.float64)[:, :, None, None]
    # From the target backwards; where paths meet again, their kernels are added before they are continued.
    found: dict[str, list[Kernel]] = {node.name: [Kernel(identity, (0, 0), 1)]}
    behind = {start.name}
    for item in architecture.upto(target):
        if behind & set(item.inputs):
            behind.add(item.name)
    for item in reversed(architecture.upto(target)):
        if item is start or item.name not in found:
            continue
        kernel = _add(found.pop(item.name))
        parts = [kernel.weight] * len(item.inputs)
        if item.op == "concat":
            parts = list(torch.split(kernel.weight, [architecture.by_name[name].channels for name in item.inputs], 1))
        for name, part in zip(item.inputs, parts, strict=True):
            if name in behind:
                passed = Kernel(part, kernel.offset, kernel.stride)
                if item.op not in ("concat", "add"):
                    passed = _compose(passed, item, weights, architecture.by_name[name].channels)
                found.setdefault(name, []).append(passed)
    total = _add(found[start.name])
    return Kernel(total.weight.float(), total.offset, total.stride)


def _compose(kernel: Kernel, node: Node, weights: Weights, channels: int) -> Kernel:
    """Return the kernel over the input of `node`, of so many `channels`, that equals `kernel` over its output."""
    if node.op in ("scale", "layer_norm"):
        factor = weights[node.name][0].double()
        return Kernel(kernel.weight * factor[:, None, None], kernel.offset, kernel.stride)
    if node.op == "select":
        weight = kernel.weight.new_zeros(len(kernel.weight), channels, *kernel.weight.shape[2:])
        weight.index_add_(1, torch.tensor(node.indices), kernel.weight)
        return Kernel(weight, kernel.offset, kernel.stride)
    if node.op in ("local_response_norm", "activation"):
        return kernel
    weight, dilation = kernel.weight, (1, 1)
    if node.op == "conv":
        # A kernel over the output, written over the input: what a transposed convolution does.
        step, groups = weights[node.name][0].double(), node.groups
        dilation = (node.windows[0].dilation, node.windows[1].dilation)
    elif node.op in ("max_pool", "avg_pool", "pad"):
        taps = operations.kernel_of(node)
        step, groups = torch.full((channels, 1, *taps), 1 / (taps[0] * taps[1]), dtype=torch.float64), channels
    else:
        what = "multiplies activations" if node.op in ("gate", "multiply") else f"has no weights ({node.op})"
        raise HighlowError(f"weights cannot be composed through {node.name!r}, which {what}; choose a nearer source")
    weight = functional.conv_transpose2d(weight, step, stride=node.window.stride, groups=groups, dilation=dilation)
    # SAME padding depends on the size; for sizes that are multiples of the stride it is constant.
    padding = [window.pads(64 * window.stride)[0] for window in node.windows]
    offset = [first * node.window.stride - before for first, before in zip(kernel.offset, padding, strict=True)]
    return Kernel(weight, (offset[0], offset[1]), kernel.stride * node.window.stride)


def _add(kernels: list[Kernel]) -> Kernel:
    """Add kernels tap by tap in a common window."""
    pads: list[list[int]] = [[] for _ in kernels]
    first = [min(kernel.offset[axis] for kernel in kernels) for axis in (0, 1)]
    for axis in (1, 0):  # PyTorch pads the last axis first
        last = max(kernel.offset[axis] + kernel.weight.shape[2 + axis] for kernel in kernels)
        for kernel, pad in zip(kernels, pads, strict=True):
            start = kernel.offset[axis]
            pad += [start - first[axis], last - start - kernel.weight.shape[2 + axis]]
    padded = [functional.pad(kernel.weight, pad) for kernel, pad in zip(kernels, pads, strict=True)]
    return Kernel(reduce(torch.add, padded), (first[0], first[1]), kernels[0].stride)


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
            rows, columns = kernel.offset
            group.attrs["offset"] = rows if rows == columns else [rows, columns]
            units = np.array([unit for unit, name in enumerate(branch_of_unit) if name == branch])
            hdf5_files.write_scale(group, "unit", units)
            axes = ("unit", "channel", "y", "x")
            hdf5_files.write_array(group, "weight", kernel.weight.numpy(), axes, compress=True)
