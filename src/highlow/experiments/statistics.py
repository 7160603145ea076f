"""Intervals and p-values of experiments. Imports no PyTorch."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

RESAMPLES = 2000
CONFIDENCE = 0.95
Floats = NDArray[np.floating]


def bootstrap(values: Floats, seed: int, statistic: Callable[..., Floats] = np.median) -> tuple[float, float, float]:
    """Return a statistic of values and its 95 % interval; nan without a finite value, a point with one.

    Parameters
    ----------
    values : ndarray
        One number a unit, or a scene, (n,); those that are not finite do not count.
    seed : int
        Of the resampling.
    statistic : callable
        Of values along an `axis`.

    Notes
    -----
    Percentile bootstrap over the values (Efron 1979).
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return np.nan, np.nan, np.nan
    drawn = np.random.default_rng(seed).choice(finite, (RESAMPLES, len(finite)))
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(statistic(drawn, axis=1), [tail, 100 - tail])
    return float(statistic(finite, axis=0)), float(low), float(high)


def corrected(p_values: Floats) -> Floats:
    """Return p-values corrected for their number (Benjamini and Hochberg 1995, scipy); nan stays nan."""
    result = np.full(len(p_values), np.nan)
    known = np.isfinite(p_values)
    if known.any():
        result[known] = stats.false_discovery_control(p_values[known])
    return result
