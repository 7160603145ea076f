"""Tuning of units to the orientation of a frequency boundary.

Angles are degrees clockwise in image coordinates. Arrays of responses have the axes (ratio, orientation, phase,
unit); statistics are over the ratios at which the frequencies differ enough and do not alias.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlow.networks.pattern_size import SMALLEST_RATIO, largest_ratio, ratio_counts
from highlow.probes.circular import angle_between
from highlow.runs.errors import HighlowError

CONFIDENCE = 0.95

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class OrientationTuning:
    """Statistics of orientation tuning, each (units,).

    Attributes
    ----------
    preferred_deg
        Circular mean of the response over orientation, 0 to 360; nan for a silent unit.
    selectivity
        |sum r exp(i theta)| / sum r: 0 for no preference, 1 for a single orientation. The first harmonic, so
        that a unit which answers both polarities alike scores 0.
    polarity_ratio
        Response at the opposite orientation over that at the preferred one.
    width_deg
        Full width at half of the largest response, by linear interpolation.
    peak
        Largest response over ratio and orientation of the mean over phases.
    interval_low_deg, interval_high_deg
        95 % interval of the preferred orientation over phases, as offsets from it (circular percentile bootstrap).
    """

    preferred_deg: Floats
    selectivity: Floats
    polarity_ratio: Floats
    width_deg: Floats
    peak: Floats
    interval_low_deg: Floats
    interval_high_deg: Floats


def used_ratios(ratios: Floats, pattern_size: float) -> NDArray[np.bool_]:
    """Return which ratios enter the statistics: at least 2.5, and none that aliases.

    Raises
    ------
    HighlowError
        If none is left.
    """
    used = np.array([ratio_counts(ratio, pattern_size) for ratio in ratios.tolist()], dtype=bool)
    if not used.any():
        raise HighlowError(
            f"no ratio lies between {SMALLEST_RATIO} and {largest_ratio(pattern_size):g}, where a pattern of "
            f"{pattern_size:g} px aliases; raise stimuli.ratios or stimuli.pattern_size"
        )
    return used


def first_harmonic(curve: Floats, orientation_deg: Floats) -> NDArray[np.complexfloating]:
    """Return sum r exp(i theta) / sum r over the last axis but one; nan where the curve is zero.

    Parameters
    ----------
    curve : ndarray
        Responses, (..., orientation, unit), orientations spread evenly over the circle without endpoint.
    orientation_deg : ndarray
        (orientation,).
    """
    total = curve.sum(axis=-2)
    moment = np.einsum("...ou,o->...u", curve, np.exp(1j * np.deg2rad(orientation_deg)))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(total > 0, moment / np.where(total > 0, total, 1), np.nan))


def without_endpoint(response: Floats, orientation_deg: Floats, axis: int) -> tuple[Floats, Floats]:
    """Drop the last orientation where it repeats the first (360 degrees)."""
    if np.isclose(orientation_deg[-1] - orientation_deg[0], 360):
        return np.take(response, range(len(orientation_deg) - 1), axis=axis), orientation_deg[:-1]
    return response, orientation_deg


def at_orientation(curve: Floats, orientation_deg: Floats, wanted_deg: Floats) -> Floats:
    """Return periodic linear interpolation of (orientation, unit) curves at an angle a unit, (unit,)."""
    count = len(orientation_deg)
    position = np.nan_to_num(wanted_deg) % 360 / 360 * count
    below = np.floor(position).astype(int)
    share = position - below
    units = np.arange(curve.shape[1])
    values = (1 - share) * curve[below % count, units] + share * curve[(below + 1) % count, units]
    return np.asarray(values)


def half_width(curve: Floats) -> Floats:
    """Return the full width at half maximum of (orientation, unit) curves over the circle, in degrees."""
    fine = 3600
    count = len(curve)
    position = np.arange(fine) / fine * count
    below = position.astype(int)
    share = (position - below)[:, None]
    dense = (1 - share) * curve[below % count] + share * curve[(below + 1) % count]
    half = dense.max(axis=0) / 2
    widths = np.full(curve.shape[1], np.nan)
    for unit in np.flatnonzero(half > 0):
        above = np.roll(dense[:, unit] >= half[unit], -int(dense[:, unit].argmax()))
        below_half = np.flatnonzero(~above)
        # The lobe around the peak: up to the first sample below half on either side.
        lobe = fine if len(below_half) == 0 else below_half[0] + fine - 1 - below_half[-1]
        widths[unit] = lobe * 360 / fine
    return widths


def orientation_tuning(
    response: Floats,
    ratios: Floats,
    orientation_deg: Floats,
    pattern_size: float,
    *,
    seed: int,
    resamples: int = 200,
) -> OrientationTuning:
    """Return the orientation tuning of every unit.

    Parameters
    ----------
    response : ndarray
        (ratio, orientation, phase, unit).
    ratios, orientation_deg : ndarray
        Coordinates.
    pattern_size : float
        Pixels.
    seed : int
        Of the bootstrap over phases.
    resamples : int
        Bootstrap samples.

    Raises
    ------
    HighlowError
        If no ratio can be used.
    """
    used = used_ratios(ratios, pattern_size)
    by_phase, angles = without_endpoint(response[used].mean(axis=0, dtype=np.float64), orientation_deg, axis=0)
    curve = by_phase.mean(axis=1)
    harmonic = first_harmonic(curve, angles)
    preferred = np.rad2deg(np.angle(harmonic)) % 360
    opposite = at_orientation(curve, angles, preferred + 180)
    at_preferred = at_orientation(curve, angles, preferred)
    with np.errstate(invalid="ignore", divide="ignore"):
        polarity = np.where(at_preferred > 0, opposite / at_preferred, np.nan)
    phase_count = by_phase.shape[1]
    drawn = np.random.default_rng(seed).integers(phase_count, size=(resamples, phase_count))
    # Linear in the responses: resampling phases is a weighted mean of the phases' moments.
    moments = np.einsum("opu,o->pu", by_phase, np.exp(1j * np.deg2rad(angles)))
    deviation = angle_between(np.rad2deg(np.angle(moments[drawn].mean(axis=1))), preferred)
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(deviation, [tail, 100 - tail], axis=0)
    if phase_count == 1:  # one phase says nothing of the spread
        low, high = np.full_like(low, np.nan), np.full_like(high, np.nan)
    return OrientationTuning(
        preferred_deg=preferred,
        selectivity=np.nan_to_num(np.abs(harmonic)),
        polarity_ratio=polarity,
        width_deg=half_width(curve),
        peak=response[used].mean(axis=2).max(axis=(0, 1)),
        interval_low_deg=low,
        interval_high_deg=high,
    )


def control_peak(response: Floats) -> Floats:
    """Return the largest response to a control family, (units,).

    `response` is (..., phase, unit), with the offset of an edge in the place of the phase: the maximum over all other
    axes of the mean over phases, which is how the peak of the tuning is taken too.
    """
    mean = response.mean(axis=-2, dtype=np.float64)
    return np.asarray(mean.reshape(-1, mean.shape[-1]).max(axis=0))
