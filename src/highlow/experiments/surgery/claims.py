"""What surgery says of the article's account, from the table alone.

Imports no PyTorch.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.scorecard import Claim
from highlow.experiments.judged import Limit, judged
from highlow.experiments.statistics import bootstrap

NETWORK = "network"  # the unit as it is, no surgery
COLUMNS = (
    "layer",
    "unit",
    "surgery",
    "bias",
    "kept_weights",
    "share_active",
    "tuning_correlation",
    "photograph_correlation",
    "preferred_orientation_deg",
    "direction_selectivity",
    "polarity_ratio",
    "drive_share",
)
SECTION = "Implementation"
# Correlations whose squares are nine tenths and a half of the variance; a tenth of it.
LEAST_TUNING, LEAST_PHOTOGRAPH, LEAST_GAIN = 0.95, 0.71, 0.1

Floats = NDArray[np.floating]


def values(rows: pd.DataFrame, column: str, bias: str = "matched") -> pd.DataFrame:
    """Return a column of the table by unit and surgery, (unit, surgery)."""
    chosen = rows[(rows["bias"] == bias) | (rows["surgery"] == NETWORK)]
    return chosen.pivot(index="unit", columns="surgery", values=column)


def claims(rows: pd.DataFrame, seed: int) -> list[Claim]:
    """Return the claims of one network.

    Parameters
    ----------
    rows : DataFrame
        Of the table.
    seed : int
        Of the bootstrap over units.
    """
    tuning, photograph = values(rows, "tuning_correlation"), values(rows, "photograph_correlation")
    # A response that falls where it should rise explains nothing.
    explained = photograph.clip(lower=0) ** 2
    alone = explained[["hand_hf", "hand_lf"]].max(axis=1, skipna=False)
    return [
        _claim(
            "surgery: two factors on an oriented step have the unit's tuning, correlation",
            tuning["hand"].to_numpy(),
            LEAST_TUNING,
            "nine tenths of the variance of the tuning surface",
            seed,
        ),
        _claim(
            "surgery: two factors on an oriented step respond to images as the unit does, correlation",
            photograph["hand"].to_numpy(),
            LEAST_PHOTOGRAPH,
            "half of the variance of the responses at all positions",
            seed,
        ),
        _claim(
            "surgery: both factors are needed for images, share of variance above that of the better one alone",
            (explained["hand"] - alone).to_numpy(),
            LEAST_GAIN,
            "a tenth of the variance of the responses at all positions",
            seed,
        ),
    ]


def _claim(text: str, found: Floats, least: float, reason: str, seed: int) -> Claim:
    estimate, limit = bootstrap(found, seed), Limit("at least", least, of_interval=False)
    return judged(text, estimate, limit, section=SECTION, reason=reason, statistic="median")
