"""Candidates: every unit of a layer, scored from its responses alone.

The article chose its units by hand; this score is this project's own. Weights have no part in it, so that their
agreement later is a test.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.probes.circular import angle_between
from highlow.probes.tuning import OrientationTuning, control_peak, orientation_tuning

FACTOR_UNITS = 15  # the article's number of detectors: the factors are fitted on as many candidates
MINIMUM_TUNING_SCORE = 0.5
DOWNSTREAM_UNITS = 20  # as many as the article's table of the strongest users of the detectors

# Families that are no frequency boundary, and the column that holds the response to them. The contrast edge is not
# part of the score: half of a high-low stimulus is one, and planted detectors answer it with 0.7 to 0.8 of their peak.
SCORED_CONTROLS = {
    "uniform": "uniform_response",
    "uniform_plaid": "uniform_response",
    "grating": "grating_response",
    "luminance_edge": "luminance_edge_response",
    "colour_edge": "colour_edge_response",
}
CONTROLS = SCORED_CONTROLS | {"contrast_edge": "contrast_edge_response"}
FAMILIES = ("high_low", "high_low_balanced", *CONTROLS)

# What readers of the table rely on.
COLUMNS = ("layer", "unit", "branch", "score", "preferred_orientation_deg")

Floats = NDArray[np.floating]
# Responses of a layer to a family by its name: (axes of the family, unit), and the coordinates of every axis.
Answers = Callable[[str], tuple[Floats, Mapping[str, Floats]]]


def measured(layer: str, branches: Sequence[str], answers: Answers, pattern_size: float, seed: int) -> pd.DataFrame:
    """Return every unit of a layer with its score from its responses to all families, best first.

    Parameters
    ----------
    layer : str
        Its name.
    branches : sequence of str
        Branch of every unit.
    answers : callable
        Asked once for each family, one after the other.
    pattern_size : float
        Of the stimuli, pixels.
    seed : int
        Of the bootstrap over phases.
    """

    def tuned(family: str) -> OrientationTuning:
        response, axes = answers(family)
        return orientation_tuning(response, axes["ratio"], axes["orientation"], pattern_size, seed=seed)

    high_low, balanced = (tuned(family) for family in FAMILIES[:2])
    peaks = {family: control_peak(answers(family)[0]) for family in CONTROLS}
    return candidates(layer, branches, high_low, balanced, peaks)


def score_components(
    high_low: OrientationTuning, balanced: OrientationTuning, control_response: Floats
) -> dict[str, Floats]:
    """Return the five components of the score, each 0 to 1 and (unit,).

    Parameters
    ----------
    high_low, balanced : OrientationTuning
        Tuning to the article's stimuli and to those without luminance confound; a unit must pass on both, so the
        worse of the two counts.
    control_response : ndarray
        Largest response to a uniform texture, a grating, a luminance or a colour edge, relative to the peak, (unit,).

    Returns
    -------
    dict
        `selective`: direction selectivity; `polar`: 1 - response at the opposite orientation; `control_free`:
        1 - response to the worst control; `consistent`: cosine of the angle between both preferred orientations;
        `strong`: p / (p + median p of the layer's units) for the peak p.
    """

    def share(tuning: OrientationTuning) -> Floats:
        total = tuning.peak + np.median(tuning.peak)
        return np.divide(tuning.peak, total, out=np.zeros_like(tuning.peak), where=total > 0)

    difference = angle_between(high_low.preferred_deg, balanced.preferred_deg)
    polarity = np.maximum(_or_one(high_low.polarity_ratio), _or_one(balanced.polarity_ratio))
    return {
        "selective": np.minimum(high_low.selectivity, balanced.selectivity),
        "polar": 1 - np.clip(polarity, 0, 1),
        "control_free": 1 - np.clip(_or_one(control_response), 0, 1),
        "consistent": np.clip(np.nan_to_num(np.cos(np.deg2rad(difference))), 0, 1),
        "strong": np.minimum(share(high_low), share(balanced)),
    }


def relative_responses(peak: Floats, control_peaks: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the response to control families relative to the peak by column, (unit,); nan for a silent unit.

    Where two families share a column the stronger response counts.
    """
    columns: dict[str, Floats] = {}
    for family, column in CONTROLS.items():
        relative = np.divide(control_peaks[family], peak, out=np.full(len(peak), np.nan), where=peak > 0)
        columns[column] = np.maximum(columns[column], relative) if column in columns else relative
    return columns


def candidates(
    layer: str,
    branches: Sequence[str],
    high_low: OrientationTuning,
    balanced: OrientationTuning,
    control_peaks: Mapping[str, Floats],
) -> pd.DataFrame:
    """Return every unit of a layer with its score from responses alone, best first.

    The score is the geometric mean of `score_components`. Parameters are per unit; `control_peaks` has the largest
    response to every family of `CONTROLS`.
    """
    relative = relative_responses(high_low.peak, control_peaks)
    worst = np.max([relative[column] for column in dict.fromkeys(SCORED_CONTROLS.values())], axis=0)
    components = score_components(high_low, balanced, worst)
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
            **relative,
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


def tuned_units(candidate_table: pd.DataFrame, units: Iterable[int]) -> list[int]:
    """Return the units whose tuning is tabulated: all that score 0.5, the best 15 of each branch, and `units`."""
    rank = candidate_table.groupby("branch").cumcount()
    over = (candidate_table["score"] >= MINIMUM_TUNING_SCORE) | (rank < FACTOR_UNITS)
    return sorted({*candidate_table["unit"][over].tolist(), *units})


def tuning_table(
    layer: str, response: Floats, ratios: Floats, orientation_deg: Floats, units: Sequence[int]
) -> pd.DataFrame:
    """Return phase-mean responses of some units over orientation and ratio as a long table.

    `response` is (ratio, orientation, phase, unit).
    """
    chosen = np.array(units, dtype=np.intp)
    mean = response.mean(axis=2)[:, :, chosen].transpose(2, 1, 0)
    grid = np.meshgrid(chosen, orientation_deg, ratios, indexing="ij")
    columns = dict(zip(("unit", "orientation_deg", "ratio"), (axis.ravel() for axis in grid), strict=True))
    return pd.DataFrame({"layer": layer, **columns, "response": mean.ravel()})


def _or_one(values: Floats) -> Floats:
    """Replace nan (a silent unit) by the worst value."""
    return np.nan_to_num(values, nan=1.0, posinf=1.0)
