"""Which units are high-low frequency detectors: candidates from responses, detectors with the weights' evidence.

The article chose its units by hand; this rule is this project's own, and the same for every network. On the planted
network, where the truth is known, it is exact; `docs/methods/detection.md` says what each limit was set by.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.factors import map_antisymmetry, map_correlation, weight_orientation
from highlow.probes.tuning import OrientationTuning, angle_between

FACTOR_UNITS = 15  # the article's number of detectors: the factors are fitted on as many candidates
MINIMUM_SCORE = 0.75
LARGEST_MAP_CORRELATION = -0.8
LARGEST_DISAGREEMENT_DEG = 20.0
MINIMUM_ANTISYMMETRY = 0.5
SMALLEST_SEPARATION_OCTAVES = 0.8
MINIMUM_TUNING_SCORE = 0.5
DOWNSTREAM_UNITS = 20  # as many as the article's table of the strongest users of the detectors

COMPONENTS = ("selective", "polar", "texture_free", "consistent", "strong")
Floats = NDArray[np.floating]


def score_components(
    high_low: OrientationTuning, balanced: OrientationTuning, uniform_response: Floats
) -> dict[str, Floats]:
    """Return the five components of the score, each 0 to 1 and (unit,).

    Parameters
    ----------
    high_low, balanced : OrientationTuning
        Tuning to the article's stimuli and to those without luminance confound; a unit must pass on both, so the
        worse of the two counts.
    uniform_response : ndarray
        Largest response to a uniform texture relative to the peak, (unit,).

    Returns
    -------
    dict
        `selective`: direction selectivity; `polar`: 1 - response at the opposite orientation; `texture_free`:
        1 - uniform response; `consistent`: cosine of the angle between both preferred orientations; `strong`:
        p / (p + median p of the layer's units) for the peak p.
    """

    def share(tuning: OrientationTuning) -> Floats:
        total = tuning.peak + np.median(tuning.peak)
        return np.divide(tuning.peak, total, out=np.zeros_like(tuning.peak), where=total > 0)

    difference = angle_between(high_low.preferred_deg, balanced.preferred_deg)
    polarity = np.maximum(_or_one(high_low.polarity_ratio), _or_one(balanced.polarity_ratio))
    return {
        "selective": np.minimum(high_low.selectivity, balanced.selectivity),
        "polar": 1 - np.clip(polarity, 0, 1),
        "texture_free": 1 - np.clip(_or_one(uniform_response), 0, 1),
        "consistent": np.clip(np.nan_to_num(np.cos(np.deg2rad(difference))), 0, 1),
        "strong": np.minimum(share(high_low), share(balanced)),
    }


def candidates(
    layer: str,
    branches: list[str],
    high_low: OrientationTuning,
    balanced: OrientationTuning,
    uniform_peak: Floats,
) -> pd.DataFrame:
    """Return every unit of a layer with its score from responses alone, best first.

    The score is the geometric mean of `score_components`. Parameters are per unit; `uniform_peak` is the largest
    response to a uniform texture.
    """
    relative = np.divide(uniform_peak, high_low.peak, out=np.full(len(uniform_peak), np.nan), where=high_low.peak > 0)
    components = score_components(high_low, balanced, relative)
    score = np.prod(list(components.values()), axis=0) ** (1 / len(components))
    table = pd.DataFrame(
        {
            "layer": layer,
            "unit": np.arange(len(branches)),
            "branch": branches,
            "score": score,
            "preferred_orientation_deg": high_low.preferred_deg,
            "direction_selectivity": high_low.selectivity,
            "polarity_ratio": high_low.polarity_ratio,
            "peak_response": high_low.peak,
            "uniform_response": relative,
            "width_deg": high_low.width_deg,
            "preferred_interval_low_deg": high_low.interval_low_deg,
            "preferred_interval_high_deg": high_low.interval_high_deg,
            "balanced_preferred_orientation_deg": balanced.preferred_deg,
            "balanced_direction_selectivity": balanced.selectivity,
            "balanced_polarity_ratio": balanced.polarity_ratio,
            "balanced_peak_response": balanced.peak,
            **components,
        }
    )
    return table.sort_values(["score", "unit"], ascending=[False, True], ignore_index=True)


def factor_units(candidate_table: pd.DataFrame, branch: str) -> NDArray[np.intp]:
    """Return the units on which the factors are fitted: the best candidates of a branch, in unit order."""
    chosen = candidate_table[candidate_table["branch"] == branch].head(FACTOR_UNITS)["unit"]
    return np.sort(chosen.to_numpy())


def downstream_units(
    weight: Floats, branch_units: NDArray[np.intp], candidate_table: pd.DataFrame, branch: str
) -> NDArray[np.intp]:
    """Return the units of a later layer that use the candidates most, in unit order.

    The article's measure: Euclidean norm of the weights from all detectors. `weight` is (unit, channel, y, x) from
    the candidates' layer to the `branch_units`.
    """
    used = weight[:, factor_units(candidate_table, branch)]
    norm = np.sqrt((used**2).sum(axis=(1, 2, 3)))
    strongest = np.argsort(-norm, kind="stable")[:DOWNSTREAM_UNITS]
    return np.sort(branch_units[strongest])


def tuning_table(
    layer: str,
    candidate_table: pd.DataFrame,
    response: Floats,
    ratios: Floats,
    orientation_deg: Floats,
    units: list[int],
) -> pd.DataFrame:
    """Return phase-mean responses over orientation and ratio as a long table.

    Of the units that score at least 0.5, the best 15 in any case, and `units`; `response` is
    (ratio, orientation, phase, unit).
    """
    listed = candidate_table[
        (candidate_table["score"] >= MINIMUM_TUNING_SCORE)
        | (candidate_table.index < FACTOR_UNITS)
        | candidate_table["unit"].isin(units)
    ]
    chosen = np.sort(listed["unit"].to_numpy())
    mean = response.mean(axis=2)[:, :, chosen].transpose(2, 1, 0)
    grid = np.meshgrid(chosen, orientation_deg, ratios, indexing="ij")
    columns = dict(zip(("unit", "orientation_deg", "ratio"), (axis.ravel() for axis in grid), strict=True))
    return pd.DataFrame({"layer": layer, **columns, "response": mean.ravel()})


def detectors(
    candidate_table: pd.DataFrame, units: NDArray[np.intp], maps: Floats, separation_octaves: float
) -> pd.DataFrame:
    """Return the candidates with the weights' evidence and the verdict.

    Parameters
    ----------
    candidate_table : DataFrame
        From `candidates`.
    units : ndarray
        Units that have maps, (n,).
    maps : ndarray
        Their signed maps on the HF and the LF factor, (n, 2, y, x).
    separation_octaves : float
        How far apart both factors respond on the frequency axis.

    Returns
    -------
    DataFrame
        With `is_detector`, `weight_orientation_deg`, `hf_lf_map_correlation`, `map_antisymmetry` (empty for units
        without maps) and `orientation_difference_deg` (weights - responses). A detector has

        - a score of at least 0.75;
        - opposite maps: a correlation of at most -0.8;
        - two sides: at least half of the maps' difference changes sign under a half turn;
        - weights that point where it responds, within 20 degrees;
        - factors that deserve their names: they respond at least 0.8 octaves apart. A single signed channel splits
          into two opposite maps by construction; only measured frequencies tell it from a HF and a LF factor.
    """
    high, low = maps[:, 0], maps[:, 1]
    evidence = pd.DataFrame(
        {
            "unit": units,
            "weight_orientation_deg": weight_orientation(high, low),
            "hf_lf_map_correlation": map_correlation(high, low),
            "map_antisymmetry": map_antisymmetry(high, low),
        }
    )
    table = candidate_table.merge(evidence, on="unit", how="left")
    difference = angle_between(
        table["weight_orientation_deg"].to_numpy(), table["preferred_orientation_deg"].to_numpy()
    )
    accepted = (
        (table["score"] >= MINIMUM_SCORE)
        & (table["hf_lf_map_correlation"] <= LARGEST_MAP_CORRELATION)
        & (table["map_antisymmetry"] >= MINIMUM_ANTISYMMETRY)
        & (np.abs(difference) <= LARGEST_DISAGREEMENT_DEG)
        & (separation_octaves >= SMALLEST_SEPARATION_OCTAVES)
    )
    table["orientation_difference_deg"] = difference
    table.insert(4, "is_detector", accepted.astype(int))
    return table


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


def _or_one(values: Floats) -> Floats:
    """Replace nan (a silent unit) by the worst value."""
    return np.nan_to_num(values, nan=1.0, posinf=1.0)
