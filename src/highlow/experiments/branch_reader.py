"""What units of a subject's branch answer to canvases as large as their receptive field."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from highlow.experiments.subject import Subject
from highlow.networks.model import Network

BATCH = 64


@dataclass(frozen=True)
class BranchReader:
    """The branch of the detectors, read at the middle of a canvas.

    Attributes
    ----------
    network : Network
        Truncated at the branch: no other branch is computed.
    units : ndarray
        The subject's units as channels of the branch, (unit,).
    canvas : int
        Pixels of the smallest image on which the position sees no padding.
    position : (int, int)
        Row and column that is read.
    centre : (float, float)
        Row and column of the middle of its receptive field on the canvas.
    field : int
        Width of the receptive field in pixels.
    """

    network: Network
    units: NDArray[np.intp]
    canvas: int
    position: tuple[int, int]
    centre: tuple[float, float]
    field: int

    def responses(self, canvases: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what every channel of the branch answers to RGB canvases, (n, 3, canvas, canvas) to (n, channel)."""
        with torch.inference_mode():
            found = [
                self.network.at(torch.from_numpy(canvases[start : start + BATCH]), self.position).clamp(min=0).numpy()
                for start in range(0, len(canvases), BATCH)
            ]
        return np.concatenate(found)

    def maps(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the subject's units answer to an image (3, H, W) at all positions, (unit, y, x)."""
        with torch.inference_mode():
            found = self.network(torch.from_numpy(image)[None])[0, torch.from_numpy(self.units)]
        return np.asarray(found.clamp(min=0).numpy())

    def centres(self, size: int, axis: int) -> NDArray[np.float64]:
        """Return the middle of every position's receptive field on a square image of `size` pixels, along an axis."""
        architecture, layer = self.network.architecture, self.network.layer
        count = architecture.sizes(layer, size, axis)[layer]
        return np.array([architecture.receptive_field(layer, place, size, axis).center for place in range(count)])


def of(subject: Subject) -> BranchReader:
    """Return the reader of a subject's branch."""
    whole = subject.extracted.architecture
    branch = whole.branch_node(subject.layer, subject.branch).name
    network = subject.network(branch)
    architecture = network.architecture
    canvas = architecture.canvas_size(branch)
    places = [architecture.central_position(branch, canvas, axis) for axis in (0, 1)]
    fields = [architecture.receptive_field(branch, place, canvas, axis) for axis, place in enumerate(places)]
    return BranchReader(
        network=network,
        units=subject.units - whole.branch_of_unit(subject.layer).index(subject.branch),
        canvas=canvas,
        position=(places[0], places[1]),
        centre=(fields[0].center, fields[1].center),
        field=max(field.size for field in fields),
    )
