"""What figures 4, 5, 6 and the exception figure share: their units, maps and labels."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from highlow.circuits import detection, expanded_weight_file, upstream_roles
from highlow.figures.drawing import orientation_arrow
from highlow.figures.selection import degrees
from highlow.figures.unit_pictures import show_unit
from highlow.pictures.picture_file import Pictures
from highlow.runs.errors import HighlowError
from highlow.storage import table_files


def shown(path: str, figure: str) -> pd.DataFrame:
    """Return the rows of a figure in the table of roles.

    Raises
    ------
    HighlowError
        If there are none.
    """
    table = table_files.read(path, upstream_roles.COLUMNS)
    rows = table[table["figure"] == figure].reset_index(drop=True)
    if rows.empty:
        raise HighlowError(f"{path}: no units for {figure}; delete it and run again")
    return rows


def detector_rows(path: str, units: Sequence[int]) -> pd.DataFrame:
    """Return the rows of some units in the detectors table, in the order given, with `direction_deg`."""
    table = table_files.read(path, detection.COLUMNS)
    return table.assign(direction_deg=upstream_roles.direction(table)).set_index("unit", drop=False).loc[units]


def weights_to(path: str, branch: str, unit: int) -> NDArray[np.float32]:
    """Return the expanded weights of one unit, (channel, y, x)."""
    weight, units = expanded_weight_file.read(path, branch)
    found: NDArray[np.float32] = weight[np.searchsorted(units, unit)]
    return found


def show_detector(axes: Axes, pictures: Pictures, layer: str, row: pd.Series) -> None:
    """Draw a detector's picture with an arrow towards its high-frequency side, and its name and angle above."""
    note = "" if row["is_detector"] == 1 else ", not accepted"
    show_unit(axes, pictures, int(row["unit"]), f"{layer} {int(row['unit'])}\n{degrees(row['direction_deg'])}{note}")
    if np.isfinite(row["direction_deg"]):
        orientation_arrow(axes, row["direction_deg"], "black")


def map_rows(weights: NDArray[np.floating], **values: Any) -> pd.DataFrame:
    """Return a weight map as a long table, with the same `values` in every row."""
    y, x = np.indices(weights.shape)
    return pd.DataFrame({**values, "y": y.ravel(), "x": x.ravel(), "weight": weights.ravel()})


def say_if_not_accepted(figure: Figure, detectors: pd.DataFrame) -> None:
    """Write below a figure that units in it were not accepted as detectors."""
    rejected = detectors.loc[detectors["is_detector"] != 1, "unit"].tolist()
    if rejected:
        units = ", ".join(map(str, rejected))
        figure.supxlabel(f"Not accepted as detectors, shown as the best candidates: {units}", fontsize=7)
