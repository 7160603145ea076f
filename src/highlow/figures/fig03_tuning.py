"""Figure 3: responses of six detectors over orientation and frequency ratio."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from highlow.circuits import detection
from highlow.figures.drawing import HIGH_COLOR, Drawing, new_figure, show_response, styled
from highlow.figures.selection import degrees, shown_units, unit_label
from highlow.figures.unit_pictures import show_unit
from highlow.networks import pattern_size
from highlow.pictures import picture_file
from highlow.probes import tuning
from highlow.storage import table_files


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw a picture, a map and a curve a unit; `inputs` are `detectors`, `tuning` (TSV) and `pictures` (HDF5)."""
    units = shown_units(table_files.read(inputs["detectors"], detection.COLUMNS), settings["branch"], settings["units"])
    table = table_files.read(inputs["tuning"], ("unit", "orientation_deg", "ratio", "response"))
    count = len(units)
    figure = new_figure(1.0 + 1.25 * count, "Responses over orientation and frequency ratio", settings)
    grid = figure.subplots(count, 3, squeeze=False, width_ratios=(0.42, 1, 1))
    pictures = picture_file.read(inputs["pictures"])
    drawn = []
    drawn_on: dict[str, Axes] = {}
    for (picture, left, right), (_, unit) in zip(grid, units.iterrows(), strict=True):
        show_unit(picture, pictures, int(unit["unit"]))
        chosen = table[table["unit"] == unit["unit"]]
        response = chosen.pivot(index="ratio", columns="orientation_deg", values="response")
        ratios, orientations = response.index.to_numpy(), response.columns.to_numpy()
        used = tuning.used_ratios(ratios, settings["pattern_size"])
        image = show_response(left, orientations, ratios, response.to_numpy())
        figure.colorbar(image, ax=left, pad=0.01, aspect=12, label="response")
        left.set_yscale("log")
        left.set_yticks([1, 2.5, 5, 10], ["1", "2.5", "5", "10"])
        left.minorticks_off()
        left.set_ylabel("ratio ρ")
        left.set_title(unit_label(settings["layer"], unit), loc="left")
        left.axhline(pattern_size.SMALLEST_RATIO, color="white", lw=0.7, ls="--")
        limit = pattern_size.largest_ratio(settings["pattern_size"])
        if limit < ratios.max():
            left.axhspan(limit, ratios.max(), facecolor="none", edgecolor="white", hatch="////", lw=0)
        curve = response.to_numpy()[used].mean(axis=0)
        right.plot(orientations, curve, color="black", lw=1.2)
        preferred = unit["preferred_orientation_deg"]
        right.axvline(preferred, color=HIGH_COLOR, lw=1, ls="--")
        low, high = unit["preferred_interval_low_deg"], unit["preferred_interval_high_deg"]
        for turn in (-360, 0, 360):  # the interval may cross 0 degrees
            right.axvspan(preferred + low + turn, preferred + high + turn, color=HIGH_COLOR, alpha=0.25, lw=0)
        right.set_ylim(0, max(curve.max() * 1.1, 1e-6))
        right.set_ylabel("response")
        right.set_title(
            f"preferred {degrees(preferred)}, width {degrees(unit['width_deg'])}, "
            f"selectivity {unit['direction_selectivity']:.2f}",
            loc="right",
        )
        drawn.append(chosen)
        drawn_on |= {f"map:{int(unit['unit'])}": left, f"curve:{int(unit['unit'])}": right}
    for axes in grid[:, 1:].flat:
        axes.set_xlim(0, 360)
        axes.set_xticks(np.arange(0, 361, 60), [])
    for axes in grid[-1, 1:]:
        axes.set_xticks(np.arange(0, 361, 60), np.arange(0, 361, 60))
        axes.set_xlabel("orientation of the high-frequency side (°)")
    figure.supxlabel(
        "Mean over phases. Left, dashed: smallest ratio that enters the curve; hatched: the high frequency aliases.\n"
        "Right, dashed: circular mean; band: its 95 % interval over phases.",
        fontsize=7,
    )
    directions = units["preferred_orientation_deg"]
    ends = [units[f"preferred_interval_{end}_deg"] for end in ("low", "high")]
    interval = np.stack([directions, *(np.mod(directions + end, 360) for end in ends)], axis=1)
    columns = ("unit", "preferred_orientation_deg", "width_deg", "direction_selectivity")
    summary = {"units" if column == "unit" else column: units[column].tolist() for column in columns}
    summary["preferred_interval_deg"] = interval.tolist()
    return Drawing(figure, pd.concat(drawn, ignore_index=True), summary, drawn_on)
