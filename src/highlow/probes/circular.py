"""Angles on the circle, in degrees."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def angle_between(first_deg: Floats, second_deg: Floats) -> Floats:
    """Return the signed angle from the second to the first, in (-180, 180]."""
    difference = (np.asarray(second_deg) - np.asarray(first_deg) + 180) % 360 - 180
    return np.asarray(-difference)


def spanning(orientation_deg: Floats, count: int) -> list[int]:
    """Return the indices of `count` orientations that span the circle, in order of angle.

    The circle is cut into `count` sectors, the first centred on the first orientation (the best unit's). Each
    sector gives its first; while one is empty, the orientation farthest from those chosen takes its place.
    """
    angles = np.asarray(orientation_deg, dtype=float)
    if len(angles) <= count:
        return [int(index) for index in np.argsort(angles, kind="stable")]
    sectors = np.floor((angles - angles[0]) % 360 / (360 / count) + 0.5).astype(int) % count
    chosen = [int(np.flatnonzero(sectors == sector)[0]) for sector in np.unique(sectors)]
    while len(chosen) < count:
        distance = np.abs(angle_between(angles[:, None], angles[None, chosen])).min(axis=1)
        distance[chosen] = -1
        chosen.append(int(distance.argmax()))
    return sorted(chosen, key=lambda index: angles[index])


def largest_gap(orientation_deg: Floats) -> float:
    """Return the largest angle between neighbouring orientations around the circle; 360 for fewer than two."""
    angles = np.sort(np.asarray(orientation_deg, dtype=float) % 360)
    if len(angles) < 2:
        return 360.0
    return float(np.diff(np.append(angles, angles[0] + 360)).max())


def rayleigh(orientation_deg: Floats) -> tuple[float, float]:
    """Return the mean resultant length of some orientations and the p-value of Rayleigh's test.

    The test asks whether they could be drawn from an even spread over the circle; a p-value near 1 says that they lean
    to no side. Approximation of Wilkie, "Rayleigh test for randomness of circular data", 1983, as in Zar,
    "Biostatistical Analysis". nan without orientations.
    """
    angles = np.deg2rad(np.asarray(orientation_deg, dtype=float))
    count = len(angles)
    if count == 0:
        return float("nan"), float("nan")
    total = float(np.abs(np.exp(1j * angles).sum()))
    p_value = np.exp(np.sqrt(1 + 4 * count + 4 * (count**2 - total**2)) - (1 + 2 * count))
    return total / count, float(min(p_value, 1.0))
