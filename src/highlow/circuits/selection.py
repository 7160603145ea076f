"""Which detectors are shown, among those found."""

from collections.abc import Sequence

import pandas as pd

from highlow.probes.circular import spanning
from highlow.runs.errors import HighlowError

SHOWN = 6  # as in the article's figures


def shown_units(table: pd.DataFrame, branch: str, units: Sequence[int]) -> pd.DataFrame:
    """Return the rows of the units that a figure shows, in order of preferred orientation.

    Parameters
    ----------
    table : DataFrame
        Detectors table, best first.
    branch : str
        Branch with maps, from which units are chosen.
    units : sequence of int
        The user's choice; empty takes six detectors that span the circle; where there are fewer, the best other
        candidates of the branch stand beside them.

    Raises
    ------
    HighlowError
        If a chosen unit is not in the branch.
    """
    inside = table[table["branch"] == branch]
    if units:
        for unit in units:
            if unit not in set(inside["unit"]):
                raise HighlowError(f"unit {unit} is not in the {branch} branch, whose weights figure 9 shows")
        chosen = inside[inside["unit"].isin(units)]
        return chosen.sort_values("preferred_orientation_deg", ignore_index=True)
    accepted = inside[inside["is_detector"] == 1].reset_index(drop=True)
    others = inside[inside["is_detector"] != 1].head(max(SHOWN - len(accepted), 0))
    pool = pd.concat([accepted, others], ignore_index=True)
    return pool.iloc[spanning(pool["preferred_orientation_deg"].to_numpy(), SHOWN)].reset_index(drop=True)
