"""What the figures of several networks read, by network."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from highlow.circuits import detection, universality
from highlow.storage import table_files

ALONE = "No other network was asked for: list some with the config key universality."


@dataclass(frozen=True)
class Compared:
    """A network's layers, its peak (a row of them), and the units shown of it, in order of orientation."""

    name: str
    layers: pd.DataFrame
    peak: pd.Series
    shown: pd.DataFrame


def read(inputs: Mapping[str, str]) -> list[Compared]:
    """Return the networks of the inputs `layers:<network>`, `detectors:<network>` and `shown:<network>`, in order.

    Raises
    ------
    HighlowError
        If a table is missing or damaged.
    """
    found = []
    for name in [role.removeprefix("layers:") for role in inputs if role.startswith("layers:")]:
        layers = table_files.read(inputs[f"layers:{name}"], universality.COLUMNS)
        units = table_files.read(inputs[f"shown:{name}"], ("unit",))["unit"]
        detectors = table_files.read(inputs[f"detectors:{name}"], detection.COLUMNS)
        shown = detectors[detectors["unit"].isin(units)].sort_values("preferred_orientation_deg", ignore_index=True)
        found.append(Compared(name, layers, layers[layers["is_peak"] == 1].iloc[0], shown))
    return found
