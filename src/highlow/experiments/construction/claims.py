"""What the table of the construction says of the article: that detectors are built from channels without orientation.

Imports no PyTorch.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.scorecard import Claim
from highlow.experiments.judged import Limit, judged
from highlow.experiments.statistics import bootstrap

COLUMNS = ("variant", "layer", "kind", "unit", "is_detector", "family", "source", "measure", "value", "low", "high")
# Planted channels without orientation reach 0.08, those with one start at 0.23 (`docs/methods/construction.md`).
LIMIT = 0.15
FEWEST_DETECTORS = 3  # fewer are no population
SMALLEST_INDEX = 0.5
# Least and largest index of planted units, seeds 0 to 4: two kinds that are built from channels without orientation,
# and one that passes edges on.
PLANTED = {"detector": (0.98, 1.03), "luminance_edge": (0.95, 1.05), "passthrough": (-0.08, 0.08)}
SMALLEST_CORRELATION = 0.9
SECTION = "Implementation"
INDEX = "inputs without orientation: share of the tuning that is left"
SHAPE = "inputs without orientation: correlation of the tuning that is left with all of it"
GROUPS = "channels without orientation: share of the tuning, less that of random channels of the same weight"

Floats = NDArray[np.floating]


def claims(rows: pd.DataFrame, seed: int) -> list[Claim]:
    """Return the claims of one network; they are about detectors, and not measurable where there are fewer than three.

    Parameters
    ----------
    rows : DataFrame
        Of one variant, `COLUMNS`.
    seed : int
        Of the bootstraps over units.
    """
    detectors = rows[(rows["kind"] == "detector") & (rows["is_detector"] == 1)]
    index, correlation = (bootstrap(values(detectors, name), seed) for name in ("index", "surface_correlation"))
    beyond = bootstrap(values(detectors, "tuning_share") - values(detectors, "random_tuning_share"), seed)
    measurable = detectors["unit"].nunique() >= FEWEST_DETECTORS
    asked = [
        (
            INDEX,
            index,
            Limit("at least", SMALLEST_INDEX, of_interval=False),
            "half: more comes from where inputs lie than from directions that they have themselves",
        ),
        (
            SHAPE,
            correlation,
            Limit("at least", SMALLEST_CORRELATION, of_interval=False),
            "planted detectors reach 0.97; with the layer's taps shuffled it is 0.85 or less",
        ),
        (
            GROUPS,
            beyond,
            Limit("above", 0),
            "0 is what channels give that are chosen without regard to their orientation",
        ),
    ]
    return [
        judged(text, found, limit, section=SECTION, reason=reason, statistic="median", measurable=measurable)
        for text, found, limit, reason in asked
    ]


def values(rows: pd.DataFrame, measure: str) -> Floats:
    """Return a measure of every unit of a table, in the order of units."""
    chosen = rows[rows["measure"] == measure].sort_values("unit")
    return np.asarray(chosen["value"], np.float64)
