"""Where two photographs of a scene change places in sharpness, from the photographs alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from highlow.pictures.spectral_sides import high_passed, luminance

Floats = NDArray[np.floating]

BORDERS = 12  # at most, of one scene
TRIED = 60
NOISE = (1 / 255) ** 2  # of the luminance: with less energy in both, neither is sharper
SMALLEST_DIFFERENCE = 0.3  # of the energies over their sum, on the mean of either side: nearly twice as much
LEVEL = 0.2  # at the border itself


@dataclass(frozen=True)
class Borders:
    """Places where a border of focus runs through the middle of a receptive field.

    Attributes
    ----------
    row, column : ndarray
        Pixels, (border,).
    direction_deg : ndarray
        Towards the side that is sharp in the first photograph and blurred in the second, clockwise, 0 = right.
    first, second : ndarray
        Difference of sharpness on that side and on the other, -1 to 1.
    """

    row: NDArray[np.intp]
    column: NDArray[np.intp]
    direction_deg: Floats
    first: Floats
    second: Floats


def sharpness_difference(first: NDArray[np.uint8], second: NDArray[np.uint8], field: float, cut: float) -> Floats:
    """Return (a - b) / (a + b) for the energy of high frequencies of two photographs, -1 to 1, (H, W).

    Energy is the squared luminance of wavelengths below `cut`, averaged by a Gaussian of a tenth of the field.
    """
    energy = high_passed(luminance(np.stack([first, second])), cut) ** 2
    a, b = (ndimage.gaussian_filter(part, field / 10, mode="reflect") for part in energy)
    return np.asarray((a - b) / (a + b + NOISE))


def borders(difference: Floats, field: int, margin: int) -> Borders:
    """Return where the difference of sharpness changes its sign, the steepest first, half a field apart.

    Parameters
    ----------
    difference : ndarray
        From `sharpness_difference`.
    field : int
        Width of the receptive field in pixels.
    margin : int
        Pixels that a border is at least away from the photograph's.

    Notes
    -----
    The direction is that of the gradient, smoothed by a Gaussian of a sixth of the field. On either half of the disc
    that the field is, one photograph must have nearly twice the energy of the other, and on the other half the other.
    """
    sigma = field / 6
    down, right = (ndimage.gaussian_filter(difference, sigma, order=order) for order in ((1, 0), (0, 1)))
    strength = np.hypot(down, right)
    reach = max(field // 2, 1)
    strength[np.abs(ndimage.gaussian_filter(difference, sigma)) >= LEVEL] = 0
    inner = np.zeros_like(strength)
    edge = max(margin, reach)
    inner[edge : strength.shape[0] - edge, edge : strength.shape[1] - edge] = 1
    strength = strength * inner
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.hypot(x, y) <= field / 2
    found: list[tuple[int, int, float, float, float]] = []
    for _ in range(TRIED):
        row, column = divmod(int(strength.argmax()), strength.shape[1])
        if strength[row, column] <= 0 or len(found) == BORDERS:
            break
        angle = np.arctan2(down[row, column], right[row, column])
        along = x * np.cos(angle) + y * np.sin(angle)
        rows, columns = slice(row - reach, row + reach + 1), slice(column - reach, column + reach + 1)
        seen = difference[rows, columns]
        sides = float(seen[disc & (along > 0)].mean()), float(seen[disc & (along < 0)].mean())
        strength[rows, columns] = 0
        if sides[0] >= SMALLEST_DIFFERENCE and sides[1] <= -SMALLEST_DIFFERENCE:
            found.append((row, column, float(np.rad2deg(angle) % 360), *sides))
    values = np.array(found, dtype=np.float64).reshape(-1, 5)
    return Borders(values[:, 0].astype(np.intp), values[:, 1].astype(np.intp), *values[:, 2:].T)
