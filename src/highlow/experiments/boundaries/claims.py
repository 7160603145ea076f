"""What the article says of detectors and object boundaries, as measured beside human boundaries."""

import pandas as pd

from highlow.circuits.scorecard import Claim

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
    f"share of pairs (interval above {MEDIUM:g})"
)
BETTER = "boundary units that read detectors agree better with people than these do, difference of F (interval above 0)"


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
    said = f"interval above {limit:g}"
    row = one(rows, population, measure)
    if row is None or pd.isna(row["value"]):
        return Claim(text, float("nan"), None, section=SECTION, limit=said, reason=reason)
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    return Claim(text, value, low > limit, (low, high), section=SECTION, limit=said, reason=reason)
