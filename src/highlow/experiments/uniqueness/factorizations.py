"""The other two factorizations that the article's is compared with: semi-NMF and principal components."""

import numpy as np
from numpy.typing import NDArray

from highlow.circuits.factors import explained_share

ITERATIONS = 200
SMALLEST = 1e-12
Floats = NDArray[np.floating]


def semi_nmf(matrix: Floats, rank: int, seed: int) -> tuple[Floats, float]:
    """Factorize a signed matrix M = S H with H >= 0 and S of any sign, from a random start.

    Unlike the one-sided NMF it does not split M by sign, so that a row of S can use a factor with both signs.

    Parameters
    ----------
    matrix : ndarray
        (row, channel).
    rank, seed : int
        Number of factors, and of the random start.

    Returns
    -------
    channel : ndarray
        H with rows of unit norm, (factor, channel).
    explained : float
        1 - |M - S H|^2 / |M|^2.

    Notes
    -----
    Multiplicative updates of Ding, Li and Jordan (2010), "Convex and semi-nonnegative matrix factorizations".
    """
    # All that the updates need of M: the factorization of its channel-by-channel products is the same.
    product = matrix.T @ matrix
    channel = np.random.default_rng(seed).uniform(0.1, 1, (rank, matrix.shape[1]))
    for _ in range(ITERATIONS):
        inverse = np.linalg.pinv(channel @ channel.T)
        toward = inverse @ channel @ product  # S'M
        inner = toward @ channel.T @ inverse  # S'S
        up = _positive(toward) + _positive(-inner) @ channel
        down = _positive(-toward) + _positive(inner) @ channel
        channel = channel * np.sqrt(up / np.maximum(down, SMALLEST))
        channel = channel / np.maximum(np.linalg.norm(channel, axis=1, keepdims=True), SMALLEST)
    spatial = np.linalg.lstsq(channel.T, matrix.T, rcond=None)[0].T
    return channel, explained_share(matrix, spatial, channel)


def principal_directions(matrix: Floats, rank: int) -> Floats:
    """Return the channel directions that explain most, signed and of unit norm, (rank, channel).

    The matrix is not centred: a weight of zero means that a channel is not used.
    """
    return np.asarray(np.linalg.svd(matrix, full_matrices=False)[2][:rank])


def cut_at_zero(direction: Floats) -> Floats:
    """Return the positive and the negative part of a direction as two factors >= 0 of unit norm, (2, channel)."""
    parts = np.stack([_positive(direction), _positive(-direction)])
    return np.asarray(parts / np.maximum(np.linalg.norm(parts, axis=1, keepdims=True), SMALLEST))


def plane_cosine(first: Floats, second: Floats) -> float:
    """Return the cosine of the largest angle between the spaces that two sets of directions span (principal angles)."""
    bases = [np.linalg.qr(rows.T)[0] for rows in (first, second)]
    return float(np.linalg.svd(bases[0].T @ bases[1], compute_uv=False)[-1])


def _positive(values: Floats) -> Floats:
    return np.maximum(values, 0)
