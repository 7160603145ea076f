"""How much like Gabor filters the first layer's kernels are.

Gabor filters are what first layers of image networks learn (Krizhevsky, Sutskever and Hinton, 2012, figure 3). A kernel
is compared with a bank of filters of many places, wavelengths, orientations and widths, each with both phases.
"""

from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

# Steps are fine enough that a Gabor filter anywhere between them is explained to more than 0.9.
ORIENTATIONS = 18
WAVELENGTHS = (2.5, 2.9, 3.4, 4.0, 4.7, 5.6, 7.0, 10.0)  # px
WIDTHS = (1.2, 1.8, 2.7)  # px, standard deviation
OFFSETS = (-1.2, -0.6, 0.0, 0.6, 1.2)  # px from the middle, on both axes

Floats = NDArray[np.floating]


@cache
def bank(size: int) -> Floats:
    """Return orthonormal pairs that span each Gabor filter of any phase, (filter, 2, size * size)."""
    axis = np.arange(size) - (size - 1) / 2
    pairs = []
    for turn, wavelength, width, dy, dx in product(range(ORIENTATIONS), WAVELENGTHS, WIDTHS, OFFSETS, OFFSETS):
        angle = np.pi * turn / ORIENTATIONS
        y, x = np.meshgrid(axis - dy, axis - dx, indexing="ij")
        phase = 2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / wavelength
        envelope = np.exp(-(x**2 + y**2) / (2 * width**2))
        pairs.append(np.stack([(envelope * np.cos(phase)).ravel(), (envelope * np.sin(phase)).ravel()], axis=1))
    return np.linalg.qr(np.stack(pairs))[0].swapaxes(1, 2)


def gabor_share(kernels: Floats) -> Floats:
    """Return the share of each kernel's squared weights that one Gabor filter explains, (unit,).

    Parameters
    ----------
    kernels : ndarray
        (unit, 3, size, size). Of the colours the direction with most of the squared weights counts, so that filters of
        colour contrast are treated alike; what other directions hold is not explained.

    Notes
    -----
    The best of a large bank explains a good part of noise too; an untrained layer says how much.
    """
    flat = kernels.reshape(len(kernels), 3, -1)
    _, values, rows = np.linalg.svd(flat, full_matrices=False)
    projected = bank(kernels.shape[-1]) @ rows[:, 0].T
    share = (projected**2).sum(axis=1).max(axis=0)
    total = (values**2).sum(axis=1)
    explained: Floats = np.divide(share * values[:, 0] ** 2, total, out=np.zeros(len(kernels)), where=total > 0)
    return explained
