"""The fewest weights that keep what a unit does: found by adding and by removing one at a time."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from highlow.experiments.surgery.compared import Floats, correlation, threshold

KEPT_SHARE = 0.9  # of the variance that all weights explain

Indices = NDArray[np.intp]


def orders(weight: Floats, covariance: Floats) -> tuple[Indices, Indices]:
    """Return the parts of a weighted sum in two orders of use, the most useful first, each (part,).

    The first adds, from nothing, the part with which the sum of those taken correlates best with the sum of all. The
    second removes, from the whole, the part without which what is left correlates best with it. Either is greedy: it
    never takes a step back. Weights stay as they are; parts that never change come nowhere.

    Parameters
    ----------
    weight : ndarray
        Of every part, (part,).
    covariance : ndarray
        Of what is weighted, (part, part).
    """
    return _greedy(weight, covariance, 1), _greedy(weight, covariance, -1)[::-1]


def _greedy(weight: Floats, covariance: Floats, sign: int) -> Indices:
    """Return the parts in the order in which they are added to nothing (sign 1) or taken from the whole (-1)."""
    size = weight**2 * np.diag(covariance)
    along = weight * (covariance @ weight)  # of every part, with the whole
    beside = np.zeros(len(weight)) if sign > 0 else along.copy()  # with what is there
    power = product = 0.0 if sign > 0 else float(along.sum())
    smallest = max(float(along.sum()) * 1e-12, np.finfo(float).tiny)
    left = size > 0
    order = np.empty(int(left.sum()), dtype=np.intp)
    for place in range(len(order)):
        powers, products = power + 2 * sign * beside + size, product + sign * along
        best = int(np.where(left, products / np.sqrt(np.maximum(powers, smallest)), -np.inf).argmax())
        power, product = float(powers[best]), float(products[best])
        beside += sign * weight * covariance[best] * weight[best]
        left[best] = False
        order[place] = best
    return order


def fewest(shares: Floats, share_active: float, answer: Callable[[Floats, float, int], Floats], truth: Floats) -> int:
    """Return how many parts of a sum, from the first on, keep nine tenths of the variance that all explain.

    Parameters
    ----------
    shares : ndarray
        What every part adds at positions of photographs, (part, position); parts in the order in which they are taken.
    share_active : float
        Share of positions at which the unit responds: it sets the threshold.
    answer : callable
        From the drive at those positions, the threshold and the number of parts to what is compared.
    truth : ndarray
        What it is compared with.

    Returns
    -------
    int
        0 where even all parts explain nothing.
    """

    def found(drive: Floats, count: int) -> float:
        return correlation(answer(drive, threshold(drive, share_active), count), truth)

    whole = found(shares.sum(axis=0), len(shares))
    if not whole > 0:
        return 0
    drive = np.zeros(shares.shape[1])
    for place, part in enumerate(shares):
        drive += part
        reached = found(drive, place + 1)
        if reached > 0 and reached**2 >= KEPT_SHARE * whole**2:
            break
    return place + 1
