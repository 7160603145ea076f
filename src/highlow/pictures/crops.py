"""What a unit sees of an image: receptive-field crops, reflected where they reach beyond it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlow.networks.graph import Architecture


@dataclass(frozen=True)
class Fields:
    """Receptive fields of a layer's units on images of one size.

    Attributes
    ----------
    first : ndarray
        First pixel, on both axes, that a unit sees from position 0, (unit,); negative in the padding.
    size : ndarray
        Pixels that it sees along an axis, (unit,): units of different branches see different areas.
    stride : int
        Pixels from one position to the next.
    image_size : int
        Pixels of the image along an axis.
    positions : int
        Positions of the layer along an axis.
    """

    first: NDArray[np.int32]
    size: NDArray[np.int32]
    stride: int
    image_size: int
    positions: int

    def start(self, unit: int, position: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the first row and column that a unit sees from positions, (..., 2) to (..., 2)."""
        return np.asarray(self.first[unit] + self.stride * position.astype(np.int64))

    def crop(self, image: NDArray[np.uint8], unit: int, position: NDArray[np.integer]) -> NDArray[np.uint8]:
        """Return what a unit sees of an image (H, W, 3) from a position (row, column), (size, size, 3)."""
        top, left = self.start(unit, position).tolist()
        return reflected_crop(image, top, left, int(self.size[unit]))

    def outside(self, position: NDArray[np.integer]) -> NDArray[np.int16]:
        """Return how many pixels of the units' crops lie beyond the image: above, below, left, right.

        Parameters
        ----------
        position : ndarray
            (unit, n, 2).

        Returns
        -------
        ndarray
            (unit, n, 4).
        """
        return np.stack([self.outside_of(unit, places) for unit, places in enumerate(position)])

    def outside_of(self, unit: int, position: NDArray[np.integer]) -> NDArray[np.int16]:
        """Return the same for one unit: positions (n, 2) to pixels (n, 4)."""
        start = self.start(unit, position)
        before, behind = np.maximum(-start, 0), np.maximum(start + self.size[unit] - self.image_size, 0)
        return np.stack([before[:, 0], behind[:, 0], before[:, 1], behind[:, 1]], axis=1).astype(np.int16)


def receptive_fields(architecture: Architecture, layer: str, image_size: int) -> Fields:
    """Return the receptive fields of a layer's units, exactly, for square images of a size."""
    sizes, firsts = {}, {}
    branches = architecture.branch_of_unit(layer)
    for branch in dict.fromkeys(branches):
        field = architecture.receptive_field(architecture.branch_node(layer, branch).name, 0, image_size)
        sizes[branch], firsts[branch] = field.size, field.first
    return Fields(
        np.array([firsts[branch] for branch in branches], dtype=np.int32),
        np.array([sizes[branch] for branch in branches], dtype=np.int32),
        architecture.stride(layer),
        image_size,
        architecture.sizes(layer, image_size)[layer],
    )


def reflected_crop(image: NDArray[np.uint8], top: int, left: int, size: int) -> NDArray[np.uint8]:
    """Return a square of an image (H, W, 3), mirrored at the border pixels where it reaches beyond them."""
    rows = _mirrored(np.arange(top, top + size), image.shape[0])
    columns = _mirrored(np.arange(left, left + size), image.shape[1])
    return image[rows[:, None], columns]


def seen(outside: NDArray[np.integer], size: int) -> NDArray[np.bool_]:
    """Return which pixels of crops lie in the image.

    Parameters
    ----------
    outside : ndarray
        Pixels beyond it above, below, left and right, (n, 4).
    size : int
        Of the crops.

    Returns
    -------
    ndarray of bool
        (n, size, size).
    """
    index = np.arange(size)
    above, below, left, right = outside.astype(int).T[:, :, None]
    rows = (index >= above) & (index < size - below)
    columns = (index >= left) & (index < size - right)
    return np.asarray(rows[:, :, None] & columns[:, None, :])


def _mirrored(index: NDArray[np.int_], size: int) -> NDArray[np.int_]:
    """Return indices folded into 0 to size - 1; the border pixel itself is not repeated."""
    period = max(2 * (size - 1), 1)
    folded = np.abs(index) % period
    return np.minimum(folded, period - folded) if size > 1 else np.zeros_like(index)
