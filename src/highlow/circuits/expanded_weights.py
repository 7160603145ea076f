"""Expanded weights: the linear effect of one layer on a later one, layers in between composed.

The network is linearised (rectifiers and normalization are the identity, max pools are average pools) and the
convolutions are composed exactly, so that `weight[u, c, y, x]` is the derivative of unit u of the later layer by
channel c of the earlier one at the tap (y, x). Source: the article, section "Implementation", and Voss et al.,
"Visualizing Weights", Distill 2021, section "Dealing with Indirect Interactions".
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from highlow.networks import operations
from highlow.networks.extracted import Weights
from highlow.networks.graph import Architecture, Node
from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_files

# Operations with weights that are linear over places.
LINEAR = ("conv", "scale", "layer_norm")
# Units at a time: their maps stay in the processor's cache, and the next ones take the same memory.
BLOCK = 32


@dataclass(frozen=True)
class Kernel:
    """A composed convolution: weight (unit, channel, y, x), and where its first tap lies.

    `offset` is the source position of the first tap for output position 0, down and to the right; `stride` is the
    number of source positions per output position.
    """

    weight: Tensor
    offset: tuple[int, int]
    stride: int


@dataclass(frozen=True)
class _Maps:
    """A kernel while it is composed.

    A pool treats all channels alike, so that its means may as well be taken at the end: the convolutions before it are
    then products over its few places alone.

    Attributes
    ----------
    values : Tensor
        float64 (y, x, unit, channel): each place is a matrix.
    offset, stride
        As of `Kernel`.
    step : int
        Source positions from one place to the next; between them is nothing.
    means : tuple
        Windows over which the values are still to be averaged: taps down and to the right, and positions between them.
    """

    values: Tensor
    offset: tuple[int, int]
    stride: int
    step: int = 1
    means: tuple[tuple[tuple[int, int], int], ...] = ()


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
    behind = {start.name}
    for item in architecture.upto(target):
        if behind & set(item.inputs):
            behind.add(item.name)
    path = [item for item in reversed(architecture.upto(target)) if item.name in behind and item is not start]
    kernels = {item.name: _kernel(item, weights[item.name][0]) for item in path if item.op in LINEAR}
    identity = torch.eye(node.channels, dtype=torch.float64)
    parts = [_composed(architecture, path, behind, kernels, units) for units in torch.split(identity, BLOCK)]
    return replace(parts[0], weight=torch.cat([part.weight for part in parts]))


def _kernel(node: Node, weight: Tensor) -> Tensor:
    """Return the weight of a node in float64, a convolution's as (group, out in a group, y, x, in a group)."""
    if node.op == "conv":
        weight = weight.view(node.groups, -1, *weight.shape[1:]).permute(0, 1, 3, 4, 2)
    return weight.contiguous().double()  # turned as float32: half the bytes to move


def _composed(
    architecture: Architecture, path: list[Node], behind: set[str], kernels: Mapping[str, Tensor], units: Tensor
) -> Kernel:
    """Return the kernel of some units of the target, (unit, channel of the target).

    `path` has the nodes between, from the target backwards; `behind` their names and that of the source.
    """
    # Where paths meet again, their maps are added before they are continued.
    found: dict[str, list[_Maps]] = {path[0].name: [_Maps(units[None, None], (0, 0), 1)]}
    for item in path:
        maps = _add(found.pop(item.name))
        parts = [maps.values] * len(item.inputs)
        if item.op == "concat":
            parts = list(torch.split(maps.values, [architecture.by_name[name].channels for name in item.inputs], -1))
        for name, part in zip(item.inputs, parts, strict=True):
            if name in behind:
                passed = replace(maps, values=part)
                if item.op not in ("concat", "add"):
                    passed = _compose(passed, item, kernels, architecture.by_name[name].channels)
                found.setdefault(name, []).append(passed)
    (remaining,) = found.values()
    total = _finished(_add(remaining))
    rows, columns, count, channels = total.values.shape
    weight = torch.empty(count, channels, rows, columns).copy_(total.values.permute(2, 3, 0, 1))
    return Kernel(weight, total.offset, total.stride)


def _compose(maps: _Maps, node: Node, kernels: Mapping[str, Tensor], channels: int) -> _Maps:
    """Return the maps over the input of `node`, of so many `channels`, that equal `maps` over its output."""
    if node.op in ("scale", "layer_norm"):
        return replace(maps, values=maps.values * kernels[node.name])
    if node.op == "select":
        values = maps.values.new_zeros(*maps.values.shape[:3], channels)
        return replace(maps, values=values.index_add_(3, torch.tensor(node.indices), maps.values))
    if node.op in ("local_response_norm", "activation"):
        return maps
    stride = node.window.stride
    # SAME padding depends on the size; for sizes that are multiples of the stride it is constant.
    before = [window.pads(64 * stride)[0] for window in node.windows]
    maps = _Maps(
        maps.values,
        (maps.offset[0] * stride - before[0], maps.offset[1] * stride - before[1]),
        maps.stride * stride,
        maps.step * stride,
        tuple((taps, spacing * stride) for taps, spacing in maps.means),
    )
    if node.op == "conv":
        return _convolved(maps, node, kernels[node.name])
    if node.op in ("max_pool", "avg_pool", "pad"):
        rows, columns = operations.kernel_of(node)
        if rows == columns == 1:
            return maps
        return replace(maps, means=(*maps.means, ((rows, columns), 1)))
    what = "multiplies activations" if node.op in ("gate", "multiply") else f"has no weights ({node.op})"
    raise HighlowError(f"weights cannot be composed through {node.name!r}, which {what}; choose a nearer source")


def _convolved(maps: _Maps, node: Node, kernel: Tensor) -> _Maps:
    """Return maps over the input of a convolution: one matrix product for all taps, added where each tap lies."""
    rows, columns, units, _ = maps.values.shape
    groups, _, height, width, inputs = kernel.shape
    # (group, place and unit, out in a group) x (group, out in a group, tap and in a group)
    values = maps.values.reshape(rows * columns * units, groups, -1).transpose(0, 1)
    products = torch.bmm(values, kernel.flatten(2)).view(groups, rows, columns, units, height, width, inputs)
    if height == width == 1:
        return replace(maps, values=products.permute(1, 2, 3, 0, 4, 5, 6).reshape(rows, columns, units, -1))
    taps = products.permute(4, 5, 1, 2, 3, 0, 6)
    spans = [maps.step * (count - 1) + 1 for count in (rows, columns)]
    steps = [window.dilation for window in node.windows]
    sizes = [span + step * (count - 1) for span, step, count in zip(spans, steps, (height, width), strict=True)]
    result = values.new_zeros(*sizes, units, groups, inputs)
    for y, row in enumerate(taps):
        for x, tap in enumerate(row):
            top, left = y * steps[0], x * steps[1]
            result[top : top + spans[0] : maps.step, left : left + spans[1] : maps.step] += tap
    return replace(maps, values=result.flatten(3), step=1)


def _finished(maps: _Maps) -> _Maps:
    """Return maps at every place of the source, averaged over the windows of the pools."""
    if maps.step == 1 and not maps.means:
        return maps
    rows, columns = (
        _spread(maps.values.shape[axis], maps.step, tuple((taps[axis], spacing) for taps, spacing in maps.means))
        for axis in (0, 1)
    )
    values = torch.matmul(columns, torch.matmul(rows, maps.values.flatten(1)).view(len(rows), len(columns.T), -1))
    return _Maps(values.view(len(rows), len(columns), *maps.values.shape[2:]), maps.offset, maps.stride)


@cache
def _spread(count: int, step: int, means: tuple[tuple[int, int], ...]) -> Tensor:
    """Return what brings so many places, `step` apart, to all places along an axis, averaged: (all, places)."""
    matrix = torch.zeros(step * (count - 1) + 1, count, dtype=torch.float64)
    matrix[::step] = torch.eye(count, dtype=torch.float64)
    for taps, spacing in means:
        wider = matrix.new_zeros(len(matrix) + (taps - 1) * spacing, count)
        for first in range(0, taps * spacing, spacing):
            wider[first : first + len(matrix)] += matrix / taps
        matrix = wider
    return matrix


def _add(parts: list[_Maps]) -> _Maps:
    """Add maps place by place in a common window."""
    if len(parts) == 1:
        return parts[0]
    parts = [_finished(maps) for maps in parts]
    first = [min(maps.offset[axis] for maps in parts) for axis in (0, 1)]
    last = [max(maps.offset[axis] + maps.values.shape[axis] for maps in parts) for axis in (0, 1)]
    total = parts[0].values.new_zeros(last[0] - first[0], last[1] - first[1], *parts[0].values.shape[2:])
    for maps in parts:
        top, left = maps.offset[0] - first[0], maps.offset[1] - first[1]
        total[top : top + maps.values.shape[0], left : left + maps.values.shape[1]] += maps.values
    return _Maps(total, (first[0], first[1]), parts[0].stride)


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
