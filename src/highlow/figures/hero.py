"""The overview: what a few detectors like, what they answer, and how they are wired."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.projections.polar import PolarAxes
from numpy.typing import NDArray

from highlow.circuits import detection, factor_file
from highlow.figures.drawing import (
    HIGH_COLOR,
    WEIGHT_COLORS,
    Drawing,
    bare,
    label,
    new_figure,
    orientation_arrow,
    show_tile,
    styled,
)
from highlow.figures.selection import degrees, shown_units, unit_label
from highlow.figures.unit_pictures import show_unit
from highlow.pictures import picture_file
from highlow.probes import preview_file, tuning
from highlow.probes.circular import angle_between, spanning
from highlow.storage import table_files

ROWS = 4
RATIO_OF_STIMULUS = 3.5  # both sides are plainly visible there
# Three groups of columns, and a narrow one before the second and the third for the arrow that leads to it.
COLUMN_WIDTHS = (1, 1, 0.28, 1, 0.28, 1, 1)
PICTURE, STIMULUS, FIRST_ARROW, CURVE, SECOND_ARROW, HIGH, LOW = range(7)


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw a row a detector, from its picture to its weights.

    `inputs` are `detectors` and `tuning` (TSV), `factors:<source>` (HDF5), of which the first is drawn, `stimuli` and
    `pictures` (HDF5).
    """
    units = shown_units(table_files.read(inputs["detectors"], detection.COLUMNS), settings["branch"], settings["units"])
    units = units.iloc[spanning(units["preferred_orientation_deg"].to_numpy(), ROWS)]
    source, path = next((role.split(":")[1], path) for role, path in inputs.items() if role.startswith("factors:"))
    maps = factor_file.read(path).maps(units["unit"].to_numpy())
    largest = float(np.abs(maps).max())
    curves = _curves(inputs["tuning"], settings["pattern_size"])
    pictures = picture_file.read(inputs["pictures"])
    figure = new_figure(1.3 + 1.24 * len(units), "High-low frequency detectors, from picture to circuit", settings)
    figure.set_layout_engine("constrained", w_pad=0.02, h_pad=0.03, wspace=0.02, hspace=0.02)
    grid = figure.add_gridspec(len(units), len(COLUMN_WIDTHS), width_ratios=COLUMN_WIDTHS)
    drawn = []
    panels = [_panels(figure, grid, row) for row in range(len(units))]
    for row, (_, unit) in enumerate(units.iterrows()):
        angle, curve = unit["preferred_orientation_deg"], curves.loc[int(unit["unit"])]
        axes = panels[row]
        show_unit(axes[PICTURE], pictures, int(unit["unit"]))
        axes[PICTURE].set_ylabel(unit_label(settings["layer"], unit).replace(" (", "\n("), fontsize=7)
        _show_stimulus(axes[STIMULUS], inputs["stimuli"], angle)
        _show_curve(axes[CURVE], curve, angle)
        for column, weights in ((HIGH, maps[row, 0]), (LOW, maps[row, 1])):
            image = axes[column].imshow(weights, cmap=WEIGHT_COLORS, vmin=-largest, vmax=largest)
            bare(axes[column])
        if np.isfinite(angle):
            orientation_arrow(axes[HIGH], angle, "black")
        drawn += [_curve_rows(unit, curve), _map_rows(unit, maps[row])]
    _head(panels[0], source)
    bar = figure.colorbar(image, ax=figure.axes, location="bottom", shrink=0.36, aspect=30, anchor=(1.0, 0.5), pad=0.01)
    bar.ax.tick_params(labelsize=6)
    bar.set_label("weight (red excites, blue inhibits)", fontsize=7)
    return Drawing(figure, pd.concat(drawn, ignore_index=True), {"units": units["unit"].tolist()})


def _curves(path: str, pattern_size: float) -> pd.DataFrame:
    """Return the response of each unit over orientation, mean over the ratios that count: (unit, orientation)."""
    table = table_files.read(path, ("unit", "orientation_deg", "ratio", "response"))
    ratios = np.sort(table["ratio"].unique())
    used = table[table["ratio"].isin(ratios[tuning.used_ratios(ratios, pattern_size)])]
    return used.groupby(["unit", "orientation_deg"])["response"].mean().unstack()


def _panels(figure: Figure, grid: GridSpec, row: int) -> dict[int, Any]:
    """Return the axes of a row by column, with the arrows that lead from group to group drawn."""
    panels: dict[int, Any] = {}
    for column in range(grid.ncols):
        projection = "polar" if column == CURVE else None
        panels[column] = figure.add_subplot(grid[row, column], projection=projection)
    for column in (FIRST_ARROW, SECOND_ARROW):
        panels[column].set_axis_off()
        arrow = {"arrowstyle": "-|>", "color": "#777777", "lw": 1.2}
        panels[column].annotate("", xy=(1, 0.5), xytext=(0, 0.5), xycoords="axes fraction", arrowprops=arrow)
    return panels


def _head(first_row: Mapping[int, Axes], source: str) -> None:
    """Write above the first row what each column shows."""
    for column, (heading, title) in {
        PICTURE: ("What it likes", "optimized picture"),
        STIMULUS: ("", "nearest stimulus"),
        CURVE: ("What it answers", "response by direction"),
        HIGH: ("How it is wired", f"HF factor, {label(source)}"),
        LOW: ("", f"LF factor, {label(source)}"),
    }.items():
        first_row[column].set_title(title, fontsize=7, pad=4)
        first_row[column].annotate(
            heading,
            xy=(0, 1),
            xycoords="axes fraction",
            xytext=(0, 18),
            textcoords="offset points",
            fontsize=9,
            weight="bold",
            annotation_clip=False,
        )


def _show_stimulus(axes: Axes, path: str, angle: float) -> None:
    """Draw the stimulus of the preview sheet whose direction is nearest; a silent unit prefers none."""
    if not np.isfinite(angle):
        show_tile(axes, np.full((2, 2), 230), "none preferred")
        return
    sheet, ratios, orientations = preview_file.read(path)
    row = int(np.abs(ratios - RATIO_OF_STIMULUS).argmin())
    column = int(np.abs(angle_between(orientations, np.array(angle))).argmin())
    show_tile(axes, sheet[row, column], "")


def _show_curve(axes: PolarAxes, curve: pd.Series, angle: float) -> None:
    """Draw a response over direction around a circle, clockwise from the right as in the pictures."""
    axes.set_theta_direction(-1)
    theta, response = np.deg2rad(curve.index.to_numpy()), curve.to_numpy()
    largest = max(float(response.max()), 1e-6)
    axes.fill(theta, response, color=HIGH_COLOR, alpha=0.3, lw=0)
    axes.plot(theta, response, color=HIGH_COLOR, lw=1.2)
    if np.isfinite(angle):
        axes.plot(np.deg2rad([angle, angle]), [0, largest], color="black", lw=1)
    axes.set_ylim(0, largest * 1.05)
    axes.set_yticks([])
    axes.set_xticks(np.deg2rad([0, 90, 180, 270]), [])
    axes.text(0.02, 0.98, degrees(angle), transform=axes.transAxes, va="top", fontsize=7)
    axes.grid(color="#cccccc", lw=0.5)
    axes.spines["polar"].set_color("#cccccc")


def _curve_rows(unit: pd.Series, curve: pd.Series) -> pd.DataFrame:
    values = {"shown": "response", "orientation_deg": curve.index, "value": curve.to_numpy()}
    return pd.DataFrame({"unit": int(unit["unit"]), **values})


def _map_rows(unit: pd.Series, maps: NDArray[np.floating]) -> pd.DataFrame:
    factor, y, x = (axis.ravel() for axis in np.indices(maps.shape))
    shown = np.array(["HF", "LF"])[factor]
    return pd.DataFrame({"unit": int(unit["unit"]), "shown": shown, "y": y, "x": x, "value": maps.ravel()})
