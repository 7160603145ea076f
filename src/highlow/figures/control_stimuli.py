"""Control stimuli, which are no boundary between two frequencies, and how strongly every unit answers them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from highlow.circuits import detection
from highlow.circuits.detection import LARGEST_CONTRAST_EDGE_RESPONSE
from highlow.figures.drawing import HIGH_COLOR, Drawing, bare, new_figure, styled
from highlow.probes import preview_file
from highlow.storage import table_files

# Family whose picture is shown, the column of the detectors table, and a title.
CONTROLS = (
    ("uniform_plaid", "uniform_response", "uniform texture"),
    ("grating", "grating_response", "grating"),
    ("luminance_edge", "luminance_edge_response", "luminance edge"),
    ("colour_edge", "colour_edge_response", "colour edge"),
    ("contrast_edge", "contrast_edge_response", "contrast edge"),
)
LARGEST_SHOWN = 2.0
OTHER_COLOR = "#8c8c8c"


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw a picture of each control above every unit's response to it; inputs: `detectors`, and families by name."""
    table = table_files.read(inputs["detectors"], (*detection.COLUMNS, *(column for _, column, _ in CONTROLS)))
    figure = new_figure(4.2, "Responses to control stimuli", settings)
    pictures, plots = figure.subplots(2, len(CONTROLS), height_ratios=(1, 2.2))
    # Units spread sideways for legibility only, always alike.
    spread = np.random.default_rng(0).uniform(-0.4, 0.4, len(table))
    for axes, (family, _, title) in zip(pictures, CONTROLS, strict=True):
        axes.imshow(_picture(inputs[family]), vmin=0, vmax=255, cmap="gray", interpolation="nearest")
        bare(axes)
        axes.set_title(title)
    for axes, (_, column, _) in zip(plots, CONTROLS, strict=True):
        _plot(axes, table["is_detector"].to_numpy() == 1, table[column].to_numpy(), spread)
        axes.sharey(plots[0])
    for axes in plots[1:]:
        axes.tick_params(labelleft=False)
    plots[0].set_ylabel("response / peak over high-low stimuli")
    plots[-1].axhline(LARGEST_CONTRAST_EDGE_RESPONSE, color="black", lw=0.8, ls="--", label="limit of the rule")
    handles = dict(zip(*reversed(plots[-1].get_legend_handles_labels()), strict=True))
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3)
    columns = [column for _, column, _ in CONTROLS]
    found = table[table["is_detector"] == 1]
    summary = {
        f"{name}_of_detectors": {column: float(found[column].agg(measure)) for column in columns}
        for name, measure in (("median", "median"), ("largest", "max"))
    }
    return Drawing(figure, table[["layer", "unit", "branch", "is_detector", *columns]], summary)


def _picture(path: str) -> NDArray[np.uint8]:
    """Return one stimulus of a family, (y, x) or (y, x, channel)."""
    sheet = preview_file.read(path).sheet
    tile: NDArray[np.uint8] = sheet[len(sheet) // 3, 0]
    return np.moveaxis(tile, 0, -1) if tile.ndim == 3 else tile


def _plot(axes: Axes, accepted: NDArray[np.bool_], values: NDArray[np.floating], spread: NDArray[np.floating]) -> None:
    shown = np.minimum(values, LARGEST_SHOWN)
    axes.scatter(spread[~accepted], shown[~accepted], s=5, color=OTHER_COLOR, alpha=0.5, lw=0, label="other units")
    axes.scatter(spread[accepted], shown[accepted], s=16, color=HIGH_COLOR, marker="D", lw=0, label="detectors")
    axes.set_xlim(-0.6, 0.6)
    axes.set_xticks([])
    axes.set_ylim(-0.05, LARGEST_SHOWN + 0.08)
    axes.set_yticks([0, 0.5, 1, 1.5, LARGEST_SHOWN], ["0", "0.5", "1", "1.5", f"≥ {LARGEST_SHOWN:g}"])
