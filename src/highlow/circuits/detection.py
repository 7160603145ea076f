"""Which candidates are high-low frequency detectors: the evidence of the weights, and the verdict.

The article chose its units by hand; this rule is this project's own, and the same for every network. On the planted
network, where the truth is known, it is exact; `docs/methods/detection.md` says what each limit was set by.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.factors import map_antisymmetry, map_correlation, weight_orientation
from highlow.probes.circular import angle_between

MINIMUM_SCORE = 0.75
LARGEST_MAP_CORRELATION = -0.8
LARGEST_DISAGREEMENT_DEG = 20.0
MINIMUM_ANTISYMMETRY = 0.5
SMALLEST_SEPARATION_OCTAVES = 0.8
LARGEST_CONTRAST_EDGE_RESPONSE = 1.0

# What readers of the table rely on.
COLUMNS = ("layer", "unit", "branch", "is_detector", "preferred_orientation_deg", "weight_orientation_deg")
# What `detectors` adds to a table of candidates.
EVIDENCE = (
    "is_detector",
    "weight_orientation_deg",
    "hf_lf_map_correlation",
    "map_antisymmetry",
    "orientation_difference_deg",
)

Floats = NDArray[np.floating]


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
        - a peak that a texture beside a blank side does not reach;
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
    table["orientation_difference_deg"] = difference
    accepted = np.all(list(conditions(table, separation_octaves).values()), axis=0)
    table.insert(4, "is_detector", accepted.astype(int))
    return table


def conditions(table: pd.DataFrame, separation_octaves: float) -> dict[str, NDArray[np.bool_]]:
    """Return which units of a detectors table meet each condition of the rule, (unit,), by the condition's name."""
    count = len(table)
    return {
        "score": (table["score"] >= MINIMUM_SCORE).to_numpy(),
        "factor separation": np.full(count, separation_octaves >= SMALLEST_SEPARATION_OCTAVES),
        "map correlation": (table["hf_lf_map_correlation"] <= LARGEST_MAP_CORRELATION).to_numpy(),
        "antisymmetry": (table["map_antisymmetry"] >= MINIMUM_ANTISYMMETRY).to_numpy(),
        "orientation": (table["orientation_difference_deg"].abs() <= LARGEST_DISAGREEMENT_DEG).to_numpy(),
        "contrast edge": (table["contrast_edge_response"] <= LARGEST_CONTRAST_EDGE_RESPONSE).to_numpy(),
    }
