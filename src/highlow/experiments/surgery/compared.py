"""What is left of a unit: its responses, from what its weights add up, beside those of the network."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from highlow.probes.tuning import at_orientation, first_harmonic

STRONGEST_SHARE = 0.01  # of positions, by the network's own response

Floats = NDArray[np.floating]


def correlation(first: Floats, second: Floats) -> float:
    """Return Pearson's correlation of two lists of numbers; nan where one does not vary."""
    a = np.asarray(first, dtype=np.float64).ravel()
    b = np.asarray(second, dtype=np.float64).ravel()
    a, b = a - a.mean(), b - b.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 0 else np.nan


def threshold(drive: Floats, share_active: float) -> float:
    """Return what a drive must exceed so that so large a share of it does; infinity where none should."""
    if share_active <= 0:
        return np.inf
    above = min(round(share_active * drive.size), drive.size)
    if above == drive.size:
        return float(np.nextafter(drive.min(), -np.inf))
    place = drive.size - above - 1
    return float(np.partition(drive.ravel(), place)[place])


def responses(drive: Floats, needed: float) -> Floats:
    """Return what of a drive is above a threshold."""
    return np.maximum(drive - needed, 0) if np.isfinite(needed) else np.zeros_like(drive)


def surface(response: Floats, shape: tuple[int, ...]) -> Floats:
    """Return flat responses to stimuli (ratio, orientation, phase) as their mean over phases, (ratio, orientation)."""
    return np.asarray(response.reshape(shape).mean(axis=-1, dtype=np.float64))


def tuning(response: Floats, orientation_deg: Floats) -> Mapping[str, float]:
    """Return preferred orientation, direction selectivity and polarity ratio of a tuning surface.

    Parameters
    ----------
    response : ndarray
        (ratio, orientation); all nan for a unit that is silent.
    orientation_deg : ndarray
        Spread evenly over the circle, (orientation,).
    """
    curve = response.mean(axis=0)[:, None]
    harmonic = first_harmonic(curve, orientation_deg)
    preferred = np.rad2deg(np.angle(harmonic)) % 360
    best, opposite = (at_orientation(curve, orientation_deg, preferred + turn)[0] for turn in (0, 180))
    return {
        "preferred_orientation_deg": float(preferred[0]),
        "direction_selectivity": float(np.abs(harmonic[0])),
        "polarity_ratio": float(opposite / best) if best > 0 else np.nan,
    }


def strongest(truth: Floats) -> NDArray[np.intp]:
    """Return the positions of the largest hundredth of responses, (n,); none where nothing responds."""
    count = min(max(int(STRONGEST_SHARE * truth.size), 1), int((truth > 0).sum()))
    return np.argsort(-truth, kind="stable")[:count]


def excess(drive: Floats, positions: NDArray[np.intp]) -> float:
    """Return how much more than on average is added up at some positions; nan without any."""
    return float(drive[positions].mean() - drive.mean()) if len(positions) else np.nan
