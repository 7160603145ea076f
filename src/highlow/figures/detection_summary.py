"""What `highlow detect` found in a layer: every unit by direction and score, and the parts of the best scores."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.projections.polar import PolarAxes

from highlow.circuits.detection import MINIMUM_SCORE
from highlow.figures.drawing import HIGH_COLOR, RESPONSE_COLORS, Drawing, new_figure, styled
from highlow.figures.selection import degrees

ROWS = 20
OTHER_COLOR = "#8c8c8c"
PARTS = {
    "selective": "prefers one\ndirection",
    "polar": "silent at the\nopposite",
    "control_free": "silent to\ncontrols",
    "consistent": "same without\nluminance",
    "strong": "strong in\nthis layer",
}


@styled
def draw(table: pd.DataFrame, settings: Mapping[str, Any]) -> Drawing:
    """Draw a map of all units and the parts of the best scores.

    Parameters
    ----------
    table : DataFrame
        As `tables/detectors.tsv`, best first.
    settings : mapping
        `title` and `layer`.
    """
    best = table.head(ROWS)
    figure = new_figure(1.6 + max(0.17 * len(best), 2.2), "High-low frequency detectors", settings)
    parts: Any = figure.subfigures(1, 2, width_ratios=(1, 1.25))
    left, right = parts
    circle: Any = left.add_subplot(projection="polar")
    _draw_circle(circle, table)
    _draw_parts(right, right.subplots(), best)
    found = table[table["is_detector"] == 1]
    columns = ["layer", "unit", "branch", "is_detector", "score", "preferred_orientation_deg", *PARTS]
    return Drawing(figure, table[columns], {"detectors": found["unit"].tolist()})


def _draw_circle(axes: PolarAxes, table: pd.DataFrame) -> None:
    """Draw every unit: its preferred direction, clockwise from the right as in pictures, and its score as radius."""
    axes.set_theta_direction(-1)
    theta, score = np.deg2rad(table["preferred_orientation_deg"].to_numpy()), table["score"].to_numpy()
    accepted = table["is_detector"].to_numpy() == 1
    axes.scatter(theta[~accepted], score[~accepted], s=7, color=OTHER_COLOR, alpha=0.6, lw=0, label="other units")
    axes.scatter(theta[accepted], score[accepted], s=22, color=HIGH_COLOR, marker="D", lw=0, label="detectors")
    axes.plot(np.linspace(0, 2 * np.pi, 361), np.full(361, MINIMUM_SCORE), color="black", lw=0.7, ls="--")
    axes.set_ylim(0, 1)
    axes.set_yticks([0.5, 1], ["0.5", "1"], fontsize=6, color="0.4")
    axes.set_xticks(np.deg2rad([0, 90, 180, 270]), ["0°", "90°", "180°", "270°"])
    axes.set_rlabel_position(45)
    axes.grid(color="0.85", lw=0.5)
    axes.spines["polar"].set_color("0.8")
    axes.set_title("every unit: direction and score\n(dashed: least score of a detector)", fontsize=8)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=2, fontsize=7)


def _draw_parts(figure: Any, axes: Axes, best: pd.DataFrame) -> None:
    """Draw the parts of the best units' scores as a map with their values."""
    values = best[list(PARTS)].to_numpy()
    image = axes.imshow(values, cmap=RESPONSE_COLORS, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
    for row, column in np.ndindex(values.shape):
        color = "black" if values[row, column] > 0.6 else "white"
        axes.text(column, row, f"{values[row, column]:.2f}", ha="center", va="center", fontsize=6, color=color)
    axes.set_xticks(range(len(PARTS)), list(PARTS.values()), fontsize=6)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    labels = [_row_label(unit) for _, unit in best.iterrows()]
    axes.set_yticks(range(len(best)), labels, fontsize=7)
    for text, accepted in zip(axes.get_yticklabels(), best["is_detector"], strict=True):
        text.set_color(HIGH_COLOR if accepted else "0.35")
    axes.spines[:].set_visible(False)
    axes.set_xlabel(f"the best {len(best)} units: number, direction, score (detectors coloured)", fontsize=7)
    figure.colorbar(image, ax=axes, location="right", aspect=30, pad=0.02, shrink=0.6).ax.tick_params(labelsize=6)


def _row_label(unit: pd.Series) -> str:
    return f"{int(unit['unit'])}  {degrees(unit['preferred_orientation_deg'])}  {unit['score']:.2f}"
