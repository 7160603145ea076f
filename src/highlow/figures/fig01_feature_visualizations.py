"""Figure 1: feature visualizations of the detectors."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from highlow.circuits import detection
from highlow.circuits.selection import shown_units
from highlow.figures.drawing import Drawing, new_figure, styled
from highlow.figures.selection import degrees
from highlow.figures.unit_pictures import show_unit
from highlow.pictures import local_energy, picture_file
from highlow.storage import table_files


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw the gallery; `inputs` are `detectors` (TSV) and `pictures` (HDF5)."""
    table = table_files.read(inputs["detectors"], detection.COLUMNS)
    accepted = table[table["is_detector"] == 1].sort_values("preferred_orientation_deg", ignore_index=True)
    units = accepted if len(accepted) else shown_units(table, settings["branch"], settings["units"])
    pictures = picture_file.read(inputs["pictures"])
    numbers = measured(units, pictures, picture_file.read_field(inputs["pictures"]))
    columns = 5 if len(units) <= 15 else 7
    rows = max(-(-len(units) // columns), 1)
    kind = "the detectors" if len(accepted) else "the best candidates (none was accepted)"
    figure = new_figure(0.95 + (7.1 / columns + 0.3) * rows, f"Feature visualizations of {kind}", settings)
    grid = list(figure.subplots(rows, columns, squeeze=False).flat)
    for axes, row in zip(grid, numbers.itertuples(), strict=False):
        show_unit(axes, pictures, row.unit, f"{settings['layer']} {row.unit}, {degrees(row.orientation_deg)}")
        glyph(axes, row.orientation_deg)
        axes.set_xlabel(_note(row.relative_activation, row.energy_ratio_db), fontsize=7, labelpad=2)
    for axes in grid[len(numbers) :]:
        axes.set_axis_off()
    figure.supxlabel(
        "Arrow: preferred orientation, towards the high frequencies. ×: response to the picture, as a multiple of the "
        "best to stimuli and\nphotographs. dB: energy of the picture's high frequencies on the arrow's side over that "
        "on the other side.",
        fontsize=7,
    )
    known = numbers["energy_ratio_db"].dropna()
    summary = {
        "detectors": len(accepted),
        "units": numbers["unit"].tolist(),
        "pictures": len(numbers),
        "failed_to_activate": numbers.loc[numbers["activated"] == 0, "unit"].tolist(),
        "median_relative_activation": float(numbers["relative_activation"].median()),
        "share_with_high_frequencies_on_the_preferred_side": float((known > 0).mean()) if len(known) else None,
        "median_energy_ratio_db": float(known.median()) if len(known) else None,
    }
    return Drawing(figure, numbers, summary)


def measured(units: pd.DataFrame, pictures: picture_file.Pictures, field: tuple[int, int]) -> pd.DataFrame:
    """Return what is known of each unit's picture: a row a unit that has one.

    Parameters
    ----------
    units : DataFrame
        Rows of the detectors table.
    pictures, field
        The pictures, and the pixels that their units see.
    """
    found = []
    for _, row in units.iterrows():
        unit, angle = int(row["unit"]), float(row["preferred_orientation_deg"])
        image = pictures.of(unit)
        if image is None:
            continue
        index = int(np.flatnonzero(pictures.units == unit)[0])
        high, low = local_energy.energy_on_sides(image, angle, field) if math.isfinite(angle) else (math.nan, math.nan)
        found.append(
            {
                "layer": pictures.layer,
                "unit": unit,
                "orientation_deg": angle,
                "activation": float(pictures.activation[index]),
                "relative_activation": float(pictures.relative_activation[index]),
                "activated": int(pictures.activated[index]),
                "energy_on_preferred_side": high,
                "energy_on_other_side": low,
                "energy_ratio_db": local_energy.decibels(high, low),
            }
        )
    return pd.DataFrame(found)


def glyph(axes: Axes, orientation_deg: float) -> None:
    """Draw an arrow towards the high-frequency side into the corner of a picture."""
    if math.isnan(orientation_deg):
        return
    corner = axes.inset_axes((0.79, 0.79, 0.2, 0.2))
    corner.add_patch(Circle((0.5, 0.5), 0.5, transform=corner.transAxes, color="white", alpha=0.85, lw=0))
    corner.set_axis_off()
    x, y = 0.4 * np.cos(np.deg2rad(orientation_deg)), -0.4 * np.sin(np.deg2rad(orientation_deg))
    style = {"arrowstyle": "-|>", "color": "black", "lw": 1.2, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 7}
    corner.annotate("", xy=(0.5 + x, 0.5 + y), xytext=(0.5 - x, 0.5 - y), xycoords="axes fraction", arrowprops=style)


def _note(relative: float, ratio: float) -> str:
    words = ["" if math.isnan(relative) else f"{relative:.1f}×", "" if math.isnan(ratio) else f"{ratio:+.1f} dB"]
    return ", ".join(word for word in words if word)
