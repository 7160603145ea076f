"""Which units a figure shows, and how it names them."""

import math

import pandas as pd

from highlow.circuits.selection import shown_units as shown_units


def unit_label(layer: str, row: pd.Series) -> str:
    """Return `mixed3a 106`, with a note where the unit was not accepted as a detector."""
    note = "" if row["is_detector"] == 1 else " (not a detector)"
    return f"{layer} {int(row['unit'])}{note}"


def degrees(angle: float) -> str:
    """Return an angle for a label; a silent unit has none."""
    return "never" if math.isnan(angle) else f"{angle:.0f}°"
