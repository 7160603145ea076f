"""One-sided non-negative factorization of expanded weights.

The article (section "High and Low Frequency Factors"): "require the channel factor to be positive, but allow the
spatial factor to have both positive and negative values". Rows of the matrix are (unit, y, x), columns are source
channels.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from highlow.runs.errors import HighlowError

ITERATIONS = 2000
TOLERANCE = 1e-5

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Factors:
    """A factorization.

    Attributes
    ----------
    channel : ndarray
        (factor, channel), >= 0, rows of unit Euclidean norm.
    spatial : ndarray
        (unit, factor, y, x), signed.
    explained : float
        1 - |M - S H|^2 / |M|^2 on the signed matrix.
    bound : float
        The same for the best unconstrained matrix of that rank.
    converged : bool
        Whether the fit ended before its largest number of iterations; factors beyond those that the weights have
        often do not.
    """

    channel: Floats
    spatial: Floats
    explained: float
    bound: float
    converged: bool


def as_matrix(weight: Floats) -> Floats:
    """Return expanded weights (unit, channel, y, x) as a matrix (unit * y * x, channel)."""
    return np.ascontiguousarray(weight.transpose(0, 2, 3, 1)).reshape(-1, weight.shape[1]).astype(np.float64)


def explained_share(matrix: Floats, spatial: Floats, channel: Floats) -> float:
    """Return 1 - |M - S H|^2 / |M|^2."""
    return float(1 - np.sum((matrix - spatial @ channel) ** 2) / np.sum(matrix**2))


def explained_bound(matrix: Floats, rank: int) -> float:
    """Return the share of |M|^2 that the best matrix of that rank explains (Eckart and Young)."""
    values = np.linalg.eigvalsh(matrix.T @ matrix)[::-1]
    return float(values[:rank].sum() / values.sum())


def factorize(weight: Floats, rank: int, *, seed: int | None = None) -> Factors:
    """Factorize expanded weights with channel factors >= 0 and signed spatial factors.

    M is split into its positive and negative part, [max(M, 0); max(-M, 0)] = S H with S, H >= 0 (scikit-learn's
    coordinate descent); the signed spatial factor is the difference of the two halves of S.

    Parameters
    ----------
    weight : ndarray
        Expanded weights of the units to explain, (unit, channel, y, x).
    rank : int
        Number of factors.
    seed : int, optional
        Start from random factors drawn with this seed; default the deterministic `nndsvda` start.

    Raises
    ------
    HighlowError
        If the weights are all zero or there are fewer rows or channels than factors.
    """
    return _fits(weight, rank, [seed])[0]


def _fits(weight: Floats, rank: int, seeds: Sequence[int | None]) -> list[Factors]:
    """Factorize from every start; what is the same for all of them is computed once."""
    matrix = as_matrix(weight)
    starts = _solutions(matrix, rank, seeds)
    units, _, height, width = weight.shape
    bound = explained_bound(matrix, rank)
    return [
        Factors(
            channel=channel,
            spatial=signed.reshape(units, height, width, rank).transpose(0, 3, 1, 2),
            explained=explained_share(matrix, signed, channel),
            bound=bound,
            converged=converged,
        )
        for channel, signed, converged in starts
    ]


def _solutions(matrix: Floats, rank: int, seeds: Sequence[int | None]) -> list[tuple[Floats, Floats, bool]]:
    """Return of every start: channel factors of unit norm, signed rows (row, factor), whether the fit converged."""
    # Imported here: figures read factors, and scikit-learn would cost each of them a second.
    from sklearn import config_context
    from sklearn.decomposition import non_negative_factorization
    from sklearn.exceptions import ConvergenceWarning

    if not np.any(matrix):
        raise HighlowError("the expanded weights of the chosen units are all zero; nothing to factorize")
    if rank > min(matrix.shape):
        raise HighlowError(f"{rank} factors need as many units and channels, but the matrix is {matrix.shape}")
    halves = np.concatenate([np.maximum(matrix, 0), np.maximum(-matrix, 0)])
    found = []
    # The parameters are constants, which need no validation at every start.
    with warnings.catch_warnings(), config_context(skip_parameter_validation=True):
        warnings.simplefilter("ignore", ConvergenceWarning)  # recorded instead
        for seed in seeds:
            spatial, channel, iterations = non_negative_factorization(
                halves,
                n_components=rank,
                init="nndsvda" if seed is None else "random",
                random_state=0 if seed is None else seed,
                max_iter=ITERATIONS,
                tol=TOLERANCE,
            )
            norm = np.linalg.norm(channel, axis=1)
            signed = (spatial[: len(matrix)] - spatial[len(matrix) :]) * norm
            found.append((channel / np.where(norm > 0, norm, 1)[:, None], signed, iterations < ITERATIONS))
    return found


def reordered(factors: Factors, order: list[int]) -> Factors:
    """Return the factors in another order."""
    return replace(factors, channel=factors.channel[order], spatial=factors.spatial[:, order])


def best_of_seeds(weight: Floats, rank: int, seeds: int, seed: int) -> tuple[Factors, Floats]:
    """Factorize from `nndsvda` and from `seeds` random starts; keep the fit that explains most.

    Returns
    -------
    Factors
        The best; `nndsvda` wins ties.
    stability : ndarray
        (seeds,): for every random start, the smallest cosine between a channel factor of the best fit and the
        factor matched to it.
    """
    fits = _fits(weight, rank, [None, *range(seed, seed + seeds)])
    best = max(fits, key=lambda fit: round(fit.explained, 6))
    return best, np.array([similarity(best.channel, fit.channel) for fit in fits[1:]])


def similarity(first: Floats, second: Floats) -> float:
    """Return the smallest cosine between channel factors matched one to one (Hungarian method)."""
    from scipy.optimize import linear_sum_assignment

    cosine = first @ second.T
    rows, columns = linear_sum_assignment(-cosine)
    return float(cosine[rows, columns].min())


def leave_one_unit_out(weight: Floats, factors: Factors) -> Floats:
    """Return, for every unit left out, the similarity of the channel factors to those of all units, (unit,)."""
    rank = len(factors.channel)
    kept = [as_matrix(np.delete(weight, unit, axis=0)) for unit in range(len(weight))]
    return np.array([similarity(factors.channel, _solutions(part, rank, [None])[0][0]) for part in kept])


def spatial_maps(weight: Floats, channel: Floats) -> Floats:
    """Return signed maps of further units on given channel factors, by least squares, (unit, factor, y, x)."""
    matrix = as_matrix(weight)
    solution = np.linalg.lstsq(channel.T, matrix.T, rcond=None)[0]
    units, _, height, width = weight.shape
    return np.asarray(solution.T.reshape(units, height, width, -1).transpose(0, 3, 1, 2))


def frequency_centroids(channel: Floats, response: Floats, wavelength: Floats) -> Floats:
    """Return where on the wavelength axis every factor responds, in octaves (log2 of pixels), (factor,).

    Parameters
    ----------
    channel : ndarray
        (factor, channel).
    response : ndarray
        Mean responses of the source channels to uniform textures, (wavelength, channel), wavelengths evenly spaced
        in their logarithm.
    wavelength : ndarray
        Pixels, (wavelength,).
    """
    answer = response @ channel.T
    total = answer.sum(axis=0)
    centroid = (answer * np.log2(wavelength)[:, None]).sum(axis=0) / np.where(total > 0, total, 1)
    return np.asarray(np.where(total > 0, centroid, np.log2(wavelength).mean()))


def weight_orientation(high: Floats, low: Floats) -> Floats:
    """Return the direction of the high-frequency side from the spatial maps, in degrees clockwise, (unit,).

    The angle of the first moment of (HF map - LF map) about the middle of the window; maps are (unit, y, x).
    """
    difference = high - low
    height, width = difference.shape[1:]
    y = np.arange(height) - (height - 1) / 2
    x = np.arange(width) - (width - 1) / 2
    across = (difference * x[None, None, :]).sum(axis=(1, 2))
    down = (difference * y[None, :, None]).sum(axis=(1, 2))
    return np.asarray(np.rad2deg(np.arctan2(down, across)) % 360)


def map_antisymmetry(high: Floats, low: Floats) -> Floats:
    """Return the share of (HF map - LF map) that changes sign under a half turn, (unit,); nan for a flat map.

    1 for two opposite sides, 0 for a centre against its surround. Of the squared weights, after the mean is removed;
    maps are (unit, y, x).
    """
    difference = high - low
    difference = difference - difference.mean(axis=(1, 2), keepdims=True)
    odd = (difference - difference[:, ::-1, ::-1]) / 2
    total = (difference**2).sum(axis=(1, 2))
    return np.asarray(np.divide((odd**2).sum(axis=(1, 2)), total, out=np.full(len(total), np.nan), where=total > 0))


def map_correlation(high: Floats, low: Floats) -> Floats:
    """Return Pearson's correlation between the HF and the LF map of every unit, (unit,); nan for a flat map."""
    pixels = int(np.prod(high.shape[1:]))
    a, b = high.reshape(-1, pixels), low.reshape(-1, pixels)
    a = a - a.mean(axis=1, keepdims=True)
    b = b - b.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray(np.divide((a * b).sum(axis=1), norm, out=np.full(len(a), np.nan), where=norm > 0))
