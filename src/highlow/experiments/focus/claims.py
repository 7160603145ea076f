"""What the table of focus swaps says of the detectors. Imports no PyTorch."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.scorecard import Claim
from highlow.experiments.judged import Limit, judged
from highlow.experiments.statistics import bootstrap

COLUMNS = (
    "layer",
    "kind",
    "group",
    "scene",
    "reason",
    "unit",
    "is_detector",
    "file_a",
    "file_b",
    "row",
    "column",
    "true_deg",
    "decoded_a_deg",
    "decoded_b_deg",
    "along_a",
    "along_b",
    "effect",
    "low",
    "high",
    "standardized",
    "flips",
    "borders",
    "p_swapped_pairs",
    "q_benjamini_hochberg",
)
DETECTORS, EDGES = "detectors", "luminance edges"
SECTION = "Function"
SMALLEST_EFFECT, SMALLEST_DIFFERENCE, SMALLEST_SHARE = 0.3, 0.25, 0.5
BETWEEN = "Between what three networks gave and what the best candidates of destroyed copies gave"
Floats = NDArray[np.floating]


def claims(rows: pd.DataFrame, seed: int) -> list[Claim]:
    """Return the claims of one network.

    Parameters
    ----------
    rows : DataFrame
        From `measure`, of one variant.
    seed : int
        Of the bootstrap over scenes.
    """
    scenes = by_scene(rows)
    return [
        _claim(
            "focus swap: the population points to what is in focus, in both photographs, minus back",
            scenes[DETECTORS],
            SMALLEST_EFFECT,
            f"1 is a full swap, 0 none. {BETWEEN}.",
            seed,
        ),
        _claim(
            "focus swap: the same, minus that of luminance-edge units",
            scenes[DETECTORS] - scenes[EDGES],
            SMALLEST_DIFFERENCE,
            f"{BETWEEN}.",
            seed,
        ),
        _claim(
            "focus swap: borders at which the population's direction swaps, share",
            by_scene(rows, "flips")[DETECTORS],
            SMALLEST_SHARE,
            "Twice chance, which is 0.25. A silent population does not swap.",
            seed,
        ),
    ]


def by_scene(rows: pd.DataFrame, column: str = "effect") -> dict[str, Floats]:
    """Return a value of every scene, in the same order, by group."""
    chosen = rows[rows["kind"] == "scene"]
    table = chosen.pivot(index="scene", columns="group", values=column).reindex(columns=[DETECTORS, EDGES])
    return {group: table[group].to_numpy(np.float64) for group in (DETECTORS, EDGES)}


def _claim(text: str, values: Floats, limit: float, reason: str, seed: int) -> Claim:
    estimate, least = bootstrap(values, seed, np.mean), Limit("at least", limit)
    return judged(text, estimate, least, section=SECTION, reason=reason, statistic="mean over scenes")
