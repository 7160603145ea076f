"""On which side of an axis a picture has more high frequencies."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Rec. 709, of the values as they are stored (luma).
LUMINANCE = (0.2126, 0.7152, 0.0722)
# Pixels: the longest wavelength on the high side of the stimuli that tuning is measured with, at the size of 60 px.
CUT_WAVELENGTH = 6.0
# Of a wavelength, the deviation of the Gaussian that passes half of it.
SIGMA_OF_HALF = (2 * np.log(2)) ** 0.5 / (2 * np.pi)


def luminance(images: NDArray[Any]) -> NDArray[np.float64]:
    """Return the luminance of RGB images, (n, H, W, 3), as (n, H, W) in 0 to 1; integers count as 0 to 255."""
    scale = 255.0 if np.issubdtype(images.dtype, np.integer) else 1.0
    grey: NDArray[np.float64] = np.asarray(images, dtype=np.float64) @ np.array(LUMINANCE) / scale
    return grey


def high_passed(grey: NDArray[np.float64], cut: float = CUT_WAVELENGTH) -> NDArray[np.float64]:
    """Return grey images, (n, H, W), minus their Gaussian blur; beyond its border an image is reflected.

    Parameters
    ----------
    grey : ndarray
        (n, H, W).
    cut : float
        Wavelength in pixels of which half passes.
    """
    sigma = cut * SIGMA_OF_HALF
    blurred = _blurred(_blurred(grey, sigma).swapaxes(1, 2), sigma).swapaxes(1, 2)
    return grey - blurred


def high_frequency_asymmetry(
    images: NDArray[Any],
    orientation_deg: float | NDArray[np.floating],
    seen: NDArray[np.bool_] | None = None,
    cut: float = CUT_WAVELENGTH,
) -> NDArray[np.float64]:
    """Return (high side - low side) / (sum) of the energy of high frequencies, from -1 to 1.

    Parameters
    ----------
    images : ndarray
        RGB, (n, H, W, 3), integers of 0 to 255 or floats of 0 to 1.
    orientation_deg : float or ndarray
        Direction of the high-frequency side, one for all images or one an image, (n,), in degrees, clockwise in image
        coordinates (0 right, 90 down).
    seen : ndarray of bool, optional
        (n, H, W), the pixels that count; by default all.
    cut : float
        Wavelength in pixels below which frequencies are high.

    Returns
    -------
    ndarray
        (n,). The sides are the halves of the largest disc, which makes all orientations alike; energy is the mean
        square of the high-passed luminance. 1/3 means twice as much on the side that the orientation points to. A
        picture without any gives 0; nan where a side has no pixel that counts.
    """
    energy = high_passed(luminance(images), cut) ** 2
    high, low = _halves(energy.shape, orientation_deg, seen)
    return _asymmetry(_mean(energy, high), _mean(energy, low))


def high_frequency_share_asymmetry(
    images: NDArray[Any],
    orientation_deg: float | NDArray[np.floating],
    seen: NDArray[np.bool_] | None = None,
    cut: float = CUT_WAVELENGTH,
) -> NDArray[np.float64]:
    """Return (high side - low side) / (sum) of the share that high frequencies have of a side's energy, from -1 to 1.

    As `high_frequency_asymmetry`, of high- over high- plus low-frequency energy; the latter is the mean square of what
    the high-pass takes away, less its mean over both sides. One strong edge, whose energy is mostly of low frequencies,
    raises the energy of its side at all frequencies but not this share. Where a side is as flat and as bright as the
    mean, its share is one of next to nothing and says little.
    """
    grey = luminance(images)
    fine = high_passed(grey, cut)
    high, low = _halves(fine.shape, orientation_deg, seen)
    coarse = grey - fine
    coarse = coarse - _mean(coarse, high | low)[:, None, None]
    shares = []
    for side in (high, low):
        energy, other = _mean(fine**2, side), _mean(coarse**2, side)
        total = energy + other
        shares.append(np.where(total == 0, 0.0, energy / np.where(total == 0, 1.0, total)))
    return _asymmetry(*shares)


def _halves(
    shape: tuple[int, ...], orientation_deg: float | NDArray[np.floating], seen: NDArray[np.bool_] | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the pixels of the largest disc on the side that an orientation points to and on the other, (n, H, W)."""
    count, height, width = shape
    y, x = np.mgrid[:height, :width].astype(float)
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    radians = np.deg2rad(np.broadcast_to(orientation_deg, count))[:, None, None]
    along = x * np.cos(radians) + y * np.sin(radians)
    inside = np.broadcast_to(np.hypot(x, y) <= min(height, width) / 2, shape)
    if seen is not None:
        inside = inside & seen
    # Pixels on the line belong to neither side; the tolerance absorbs the rounding of the cosine.
    return inside & (along > 1e-9), inside & (along < -1e-9)


def _asymmetry(high: NDArray[np.float64], low: NDArray[np.float64]) -> NDArray[np.float64]:
    total = high + low
    return np.where(total == 0, 0.0, (high - low) / np.where(total == 0, 1.0, total))


def _mean(values: NDArray[np.float64], chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    count = chosen.sum(axis=(1, 2))
    total = (values * chosen).sum(axis=(1, 2))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _blurred(values: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Return values blurred along the second axis by a Gaussian cut at 4 sigma."""
    reach = int(np.ceil(4 * sigma))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(values, ((0, 0), (reach, reach), (0, 0)), mode="symmetric")
    result = np.zeros_like(values)
    for start, weight in enumerate(kernel):
        result += weight * padded[:, start : start + values.shape[1]]
    return result
