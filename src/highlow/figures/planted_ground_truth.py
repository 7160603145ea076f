"""The planted network beside what was found in it: first-layer filters by role, and orientations of the detectors."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import SubFigure
from matplotlib.projections.polar import PolarAxes
from numpy.typing import NDArray

from highlow.figures.drawing import HIGH_COLOR, LOW_COLOR, Drawing, bare, new_figure, styled
from highlow.storage import hdf5_fields, table_files

COLUMNS = 8


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw both; `inputs` are `weights` (HDF5), `ground_truth` and `detectors` (TSV)."""
    truth = table_files.read(inputs["ground_truth"], ("unit", "layer", "role", "orientation_deg"))
    found = table_files.read(inputs["detectors"], ("unit", "is_detector"))
    with hdf5_fields.opened(inputs["weights"]) as fields:
        filters = fields.fields("conv2d0").array("weight", ("out", 3, "y", "x"))
    figure = new_figure(4.2, "What was planted, and what was found", settings)
    left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=(1.1, 1))[0]
    first = truth[truth["layer"] == "conv2d0"].sort_values(["role", "unit"])
    _draw_filters(left, filters, first)
    accepted = found[found["is_detector"] == 1]
    planted = truth[(truth["role"] == "detector") & (truth["layer"] == settings["layer"])]
    numbers = _draw_orientations(right, planted, accepted)
    hit = planted["unit"].isin(accepted["unit"]).sum()
    counts = {"planted": len(planted), "found": int(hit), "missed": int(len(planted) - hit)}
    return Drawing(figure, numbers, counts | {"not_planted": int(len(accepted) - hit)})


def _draw_filters(section: SubFigure, filters: NDArray[np.floating], first: pd.DataFrame) -> None:
    section.suptitle("conv2d0 filters by role (contrast stretched)", fontsize=8)
    for axes, (_, row) in zip(section.subplots(-(-len(first) // COLUMNS), COLUMNS).flat, first.iterrows(), strict=True):
        picture = filters[int(row["unit"])].transpose(1, 2, 0)
        axes.imshow(0.5 + 0.5 * picture / np.abs(picture).max(), interpolation="nearest")
        bare(axes)
        axes.set_title(row["role"].replace("_", " "), fontsize=4.5, pad=1)


def _draw_orientations(section: SubFigure, planted: pd.DataFrame, accepted: pd.DataFrame) -> pd.DataFrame:
    """Draw planted and found orientations on a circle; return them a row a unit, empty where one is missing."""
    section.suptitle("orientations of the detectors (high-frequency side)", fontsize=8)
    axes = section.add_subplot(projection="polar")
    assert isinstance(axes, PolarAxes)
    axes.set_theta_direction(-1)  # clockwise, as in image coordinates
    axes.set_yticks([])
    merged = planted[["unit", "orientation_deg"]].merge(accepted, on="unit", how="outer")
    table = merged[["unit", "orientation_deg", "weight_orientation_deg", "preferred_orientation_deg"]]
    table.columns = pd.Index(["unit", "planted_deg", "found_deg", "preferred_deg"])
    planted_radians = np.deg2rad(table["planted_deg"])
    axes.vlines(planted_radians, 0, 1, color="0.6", lw=2, label="planted")
    axes.scatter(np.deg2rad(table["found_deg"]), np.full(len(table), 0.8), s=22, color=HIGH_COLOR, label="weights")
    preferred = np.deg2rad(table["preferred_deg"])
    axes.scatter(preferred, np.full(len(table), 0.6), s=22, color=LOW_COLOR, marker="^", label="responses")
    for radians, unit in zip(planted_radians, table["unit"], strict=True):
        axes.annotate(str(int(unit)), (radians, 1.08), fontsize=6, ha="center", va="center", annotation_clip=False)
    axes.set_ylim(0, 1)
    axes.tick_params(axis="x", pad=10)
    section.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return table
