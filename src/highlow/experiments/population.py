"""What a population of direction-tuned units says of a picture: the sum of their preferred directions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlow.probes.circular import angle_between

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Readout:
    """A population vector.

    Attributes
    ----------
    vector : ndarray
        Complex, (...,): the weighted sum of the units' preferred directions.
    total : ndarray
        Sum of the weighted responses, (...,); 0 where the population is silent.
    """

    vector: NDArray[np.complex128]
    total: Floats

    @property
    def direction_deg(self) -> Floats:
        """Decoded direction, degrees clockwise, (...,); nan where the population is silent."""
        return np.where(self.total > 0, np.rad2deg(np.angle(self.vector)) % 360, np.nan)

    def along(self, direction_deg: Floats) -> Floats:
        """Return how far the population points in a direction, -1 to 1, (...,); 0 where it is silent."""
        part = np.real(self.vector * np.exp(-1j * np.deg2rad(direction_deg)))
        return np.asarray(np.divide(part, self.total, out=np.zeros_like(self.total), where=self.total > 0))


def shares_of_circle(preferred_deg: Floats) -> Floats:
    """Return the part of the circle that is nearest to each of some directions, (unit,), 1 in total.

    A direction that several units share is divided among them.
    """
    angles = np.asarray(preferred_deg, dtype=np.float64) % 360
    values, inverse, count = np.unique(angles, return_inverse=True, return_counts=True)
    gaps = np.diff(np.append(values, values[0] + 360))
    share = (gaps + np.roll(gaps, 1)) / 720
    return np.asarray((share / count)[inverse])


def read(response: Floats, preferred_deg: Floats, peak: Floats, used: NDArray[np.bool_] | None = None) -> Readout:
    """Return the population vector of responses.

    Georgopoulos, Schwartz and Kettner, "Neuronal population coding of movement direction", Science 1986. A unit votes
    for its preferred direction with its response, relative to its peak, times the part of the circle that it stands
    for: without that, directions that many units share would draw the vector.

    Parameters
    ----------
    response : ndarray
        (..., unit), not negative.
    preferred_deg, peak : ndarray
        (unit,): preferred direction, and the largest response to the stimuli that it was measured with.
    used : ndarray of bool, optional
        (unit,): who votes; by default all.
    """
    votes = np.isfinite(preferred_deg) & (np.asarray(peak) > 0)
    votes = votes & used if used is not None else votes
    angles = np.asarray(preferred_deg, dtype=np.float64)[votes]
    if not len(angles):
        return Readout(np.zeros(response.shape[:-1], dtype=np.complex128), np.zeros(response.shape[:-1]))
    weighted = response[..., votes] / np.asarray(peak)[votes] * shares_of_circle(angles)
    return Readout(np.asarray(weighted @ np.exp(1j * np.deg2rad(angles))), np.asarray(weighted.sum(axis=-1)))


def error_deg(decoded_deg: Floats, true_deg: Floats) -> Floats:
    """Return the angle between decoded and true directions, 0 to 180; 90, chance, where nothing was decoded."""
    return np.where(np.isfinite(decoded_deg), np.abs(angle_between(np.nan_to_num(decoded_deg), true_deg)), 90.0)
