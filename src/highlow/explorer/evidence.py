"""Why a unit was accepted as a detector or not: every condition of the rule, its value and its limit."""

from typing import Any

import pandas as pd

from highlow.circuits import detection

# Condition, column of the table, limit, whether the value must be at least that or at most, its unit.
LIMITS = (
    ("score", "score", detection.MINIMUM_SCORE, "least", ""),
    ("map correlation", "hf_lf_map_correlation", detection.LARGEST_MAP_CORRELATION, "most", ""),
    ("antisymmetry", "map_antisymmetry", detection.MINIMUM_ANTISYMMETRY, "least", ""),
    ("orientation", "orientation_difference_deg", detection.LARGEST_DISAGREEMENT_DEG, "most", "°"),
    ("contrast edge", "contrast_edge_response", detection.LARGEST_CONTRAST_EDGE_RESPONSE, "most", ""),
)


def conditions(table: pd.DataFrame, separation_octaves: float) -> list[list[dict[str, Any]]]:
    """Return the conditions of every row of a detectors table, in the order of the rows.

    A value is None where there is none, as of a unit without maps; the orientation's is the size of the difference.
    """
    met = detection.conditions(table, separation_octaves)
    rows = []
    for row in range(len(table)):
        listed = []
        for name, column, limit, side, unit in LIMITS:
            value = table[column].iloc[row]
            shown = None if pd.isna(value) else float(abs(value) if name == "orientation" else value)
            listed.append(_condition(name, shown, limit, side, unit, bool(met[name][row])))
        least = detection.SMALLEST_SEPARATION_OCTAVES
        apart = bool(met["factor separation"][row])
        listed.append(_condition("factor separation", float(separation_octaves), least, "least", "octaves", apart))
        rows.append(listed)
    return rows


def _condition(name: str, value: float | None, limit: float, side: str, unit: str, met: bool) -> dict[str, Any]:
    return {"name": name, "value": value, "limit": limit, "side": side, "unit": unit, "met": met}
