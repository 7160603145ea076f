"""A layer's inputs at boundaries, as they are and without the orientation of each input channel.

A channel without orientation of its own answers a boundary by how far away it is, not by its direction. So each
channel's response is replaced by its mean over all rotations of the stimulus about the centre of that channel's own
receptive field: an invariant channel stays as it is, an oriented one loses its orientation, and nothing else changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from highlow.networks.extracted import Extracted
from highlow.networks.graph import Architecture
from highlow.networks.model import Network
from highlow.networks.pattern_size import SMALLEST_RATIO, largest_ratio
from highlow.probes import families
from highlow.probes.families import Family, offsets

ORIENTATIONS = 12  # with them harmonics up to the fifth stay apart
RATIOS, PHASES = 3, 4
BATCH = 64

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Replay:
    """Responses of source channels in the window that one position of a branch sees.

    Attributes
    ----------
    orientation_deg : ndarray
        Directions of the boundary, (orientation,).
    intact, averaged : ndarray
        Responses, and responses averaged over rotations about the centre of each channel's own receptive field,
        (orientation, item, channel, y, x); an item is a ratio at a phase, or the place of an edge.
    phases : int
        Neighbouring items that differ by their phase or place alone.
    """

    orientation_deg: Floats
    intact: Floats
    averaged: Floats
    phases: int


@dataclass(frozen=True, eq=False)
class Behind:
    """What lies between a source layer and the units of a branch, up to their own rectifier.

    Attributes
    ----------
    network : Network
        Up to the branch, without the branch's rectifier.
    source : str
        The node that it starts behind.
    position : (int, int)
        Row and column that are read.
    size : int
        Canvas in pixels on which that position sees no padding.
    """

    network: Network
    source: str
    position: tuple[int, int]
    size: int

    def drive(self, activations: Floats) -> NDArray[np.float64]:
        """Return what the units add up, bias included, from source activations in the window.

        Parameters
        ----------
        activations : ndarray
            (orientation, item, channel, y, x).

        Returns
        -------
        ndarray
            (orientation, item, unit).
        """
        view = self.network.view_of(self.position, self.size)
        flat = np.ascontiguousarray(activations.reshape(-1, *activations.shape[2:]), np.float32)
        with torch.inference_mode():
            parts = [
                self.network.run(part, start=self.source, view=view)[self.network.layer].flatten(1)
                for part in torch.split(torch.from_numpy(flat), BATCH)
            ]
        return torch.cat(parts).numpy().astype(np.float64).reshape(*activations.shape[:2], -1)


def behind(extracted: Extracted, source: str, target: str) -> Behind:
    """Return what lies between a source layer and the node of a branch."""
    full = extracted.architecture
    node = full.node(target)
    nodes = tuple(replace(item, activation="") if item is node else item for item in full.nodes)
    size = full.canvas_size(node.name)
    down, right = (full.central_position(node.name, size, axis) for axis in (0, 1))
    network = Network(replace(full, nodes=nodes), extracted.weights, node.name)
    return Behind(network, full.node(source).name, (down, right), size)


def source_offsets(found: Behind) -> Floats:
    """Return where the source's positions that a branch sees look, (y, x, 2): pixels right and down of its centre."""
    architecture, layer = found.network.architecture, found.network.layer
    along = []
    for axis in (0, 1):
        span = architecture.spans(layer, found.position[axis], found.size, axis)[found.source]
        center = _center(architecture, layer, found.position[axis], found.size, axis)
        positions = range(span.first, span.last + 1)
        along.append([_center(architecture, found.source, at, found.size, axis) - center for at in positions])
    down, right = np.meshgrid(*along, indexing="ij")
    return np.stack([right, down], axis=-1)


def boundaries(name: str, pattern_size: float, ratios: int = RATIOS, phases: int = PHASES) -> Family:
    """Return the family `high_low` or `luminance_edge` in 12 directions, at ratios from 2.5 to where it aliases.

    A single ratio is the middle one.
    """
    chosen = families.family(
        name, orientation_count=2, ratio_count=2, phase_count=phases, pattern_size=pattern_size, seed=0
    )
    other = {"orientation": 360 * np.arange(ORIENTATIONS) / ORIENTATIONS}
    if "ratio" in chosen.axes:
        steps = np.arange(ratios) / (ratios - 1) if ratios > 1 else np.array([0.5])
        other["ratio"] = SMALLEST_RATIO * (largest_ratio(pattern_size) / SMALLEST_RATIO) ** steps
    parameters = {
        argument: (over, other.get(over[0], values) if len(over) == 1 else values)
        for argument, (over, values) in chosen.parameters.items()
    }
    return replace(chosen, axes={**chosen.axes, **other}, parameters=parameters)


def replay(source: Network, family: Family, offset: Floats) -> Replay:
    """Return the responses of a source layer in a window to a family of boundaries.

    Turned about its own centre, a channel at a given distance along and across the boundary sees what it would see
    there of a boundary of another direction: a table over points and directions holds both kinds of responses.

    Parameters
    ----------
    source : Network
        Truncated at the source layer.
    family : Family
        With an axis `orientation` over the circle without endpoint.
    offset : ndarray
        From `source_offsets`.
    """
    degrees = family.axes["orientation"]
    radians = np.deg2rad(degrees)[:, None]
    x, y = offset.reshape(-1, 2).T
    seen = np.stack([x * np.cos(radians) + y * np.sin(radians), y * np.cos(radians) - x * np.sin(radians)], axis=-1)
    # Many places share a point: rounded, and without a negative zero.
    points, index = np.unique(np.round(seen, 4).reshape(-1, 2) + 0.0, axis=0, return_inverse=True)
    table = responses_at(source, family, points)
    places = index.reshape(len(degrees), *offset.shape[:2])
    intact = np.stack([table[place, step] for step, place in enumerate(places)])
    averaged = table.mean(axis=1)[places]
    intact, averaged = (np.moveaxis(part, (1, 2), (3, 4)) for part in (intact, averaged))
    return Replay(degrees, intact, averaged, family.shape[-1])


def responses_at(source: Network, family: Family, points: Floats) -> Floats:
    """Return responses of a layer whose receptive field lies at points of a boundary.

    Parameters
    ----------
    source, family
        As for `replay`.
    points : ndarray
        Pixels along the direction of the boundary and across it, (n, 2).

    Returns
    -------
    ndarray
        (point, orientation, item, channel).
    """
    architecture, layer = source.architecture, source.layer
    canvas = architecture.canvas_size(layer)
    down, right = (architecture.central_position(layer, canvas, axis) for axis in (0, 1))
    rows, columns = (
        offsets(canvas, _center(architecture, layer, at, canvas, axis)) for axis, at in enumerate((down, right))
    )
    steps = by_orientation(family)
    answers: list[torch.Tensor] = []
    pictures: list[torch.Tensor] = []

    def answer() -> None:
        answers.append(source.at(torch.cat(pictures), (down, right)).clamp(min=0))
        pictures.clear()

    with torch.inference_mode():
        for along, across in points:
            for indices, angle in zip(steps, np.deg2rad(family.axes["orientation"]), strict=True):
                x = float(along * np.cos(angle) - across * np.sin(angle))
                y = float(along * np.sin(angle) + across * np.cos(angle))
                pictures.append(family.render(indices, columns + x, rows + y, channels=1))
                if len(pictures) * len(indices) >= BATCH:
                    answer()
        if pictures:
            answer()
    return torch.cat(answers).numpy().reshape(len(points), len(steps), len(steps[0]), -1)


def by_orientation(family: Family) -> Sequence[NDArray[np.intp]]:
    """Return the flat indices of a family's stimuli at each orientation."""
    index = np.arange(len(family)).reshape(family.shape)
    return list(np.moveaxis(index, list(family.axes).index("orientation"), 0).reshape(ORIENTATIONS, -1))


def _center(architecture: Architecture, layer: str, position: int, size: int, axis: int) -> float:
    return architecture.receptive_field(layer, position, size, axis).center
