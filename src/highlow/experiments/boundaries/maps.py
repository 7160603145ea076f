"""Responses of units all over a photograph, by the pixels at which their receptive fields are centred."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from highlow.networks.model import Network

RANGE = 0.999  # of places at which a unit answers less than its full range

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Grid:
    """Values at places of a photograph that lie in rows and columns.

    Attributes
    ----------
    response : ndarray
        (..., y, x).
    rows, columns : ndarray
        Pixel coordinates of the places, (y,) and (x,).
    """

    response: Floats
    rows: NDArray[np.float64]
    columns: NDArray[np.float64]

    def places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the pixel coordinates of every place, each (y, x)."""
        y, x = np.meshgrid(self.rows, self.columns, indexing="ij")
        return y, x

    def inside(self, shape: tuple[int, int]) -> "Grid":
        """Return the places that lie on a photograph of (y, x) pixels."""
        kept = [(axis >= 0) & (axis < size) for axis, size in zip((self.rows, self.columns), shape, strict=True)]
        return Grid(self.response[..., kept[0], :][..., kept[1]], self.rows[kept[0]], self.columns[kept[1]])

    def upsampled(self, shape: tuple[int, int]) -> NDArray[np.float64]:
        """Return values, (y, x), at all of (y, x) pixels, bilinear between the places and as the nearest beyond."""
        at = [
            np.interp(np.arange(size), axis, np.arange(len(axis)))
            for axis, size in zip((self.rows, self.columns), shape, strict=True)
        ]
        result: NDArray[np.float64] = ndimage.map_coordinates(
            np.asarray(self.response, np.float64), np.meshgrid(*at, indexing="ij"), order=1, mode="nearest"
        )
        return result


def responses(network: Network, pixels: NDArray[np.uint8], wanted: dict[str, Collection[int]]) -> dict[str, Grid]:
    """Return responses of some units of layers to a whole photograph, by layer, (unit, y, x) in the order asked.

    Parameters
    ----------
    network : Network
        Up to the last of the layers.
    pixels : ndarray
        RGB, 0 to 255, (y, x, 3). The network sees it mirrored beyond its border, as far as a receptive field
        reaches: else its padding would be an edge.
    wanted : dict
        Units by layer.
    """
    architecture = network.architecture
    step = architecture.stride(network.layer)
    margin = -(-architecture.field_size(network.layer) // (2 * step)) * step
    size = [-(-length // step) * step + 2 * margin for length in pixels.shape[:2]]
    around = [(margin, full - length - margin) for full, length in zip(size, pixels.shape[:2], strict=True)]
    image = np.pad(pixels, [*around, (0, 0)], mode="symmetric").transpose(2, 0, 1)
    with torch.inference_mode():
        batch = torch.from_numpy(np.ascontiguousarray(image, np.float32) / np.float32(255))[None]
        alive = network.run(batch, keep=wanted)
        found = {layer: alive[layer][0, list(units)].clamp(min=0).numpy() for layer, units in wanted.items()}
    grids = {}
    for layer, values in found.items():
        rows, columns = (_centres(network, layer, size, axis) - margin for axis in (0, 1))
        grids[layer] = Grid(values, rows, columns).inside((pixels.shape[0], pixels.shape[1]))
    return grids


def _centres(network: Network, layer: str, size: Sequence[int], axis: int) -> NDArray[np.float64]:
    """Return the pixels at which the receptive fields of a layer's positions are centred along an axis."""
    architecture = network.architecture
    count = architecture.sizes(layer, size[axis], axis)[architecture.node(layer).name]
    first = architecture.receptive_field(layer, 0, size[axis], axis).center
    return np.asarray(first + architecture.stride(layer) * np.arange(count), np.float64)


def gradient(pixels_luminance: Floats, blur: float) -> NDArray[np.float64]:
    """Return the magnitude of the Sobel filter's gradient of blurred luminance, (y, x)."""
    smooth = ndimage.gaussian_filter(np.asarray(pixels_luminance, np.float64), blur, mode="nearest")
    down, right = (ndimage.sobel(smooth, axis=axis, mode="nearest") for axis in (0, 1))
    magnitude: NDArray[np.float64] = np.hypot(down, right)
    return magnitude


def pooled(values: NDArray[np.float64], like: Grid, step: int) -> Grid:
    """Return means of values, (y, x), over squares of `step` pixels around the places of a grid."""
    mean: NDArray[np.float64] = ndimage.uniform_filter(values, step, mode="nearest")
    y, x = (np.rint(place).astype(np.intp) for place in like.places())
    rows, columns = (size - 1 for size in values.shape)
    return Grid(mean[y.clip(0, rows), x.clip(0, columns)], like.rows, like.columns)


def shares(grids: Sequence[Grid]) -> list[Grid]:
    """Return responses of units to some photographs, (unit, y, x), each unit in shares of its own range.

    A unit's range is the response that it exceeds at one place of a thousand; a unit that answers less often counts
    nothing.
    """
    every = np.concatenate([grid.response.reshape(len(grid.response), -1) for grid in grids], axis=1)
    scale = np.quantile(every, RANGE, axis=1)[:, None, None]
    return [
        Grid(
            np.divide(grid.response, scale, out=np.zeros(grid.response.shape), where=scale > 0), grid.rows, grid.columns
        )
        for grid in grids
    ]


def strongest(grids: Sequence[Grid]) -> list[Grid]:
    """Return the strongest of units at every place of some photographs, (y, x), by `shares` of their ranges."""
    return [Grid(grid.response.max(axis=0), grid.rows, grid.columns) for grid in shares(grids)]
