"""Whether later units tell which side of a boundary has the high frequency.

Two detectors of opposite orientation mark the same boundary from either side. Where the later layer does not care for
the side, its weights from both are alike.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlow.circuits.expanded_weight_file import Branch
from highlow.probes.circular import angle_between
from highlow.probes.tuning import CONFIDENCE

# Differences of orientation, in degrees.
SAME, PERPENDICULAR, OPPOSITE = (0.0, 45.0), (67.5, 112.5), (135.0, 180.0)
RESAMPLES = 1000

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Pairs:
    """Pairs of source units: how far apart they point, and how alike the later layer's weights from them are.

    Attributes
    ----------
    first, second : ndarray
        Indices into the units compared, (pair,).
    difference_deg : ndarray
        0 to 180, (pair,).
    cosine : ndarray
        Between the vectors of weights over later units and taps, (pair,).
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    difference_deg: Floats
    cosine: Floats

    def mean(self, limits: tuple[float, float]) -> float:
        """Return the mean cosine of the pairs in a range of differences; nan where there is none."""
        return _mean(self.cosine, _inside(self.difference_deg, limits), np.ones(len(self.cosine)))


@dataclass(frozen=True)
class Invariance:
    """Mean cosines by the difference of orientation, and how much those of opposite and perpendicular pairs differ.

    `interval` is the 95 % bootstrap interval of `value` over detectors.
    """

    same: float
    perpendicular: float
    opposite: float
    value: float
    interval: tuple[float, float]


def used_weights(branches: list[Branch], channels: NDArray[np.intp]) -> Floats:
    """Return the later layer's weights from some channels as vectors over its units and taps, (channel, n)."""
    parts = [np.moveaxis(branch.weight[:, channels], 1, 0).reshape(len(channels), -1) for branch in branches]
    return np.concatenate(parts, axis=1).astype(np.float64)


def pairs(vectors: Floats, orientation_deg: Floats) -> Pairs:
    """Return every pair of units with vectors of weights, (unit, n), and orientations, (unit,)."""
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(norm > 0, norm, 1)
    first, second = np.triu_indices(len(vectors), 1)
    difference = np.abs(angle_between(orientation_deg[first], orientation_deg[second]))
    return Pairs(first, second, difference, np.einsum("pn,pn->p", unit[first], unit[second]))


def invariance(found: Pairs, seed: int) -> Invariance:
    """Return mean cosines of pairs within 45 degrees, at 67.5 to 112.5 and at 135 or more, and `value`.

    `value` is the mean of opposite minus that of perpendicular pairs: above 0 where the later layer uses detectors by
    the line that they mark whichever side is of high frequency, below 0 where it tells the sides apart.
    """
    groups = [_inside(found.difference_deg, limits) for limits in (SAME, PERPENDICULAR, OPPOSITE)]
    even = np.ones(len(found.cosine))
    same, perpendicular, opposite = (_mean(found.cosine, group, even) for group in groups)
    count = int(found.second.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
    # A detector that is drawn twice counts twice in every pair with another.
    weight = drawn[:, found.first] * drawn[:, found.second]
    values = [_mean(found.cosine, groups[2], row) - _mean(found.cosine, groups[1], row) for row in weight]
    known = np.array(values)[np.isfinite(values)]
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(known, [tail, 100 - tail]) if len(known) else (np.nan, np.nan)
    return Invariance(same, perpendicular, opposite, opposite - perpendicular, (float(low), float(high)))


def _inside(difference: Floats, limits: tuple[float, float]) -> NDArray[np.bool_]:
    return np.asarray((difference >= limits[0]) & (difference <= limits[1]))


def _mean(cosine: Floats, group: NDArray[np.bool_], weight: Floats) -> float:
    total = float(weight[group].sum())
    return float((cosine * weight)[group].sum()) / total if total > 0 else float("nan")
