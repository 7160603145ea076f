"""How much fine structure a picture has on either side of a unit's axis, without PyTorch."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

LUMINANCE = (0.2126, 0.7152, 0.0722)  # ITU-R BT.709
# Standard deviation of the blur that is subtracted, as a share of the receptive field: half of the amplitude is left at
# a wavelength of about 5.3 deviations, an eleventh of the field.
BLUR = 1 / 60


def high_frequency_energy(image: NDArray[np.uint8], deviation: float) -> NDArray[np.float64]:
    """Return the squared high-pass luminance of a picture at each pixel, (H, W).

    Parameters
    ----------
    image : ndarray
        RGB, 0 to 255, (H, W, 3).
    deviation : float
        Standard deviation in pixels of the Gaussian whose blur is subtracted; the picture is mirrored at its border.
    """
    luminance = image.astype(np.float64) / 255 @ np.array(LUMINANCE)
    return np.asarray((luminance - ndimage.gaussian_filter(luminance, deviation, mode="reflect")) ** 2)


def energy_on_sides(image: NDArray[np.uint8], orientation_deg: float, field: tuple[int, int]) -> tuple[float, float]:
    """Return the mean high-frequency energy on the side of a unit's high frequencies, and on the other side.

    The sides are the halves of the disc that the unit sees, cut at its middle across the preferred orientation.

    Parameters
    ----------
    image : ndarray
        RGB, 0 to 255, (H, W, 3).
    orientation_deg : float
        Direction of the high-frequency side, clockwise, x right and y down.
    field : (int, int)
        First and last pixel of the receptive field on both axes.
    """
    first, last = field
    width = last - first + 1
    energy = high_frequency_energy(image, BLUR * width)
    y, x = np.indices(energy.shape) - (first + last) / 2
    angle = np.deg2rad(orientation_deg)
    along = x * np.cos(angle) + y * np.sin(angle)
    inside = np.hypot(x, y) <= width / 2
    return float(energy[inside & (along > 0)].mean()), float(energy[inside & (along < 0)].mean())


def decibels(high: float, low: float) -> float:
    """Return how much more energy the high side has, in decibels; nan where either side has none."""
    return float(10 * np.log10(high / low)) if high > 0 and low > 0 else float("nan")
