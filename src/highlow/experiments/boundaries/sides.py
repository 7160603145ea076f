"""How much finer a picture is on one side of a place than on the other, and fair comparisons between such places."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal, stats

from highlow.pictures.spectral_sides import high_passed, luminance

AXES = 8  # orientations of the line between the sides, over half a turn
STEP = 2  # pixels from one measured place to the next
TEXTURE = 2.0  # pixels, deviation of the window in which energy is local
GAP = 0.2  # of the radius, left out on both sides of the line: an edge there is on neither side
FLOOR = (1 / 255) ** 2  # energy that rounding to 8 bits leaves: a flat side is no finer than that
CELLS = 3  # by each of two quantities: places are compared with those of the same third

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Sides:
    """What lies on both sides of every place of a picture, on a grid of `STEP` pixels, (y, x).

    Attributes
    ----------
    difference_db : ndarray
        Energy of high frequencies on the finer side over that on the other, for the axis where it is largest.
    direction_deg : ndarray
        Direction of the finer side, clockwise, x right and y down.
    finer_db : ndarray
        Energy of high frequencies on the finer side.
    step : ndarray
        Largest difference of mean luminance between two sides, 0 to 1.
    """

    difference_db: NDArray[np.float64]
    direction_deg: NDArray[np.float64]
    finer_db: NDArray[np.float64]
    step: NDArray[np.float64]

    def index(self, y: NDArray[Any], x: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the nearest place of the grid for pixel coordinates."""
        rows, columns = self.step.shape
        middle = (STEP - 1) / 2
        return (
            np.clip(np.rint((np.asarray(y) - middle) / STEP), 0, rows - 1).astype(np.intp),
            np.clip(np.rint((np.asarray(x) - middle) / STEP), 0, columns - 1).astype(np.intp),
        )


def sides(pixels: NDArray[np.uint8], radius: float, cut: float) -> Sides:
    """Return what lies on both sides of every place, within a disc.

    Parameters
    ----------
    pixels : ndarray
        RGB, 0 to 255, (y, x, 3). Beyond its border the picture is mirrored.
    radius : float
        Of the disc, pixels.
    cut : float
        Wavelength in pixels below which frequencies are high.
    """
    grey = luminance(pixels[None])
    fine = 10 * np.log10(ndimage.gaussian_filter(_blocks(high_passed(grey, cut)[0] ** 2), TEXTURE / STEP) + FLOOR)
    level = _blocks(grey[0])
    kernels = half_discs(radius / STEP)
    energy, light = (_means(values, kernels) for values in (fine, level))
    ratio = energy[:AXES] - energy[AXES:]
    best = np.abs(ratio).argmax(axis=0)
    first, second = (np.take_along_axis(half, best[None], axis=0)[0] for half in (energy[:AXES], energy[AXES:]))
    signed = first - second
    turn = 180.0 / AXES
    return Sides(
        np.abs(signed),
        (best * turn + np.where(signed > 0, 0.0, 180.0)) % 360,
        np.where(signed > 0, first, second),
        np.abs(light[:AXES] - light[AXES:]).max(axis=0),
    )


def half_discs(radius: float) -> NDArray[np.float64]:
    """Return the halves of a disc on either side of a gap as means, (2 * AXES, y, x): directions, then the opposite."""
    reach = int(np.ceil(radius))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    angle = np.deg2rad(np.arange(2 * AXES) * 180.0 / AXES)[:, None, None]
    along = x * np.cos(angle) + y * np.sin(angle)
    half = ((along >= GAP * radius) & (np.hypot(x, y) <= radius)).astype(np.float64)
    result: NDArray[np.float64] = half / half.sum(axis=(1, 2), keepdims=True)
    return result


def _means(values: NDArray[np.float64], kernels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of values, (y, x), under kernels centred on every place, (kernel, y, x)."""
    reach = kernels.shape[-1] // 2
    mirrored = np.pad(values, reach, mode="symmetric")
    found: NDArray[np.float64] = signal.fftconvolve(mirrored[None], kernels[:, ::-1, ::-1], mode="valid", axes=(1, 2))
    return found


def _blocks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the means of blocks of STEP pixels; what is left at the end is left out."""
    rows, columns = (size // STEP for size in values.shape)
    cut = values[: rows * STEP, : columns * STEP]
    result: NDArray[np.float64] = cut.reshape(rows, STEP, columns, STEP).mean(axis=(1, 3))
    return result


def cells(*quantities: Floats) -> NDArray[np.intp]:
    """Return which cell each place is in: the same third of each quantity, (place,)."""
    result = np.zeros(len(quantities[0]), dtype=np.intp)
    for values in quantities:
        limits = np.quantile(values, np.arange(1, CELLS) / CELLS)
        result = CELLS * result + np.searchsorted(limits, values, side="right")
    return result


def matched_auc(values: Floats, first: Bools, second: Bools, cell: NDArray[np.intp]) -> tuple[float, float]:
    """Return how often a place of the first group has the larger value of two in the same cell, times its weight.

    Ties count half. Cells weigh by n m / (n + m) of their places in the groups (van Elteren 1960).

    Returns
    -------
    total, weight : float
        Their ratio is the chance; both are 0 where no cell has places of both groups. They add up over photographs.
    """
    total = weight = 0.0
    for one in np.unique(cell[first]):
        left, right = values[first & (cell == one)], values[second & (cell == one)]
        if len(right):
            wins = stats.rankdata(np.concatenate([left, right]))[: len(left)].sum() - len(left) * (len(left) + 1) / 2
            share = 1 / (len(left) + len(right))
            total, weight = total + share * float(wins), weight + share * len(left) * len(right)
    return total, weight
