"""Pictures turned about a point, cut to a canvas."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.floating]


def turned(
    image: NDArray[np.float32], row: float, column: float, degrees: Floats, size: int, centre: tuple[float, float]
) -> NDArray[np.float32]:
    """Return what lies around a point of a picture, turned clockwise, (turn, 3, size, size).

    Parameters
    ----------
    image : ndarray
        RGB in [0, 1], (3, H, W).
    row, column : float
        The point, in pixel coordinates.
    degrees : ndarray
        (turn,), clockwise with x to the right and y down: what lay to the right lies below after 90.
    size : int
        Of the canvas.
    centre : (float, float)
        Row and column of the canvas that the point comes to lie on.

    Notes
    -----
    Cubic splines: 0.94 of the amplitude of a wave of 3 px is left, 0.99 of one of 5 px. Outside the picture it is
    mirrored.
    """
    radians = np.deg2rad(np.asarray(degrees, dtype=np.float64))[:, None, None]
    cosine, sine = np.cos(radians), np.sin(radians)
    y = np.arange(size)[None, :, None] - centre[0]
    x = np.arange(size)[None, None, :] - centre[1]
    rows, columns = row + cosine * y - sine * x, column + cosine * x + sine * y
    reach = int(np.ceil(max(np.abs(rows - row).max(), np.abs(columns - column).max()))) + 8  # splines look beyond
    top, left = (max(int(place) - reach, 0) for place in (row, column))
    part = image[:, top : int(row) + reach + 1, left : int(column) + reach + 1]
    places = np.stack([rows - top, columns - left])
    colours = [ndimage.map_coordinates(colour, places, order=3, mode="mirror") for colour in part.astype(np.float64)]
    return np.asarray(np.clip(np.stack(colours, axis=1), 0, 1), dtype=np.float32)
