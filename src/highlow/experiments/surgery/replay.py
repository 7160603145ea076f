"""A branch answered again from its source's activations, with other incoming weights than its own.

The path from the source is linearised as expanded weights are: what a unit adds up, before its threshold, is one
product of its weights and the source's activations in its window.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from highlow.circuits.expanded_weights import Kernel, expanded_weights
from highlow.networks.extracted import Extracted
from highlow.networks.graph import Architecture
from highlow.networks.model import Network
from highlow.probes.families import Family, offsets
from highlow.runs.errors import HighlowError

BATCH = 16  # pictures at a time
POSITIONS = 28  # of the branch along an axis, at most, in a photograph

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Path:
    """The way from a source layer to one branch of a layer.

    Attributes
    ----------
    network : Network
        Truncated at the branch.
    source : str
        The layer whose activations are read.
    kernel : Kernel
        Weights of every unit of the branch on the source, (unit, channel, y, x).
    bias : ndarray
        What the path adds of its own, (unit,).
    """

    network: Network
    source: str
    kernel: Kernel
    bias: Floats

    @property
    def taps(self) -> tuple[int, int]:
        """Size of the window, down and to the right."""
        rows, columns = self.kernel.weight.shape[2:]
        return rows, columns

    def first_tap(self, axis: int, position: int) -> int:
        """Return where a position's window begins in the source, along an axis."""
        return position * self.kernel.stride + self.kernel.offset[axis]

    def answers(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the source's activations and the branch's responses, (N, channel, h, w) and (N, unit, h, w)."""
        alive = self.network.run(images, keep=(self.source,))
        # Layers without a rectifier of their own are read through one.
        return alive[self.source], alive[self.network.layer].clamp(min=0)


def path(extracted: Extracted, source: str, layer: str, branch: str) -> Path:
    """Return the way from a source layer to a branch of a layer."""
    architecture, weights = extracted.architecture, extracted.weights
    target = architecture.branch_node(layer, branch).name
    return Path(
        Network(architecture, weights, target),
        source,
        expanded_weights(architecture, weights, source, target),
        composed_bias(extracted, source, target),
    )


def composed_bias(extracted: Extracted, source: str, target: str) -> Floats:
    """Return what the linearised path adds of its own, (unit,): its answer to a silent source, away from padding."""
    architecture = _linear_behind(extracted.architecture, source)
    network = Network(architecture, extracted.weights, target)
    size = architecture.canvas_size(target)
    down, right = (architecture.central_position(target, size, axis) for axis in (0, 1))
    rows, columns = (architecture.sizes(target, size, axis)[source] for axis in (0, 1))
    with torch.inference_mode():
        silent = torch.zeros(1, architecture.by_name[source].channels, rows, columns)
        answer = network.run(silent, start=source)[network.layer]
    return np.asarray(answer[0, :, down, right].numpy(), dtype=np.float64)


def _linear_behind(architecture: Architecture, source: str) -> Architecture:
    """Return the network with rectifiers and normalization behind a layer made the identity."""
    first = [node.name for node in architecture.nodes].index(source) + 1
    behind = [
        replace(node, op="activation" if node.op == "local_response_norm" else node.op, activation="")
        for node in architecture.nodes[first:]
    ]
    return replace(architecture, nodes=(*architecture.nodes[:first], *behind))


def of_stimuli(way: Path, family: Family) -> tuple[Floats, Floats]:
    """Return what is in a unit's window when it is shown a family of stimuli, and how the branch responds.

    Returns
    -------
    windows : ndarray
        The source's activations, float32 (stimulus, channel * y * x).
    responses : ndarray
        float32 (stimulus, unit of the branch).
    """
    architecture, layer = way.network.architecture, way.network.layer
    canvas = architecture.canvas_size(layer)
    position = [architecture.central_position(layer, canvas, axis) for axis in (0, 1)]
    down, right = (
        offsets(canvas, architecture.receptive_field(layer, place, canvas, axis).center)
        for axis, place in enumerate(position)
    )
    top, left = (way.first_tap(axis, place) for axis, place in enumerate(position))
    windows, responses = [], []
    with torch.inference_mode():
        for start in range(0, len(family), BATCH):
            chosen = np.arange(start, min(start + BATCH, len(family)))
            source, answer = way.answers(family.render(chosen, right, down, channels=1))
            windows.append(source[:, :, top : top + way.taps[0], left : left + way.taps[1]].flatten(1).numpy())
            responses.append(answer[:, :, position[0], position[1]].numpy())
    return np.concatenate(windows), np.concatenate(responses)


@dataclass(frozen=True)
class Seen:
    """What a source showed a branch of photographs, at positions whose windows hold no padding.

    Attributes
    ----------
    source : Tensor
        Activations that lie in some window, (photograph, channel, h, w).
    responses : ndarray
        float32 (unit of the branch, position); positions run over photographs, rows and columns.
    stride : int
        Of the windows.
    taps : (int, int)
        Their size.
    """

    source: Tensor
    responses: Floats
    stride: int
    taps: tuple[int, int]

    def drives(self, kernels: Sequence[Floats]) -> Floats:
        """Return what kernels (channel, y, x) add up at every position, float32 (kernel, position)."""
        weight = torch.from_numpy(np.stack(kernels).astype(np.float32))
        with torch.inference_mode():
            parts = [
                functional.conv2d(part, weight, stride=self.stride).transpose(0, 1).flatten(1)
                for part in torch.split(self.source, BATCH)
            ]
        return np.asarray(torch.cat(parts, 1).numpy())

    def windows(self, positions: NDArray[np.intp]) -> Floats:
        """Return what is in the windows of some positions, float32 (position, channel * y * x)."""
        rows, columns = (
            (size - taps) // self.stride + 1 for size, taps in zip(self.source.shape[2:], self.taps, strict=True)
        )
        image, row, column = np.unravel_index(positions, (len(self.source), rows, columns))
        found = np.empty((len(positions), self.source.shape[1] * self.taps[0] * self.taps[1]), dtype=np.float32)
        for place, (number, top, left) in enumerate(zip(image, row * self.stride, column * self.stride, strict=True)):
            window = self.source[number, :, top : top + self.taps[0], left : left + self.taps[1]]
            found[place] = window.flatten().numpy()
        return found


def of_photographs(way: Path, photographs: Iterable[NDArray[np.float32]]) -> Seen:
    """Return what a source shows a branch of photographs.

    Parameters
    ----------
    way : Path
    photographs : iterable of ndarray
        RGB in [0, 1], (3, size, size), all alike. Of each the middle is looked at, as large as gives the branch 28
        positions along an axis.
    """
    size = POSITIONS * way.network.architecture.stride(way.network.layer)
    middles = [torch.from_numpy(_middle(photograph, size)) for photograph in photographs]
    sources, responses = [], []
    with torch.inference_mode():
        for images in torch.split(torch.stack(middles), BATCH):
            source, answer = way.answers(images)
            spans = [_inside(way, axis, source.shape[2 + axis], answer.shape[2 + axis]) for axis in (0, 1)]
            if not all(spans):
                raise HighlowError(
                    f"surgery: {way.network.layer!r} sees padding everywhere in photographs of {size} px; "
                    "study an earlier layer"
                )
            (top, bottom), (left, right) = (_read(way, axis, places) for axis, places in enumerate(spans))
            sources.append(source[:, :, top:bottom, left:right].contiguous())
            seen = answer[:, :, spans[0].start : spans[0].stop, spans[1].start : spans[1].stop]
            responses.append(seen.transpose(0, 1).flatten(1).numpy())
    return Seen(torch.cat(sources), np.concatenate(responses, axis=1), way.kernel.stride, way.taps)


def _middle(photograph: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    rows, columns = photograph.shape[1:]
    top, left = (max(length - size, 0) // 2 for length in (rows, columns))
    return np.ascontiguousarray(photograph[:, top : top + size, left : left + size])


def _inside(way: Path, axis: int, source: int, positions: int) -> range:
    """Return the positions along an axis whose window lies inside the source's map."""
    good = [
        place
        for place in range(positions)
        if way.first_tap(axis, place) >= 0 and way.first_tap(axis, place) + way.taps[axis] <= source
    ]
    return range(good[0], good[-1] + 1) if good else range(0)


def _read(way: Path, axis: int, places: range) -> tuple[int, int]:
    """Return where the windows of some positions begin and end in the source, along an axis."""
    first = way.first_tap(axis, places.start)
    return first, way.first_tap(axis, places.stop - 1) + way.taps[axis]
