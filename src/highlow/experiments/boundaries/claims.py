"""What the article says of detectors and object boundaries, as measured beside human boundaries."""

import numpy as np
import pandas as pd

from highlow.circuits.scorecard import Claim
from highlow.experiments.judged import Limit, judged

COLUMNS = (
    "variant",
    "layer",
    "population",
    "measure",
    "tolerance_px",
    "pixels_of_a_person",
    "value",
    "low",
    "high",
    "p_wilcoxon_signed_rank",
    "images",
    "places",
)
# Of two places, how often the one has the larger response: what an effect that Cohen (1988) calls medium, half a
# standard deviation between normal distributions, comes to.
MEDIUM = 0.64
SECTION = "Function"
WITHOUT = (
    "detectors answer a frequency difference where nobody drew a boundary more than places as fine on both sides, "
    "share of pairs"
)
BETTER = "boundary units that read detectors agree better with people than these do, difference of F"


def one(rows: pd.DataFrame, population: str, measure: str) -> pd.Series | None:
    """Return the row of a measure without further settings, or None."""
    found = rows[(rows["population"] == population) & (rows["measure"] == measure)]
    return found.iloc[0] if len(found) else None


def claims(rows: pd.DataFrame, seed: int) -> list[Claim]:
    """Return the claims from the rows of one network; `seed` is not used, the intervals stand in the rows."""
    effect = "a medium effect (Cohen 1988); copies with shuffled channels reach it, but not with all of their interval"
    return [
        _claim(rows, "detectors", "difference_without_boundary", WITHOUT, MEDIUM, effect),
        _claim(rows, "boundary_units", "best_f_minus_detectors", BETTER, 0.0, "0 is no better"),
    ]


def _claim(rows: pd.DataFrame, population: str, measure: str, text: str, limit: float, reason: str) -> Claim:
    """Return a claim that a value and all of its interval lie above a limit."""
    row = one(rows, population, measure)
    value, low, high = (np.nan,) * 3 if row is None else (float(row[name]) for name in ("value", "low", "high"))
    return judged(text, (value, low, high), Limit("above", limit), section=SECTION, reason=reason)
