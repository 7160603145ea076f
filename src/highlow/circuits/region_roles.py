"""Roles of units that use the detectors, from their responses to regions of one texture in the other.

The ideal unit of a role weighs a map of where the frequency is high with a derivative of a Gaussian: the first for a
boundary, the second along one direction for a double boundary, the Laplacian for centre-surround, the difference of
both second derivatives for an hourglass. Weights have no part in it, so that their agreement is a test.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.boundary_roles import OTHER, ROLES

# Standard deviations in pixels, as shares of the pattern size.
SCALES = (0.15, 0.25, 0.4)
TURNS_DEG = tuple(15.0 * step for step in range(24))
SMALLEST_CORRELATION = 0.6
LARGEST_UNIFORM_RESPONSE = 0.5

Floats = NDArray[np.floating]


def ideal_responses(high: Floats, offset: Floats, pattern_size: float) -> tuple[pd.DataFrame, Floats]:
    """Return what ideal units of every role, orientation, polarity and scale answer.

    Parameters
    ----------
    high : ndarray
        Share of the high-frequency texture at every pixel of every stimulus, (stimulus, y, x).
    offset : ndarray
        Pixel offsets from the centre on both axes, (x,).
    pattern_size : float
        Pixels.

    Returns
    -------
    DataFrame
        role, orientation_deg, polarity (conventions of `boundary_roles.weight_roles`), a row a kind of unit.
    ndarray
        Rectified responses, (kind, stimulus).
    """
    wanted, kernels = zip(*_kernels(offset, pattern_size), strict=True)
    kinds = pd.DataFrame(wanted, columns=["role", "orientation_deg", "polarity"])
    drive = np.array(kernels).reshape(len(kernels), -1) @ high.reshape(len(high), -1).T
    either = ((kinds["role"] == "boundary") & (kinds["orientation_deg"] < 180)).to_numpy()
    kinds = pd.concat([kinds, kinds[either].assign(polarity="either")], ignore_index=True)
    return kinds, np.concatenate([np.maximum(drive, 0), np.abs(drive[either])])


def _kernels(offset: Floats, pattern_size: float) -> Iterator[tuple[tuple[str, float, str], Floats]]:
    """Yield what every ideal unit wants, and its weights on a map of high frequency, (y, x), of sum 0."""
    x, y = offset[None, :], offset[:, None]
    for sigma in pattern_size * np.array(SCALES):
        window = np.exp(-(x**2 + y**2) / (2 * sigma**2))
        for turn in TURNS_DEG:
            cosine, sine = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
            u, v = (cosine * x + sine * y) / sigma, (cosine * y - sine * x) / sigma
            shapes: list[tuple[tuple[str, float, str], Floats]] = [(("boundary", turn, "one"), u)]
            if turn < 180:
                shapes += [(("double_boundary", turn, "high"), 1 - u**2), (("double_boundary", turn, "low"), u**2 - 1)]
                shapes.append((("hourglass", turn, ""), u**2 - v**2))
            if turn == 0:
                radius = u**2 + v**2
                shapes += [(("center_surround", np.nan, "high"), 2 - radius)]
                shapes += [(("center_surround", np.nan, "low"), radius - 2)]
            for kind, shape in shapes:
                weighted = window * shape
                # Balanced: a texture everywhere is no pattern.
                yield kind, weighted - window * weighted.sum() / window.sum()


def response_roles(response: Floats, high: Floats, offset: Floats, pattern_size: float) -> pd.DataFrame:
    """Return the role of every unit from its responses.

    Parameters
    ----------
    response : ndarray
        Phase means, (stimulus, unit).
    high, offset, pattern_size
        As for `ideal_responses`.

    Returns
    -------
    DataFrame
        In the order of units: `response_role`, the role of the ideal unit whose answers correlate best, if Pearson's
        correlation is at least 0.6 and no uniform texture reaches half of the unit's peak (else `other`);
        `response_orientation_deg`, `response_polarity`, `response_correlation`; `uniform_response`, relative to the
        peak; and `<role>_correlation`, the best of every role.
    """
    kinds, ideal = ideal_responses(high, offset, pattern_size)
    correlation = np.nan_to_num(_standardized(ideal) @ _standardized(response.T.astype(np.float64)).T / len(high))
    best = correlation.argmax(axis=0)
    largest = correlation.max(axis=0)
    chosen = kinds.iloc[best].reset_index(drop=True)
    uniform = np.ptp(high, axis=(1, 2)) == 0
    peak = response.max(axis=0)
    texture = response[uniform].max(axis=0, initial=0) / np.where(peak > 0, peak, 1)
    accepted = (largest >= SMALLEST_CORRELATION) & (texture <= LARGEST_UNIFORM_RESPONSE)
    by_role = {f"{role}_correlation": correlation[kinds["role"] == role].max(axis=0) for role in ROLES}
    return pd.DataFrame(
        {
            "response_role": chosen["role"].where(accepted, OTHER),
            "response_orientation_deg": chosen["orientation_deg"],
            "response_polarity": chosen["polarity"],
            "response_correlation": largest,
            "uniform_response": texture,
            **by_role,
        }
    )


def _standardized(rows: Floats) -> Floats:
    """Return rows of mean 0 and variance 1; nan where a row is constant."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    deviation = centred.std(axis=1, keepdims=True)
    return np.asarray(np.divide(centred, deviation, out=np.full_like(centred, np.nan), where=deviation > 1e-12))
