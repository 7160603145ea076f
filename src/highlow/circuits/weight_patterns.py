"""Patterns of weights from detectors to one unit, and how well they explain its weights.

Weights are (detector, tap y, tap x); patterns add an axis of columns. Everything is compared in a Gaussian window over
taps, and after what all detectors have in common at a tap.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Directions in which a line is tried.
TURNS_DEG = tuple(5.0 * step for step in range(36))
SMALLEST_AXIS = 1e-9  # of patterns, whose values are about 1
# Shares that differ less are the same: weights are float32, and their rounding changes a share by 1e-8.
SAME_SHARE = 1e-6

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Fit:
    """How well a set of patterns explains the weights of units.

    Attributes
    ----------
    share : ndarray
        Of the energy of the weights that it explains, (unit,).
    chance : ndarray
        How likely random weights are to reach that, (unit,).
    pattern : ndarray
        The explained part, (detector * tap, unit).
    fitted : ndarray
        Coefficients of the patterns, (column, unit), or the direction across the best line in degrees, (unit,); nan
        where a line at a right angle to it explains as much, as for weights alike at all taps.
    """

    share: Floats
    chance: Floats
    pattern: Floats
    fitted: Floats


def line(orientation_deg: Floats, size: int, harmonic: int, powers: Sequence[int], turn: float) -> Floats:
    """Return the patterns of a boundary in one direction, (detector, y, x, power).

    Parameters
    ----------
    orientation_deg : ndarray
        High-frequency side of every detector, (detector,).
    size : int
        Taps along an axis.
    harmonic : int
        Over the directions of the detectors. 1: high frequency on one side; 2: on either.
    powers : sequence of int
        Of the place across the line, in standard deviations of the window.
    turn : float
        Direction across the line, in degrees.
    """
    angle = np.deg2rad(turn)
    y, x = _places(size)
    across = (np.cos(angle) * x + np.sin(angle) * y) / _deviation(size)
    directed = np.cos(harmonic * (np.deg2rad(orientation_deg) - angle))[:, None, None]
    return np.stack([directed * _window(size) * across**power for power in powers], axis=-1)


def curved(orientation_deg: Floats, size: int) -> Floats:
    """Return divergence and both shears of a field of directions that is linear over taps, (detector, y, x, 3)."""
    angle = np.deg2rad(orientation_deg)[:, None, None]
    y, x = _places(size)
    cosine, sine = np.cos(angle), np.sin(angle)
    columns = (cosine * x + sine * y, cosine * x - sine * y, sine * x + cosine * y)
    return np.stack([_window(size) * column for column in columns], axis=-1)


def fitted(patterns: Floats, weight: Floats, free: int) -> Fit:
    """Fit patterns to weights by least squares.

    Parameters
    ----------
    patterns : ndarray
        (detector, y, x, column).
    weight : ndarray
        (unit, detector, y, x).
    free : int
        How many weights of a unit are free to vary, what detectors have in common left out.
    """
    basis, target = _uncommon(patterns), _uncommon(np.moveaxis(weight, 0, -1))
    axes = _axes(basis)
    share = _share(axes, target)
    coefficients = np.linalg.lstsq(basis, target, rcond=None)[0]
    return Fit(share, _chance(share, axes.shape[1], free), axes @ (axes.T @ target), coefficients)


def fitted_line(orientation_deg: Floats, weight: Floats, free: int, harmonic: int, powers: Sequence[int]) -> Fit:
    """Fit a boundary in the direction that explains most; see `line` and `fitted`."""
    target, size = _uncommon(np.moveaxis(weight, 0, -1)), weight.shape[2]
    bases = [_uncommon(line(orientation_deg, size, harmonic, powers, turn)) for turn in TURNS_DEG]
    axes = [_axes(basis) for basis in bases]
    shares = np.array([_share(found, target) for found in axes])
    best, unit = shares.argmax(axis=0), np.arange(len(weight))
    pattern = np.zeros_like(target)
    for turn, found in enumerate(axes):
        chosen = best == turn
        pattern[:, chosen] = found @ (found.T @ target[:, chosen])
    # Between the steps: the vertex of the parabola through the best and its neighbours.
    before, share, after = (shares[(best + step) % len(axes), unit] for step in (-1, 0, 1))
    bend = before - 2 * share + after
    between = np.divide(before - after, 2 * bend, out=np.zeros_like(bend), where=bend < 0)
    # The best of all turns: at most the sum of their chances, and at most that of all their patterns together.
    each = len(axes) * _chance(share, max(found.shape[1] for found in axes), free)
    together = _chance(share, _axes(np.concatenate(bases, axis=1)).shape[1], free)
    turned = np.array(TURNS_DEG)[best] + between * TURNS_DEG[1]
    right_angle = shares[(best + len(axes) // 2) % len(axes), unit]
    return Fit(share, np.minimum(each, together), pattern, np.where(share - right_angle > SAME_SHARE, turned, np.nan))


def _axes(basis: Floats) -> Floats:
    """Return orthonormal columns that span those of a basis; with a single tap some of these are zero."""
    axes, size, _ = np.linalg.svd(basis, full_matrices=False)
    return np.asarray(axes[:, size > SMALLEST_AXIS])


def _share(axes: Floats, target: Floats) -> Floats:
    """Return the share of the energy of each column that lies along some axes; 0 where there is none."""
    total = (target**2).sum(axis=0)
    return np.asarray(((axes.T @ target) ** 2).sum(axis=0) / np.where(total > 0, total, 1))


def _uncommon(columns: Floats) -> Floats:
    """Return columns, (detector, y, x, n), less their mean over detectors at every tap, as (detector * tap, n)."""
    return np.asarray(columns - columns.mean(axis=0)).reshape(-1, columns.shape[-1])


def _chance(share: Floats, count: int, free: int) -> Floats:
    """Return how likely random weights have at least a share explained by patterns: a beta distribution."""
    from scipy.special import betaincc  # imported here: figures read roles, and SciPy would cost each of them time

    left = free - count
    return np.asarray(betaincc(count / 2, left / 2, share)) if left >= 1 and count else np.ones_like(share)


def _places(size: int) -> tuple[Floats, Floats]:
    axis = np.arange(size) - (size - 1) / 2
    return axis[:, None], axis[None, :]


def _deviation(size: int) -> float:
    return (size + 1) / 4


def _window(size: int) -> Floats:
    y, x = _places(size)
    return np.asarray(np.exp(-(x**2 + y**2) / (2 * _deviation(size) ** 2)))
