"""One sheet a unit: what it likes, what it answers, and what excites and inhibits it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from highlow.circuits.detection import LARGEST_CONTRAST_EDGE_RESPONSE, MINIMUM_SCORE
from highlow.figures.control_stimuli import CONTROLS
from highlow.figures.detection_summary import PARTS
from highlow.figures.drawing import (
    HIGH_COLOR,
    LOW_COLOR,
    Drawing,
    bare,
    new_figure,
    orientation_arrow,
    show_response,
    styled,
)
from highlow.figures.selection import degrees
from highlow.figures.weight_maps import show_weights, weight_bar, weight_norm
from highlow.networks import pattern_size
from highlow.probes import tuning

INPUTS = 12  # strongest channels that are shown
OTHER_COLOR = "#8c8c8c"


@dataclass(frozen=True)
class Sheet:
    """What is known of a unit.

    Attributes
    ----------
    unit : Series
        Its row of a detectors table.
    tuning : DataFrame
        Its rows of a tuning table.
    picture : ndarray
        What it responds to most, (y, x, rgb) from 0 to 1.
    weights : ndarray
        From the channels of `source`, (channel, y, x).
    source : str
        The earlier layer.
    verdict : str
        In words.
    pattern_size : float
        Of the stimuli, pixels.
    """

    unit: pd.Series
    tuning: pd.DataFrame
    picture: NDArray[np.floating]
    weights: NDArray[np.floating]
    source: str
    verdict: str
    pattern_size: float


def strongest(weights: NDArray[np.floating], count: int = INPUTS) -> NDArray[np.intp]:
    """Return the channels with the largest weights by Euclidean norm, largest first; `weights` is (channel, y, x)."""
    norms = np.sqrt((weights**2).sum(axis=(1, 2)))
    return np.argsort(-norms, kind="stable")[:count]


@styled
def draw(sheet: Sheet, settings: Mapping[str, Any]) -> Drawing:
    """Draw a sheet; `settings` are `title` and `layer`."""
    unit = sheet.unit
    figure = new_figure(8.6, f"Unit {int(unit['unit'])}: {sheet.verdict}", settings)
    rows: Any = figure.subfigures(3, 1, height_ratios=(1.15, 1, 1.4))
    top, middle, bottom = rows
    picture, surface, curve = top.subplots(1, 3, width_ratios=(0.9, 1.25, 1.25))
    picture.imshow(sheet.picture, interpolation="nearest")
    bare(picture)
    picture.set_title("what it likes most", fontsize=8)
    response = sheet.tuning.pivot(index="ratio", columns="orientation_deg", values="response")
    _draw_surface(top, surface, response, sheet.pattern_size)
    _draw_curve(curve, response, unit, sheet.pattern_size)
    controls, parts = middle.subplots(1, 2)
    _draw_controls(controls, unit)
    _draw_parts(parts, unit)
    _draw_inputs(bottom, sheet)
    numbers = sheet.tuning[["layer", "unit", "orientation_deg", "ratio", "response"]]
    return Drawing(figure, numbers, {"unit": int(unit["unit"]), "verdict": sheet.verdict})


def _draw_surface(figure: Any, axes: Axes, response: pd.DataFrame, size: float) -> None:
    """Draw the responses over orientation and ratio."""
    ratios = response.index.to_numpy()
    image = show_response(axes, response.columns.to_numpy(), ratios, response.to_numpy())
    figure.colorbar(image, ax=axes, pad=0.01, aspect=16, label="response").ax.tick_params(labelsize=6)
    axes.set_yscale("log")
    axes.set_yticks([1, 2.5, 5, 10], ["1", "2.5", "5", "10"])
    axes.minorticks_off()
    axes.set_ylabel("ratio ρ")
    axes.axhline(pattern_size.SMALLEST_RATIO, color="white", lw=0.7, ls="--")
    limit = pattern_size.largest_ratio(size)
    if limit < ratios.max():
        axes.axhspan(limit, ratios.max(), facecolor="none", edgecolor="white", hatch="////", lw=0)
    _label_orientations(axes)
    axes.set_title("tuning (below dashes and hatched:\nnot in the curve)", fontsize=8)


def _draw_curve(axes: Axes, response: pd.DataFrame, unit: pd.Series, size: float) -> None:
    """Draw the mean response over the ratios that count."""
    used = tuning.used_ratios(response.index.to_numpy(), size)
    curve = response.to_numpy()[used].mean(axis=0)
    axes.plot(response.columns.to_numpy(), curve, color="black", lw=1.2)
    preferred = unit["preferred_orientation_deg"]
    if np.isfinite(preferred):
        axes.axvline(preferred, color=HIGH_COLOR, lw=1, ls="--")
    if np.isfinite(unit["weight_orientation_deg"]):
        axes.axvline(unit["weight_orientation_deg"] % 360, color=LOW_COLOR, lw=1, ls=":")
    axes.set_ylim(0, max(curve.max() * 1.1, 1e-6))
    axes.set_ylabel("response")
    _label_orientations(axes)
    by_weights = f"weights {degrees(unit['weight_orientation_deg'] % 360)} (dotted), "
    shown = by_weights if np.isfinite(unit["weight_orientation_deg"]) else ""
    axes.set_title(f"prefers {degrees(preferred)} (dashed)\n{shown}width {degrees(unit['width_deg'])}", fontsize=8)


def _label_orientations(axes: Axes) -> None:
    axes.set_xlim(0, 360)
    axes.set_xticks(np.arange(0, 361, 90))
    axes.set_xlabel("orientation of the high-frequency side (°)", fontsize=7)


def _draw_controls(axes: Axes, unit: pd.Series) -> None:
    """Draw the response to each control, relative to the peak."""
    values = [unit[column] for _, column, _ in CONTROLS]
    _draw_bars(axes, [title for _, _, title in CONTROLS], values, OTHER_COLOR)
    axes.axvline(LARGEST_CONTRAST_EDGE_RESPONSE, color="black", lw=0.8, ls="--")
    axes.set_xlim(0, max(1.25, 1.2 * np.nanmax([*values, 0])))
    axes.set_xlabel(f"share of the peak response, {unit['peak_response']:.3g}", fontsize=7)
    axes.set_title("responses to controls (dashed: the peak itself)", fontsize=8)


def _draw_parts(axes: Axes, unit: pd.Series) -> None:
    """Draw the parts of the score."""
    _draw_bars(axes, [title.replace("\n", " ") for title in PARTS.values()], [unit[part] for part in PARTS], HIGH_COLOR)
    axes.axvline(unit["score"], color="black", lw=0.8, ls="--")
    axes.set_xlim(0, 1)
    axes.set_xlabel(f"0 to 1; a detector scores {MINIMUM_SCORE:g} or more", fontsize=7)
    axes.set_title(f"parts of the score {unit['score']:.2f} (dashed)", fontsize=8)


def _draw_bars(axes: Axes, titles: list[str], values: list[float], color: str) -> None:
    axes.barh(range(len(titles)), np.nan_to_num(values), color=color, height=0.6)
    shown = [f"{value:.2f}" if np.isfinite(value) else "never" for value in values]
    names = [f"{title}  {text}" for title, text in zip(titles, shown, strict=True)]
    axes.set_yticks(range(len(titles)), names, fontsize=7)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)


def _draw_inputs(figure: Any, sheet: Sheet) -> None:
    """Draw the weights from the strongest channels on one scale, with the direction that the unit prefers."""
    chosen = strongest(sheet.weights)
    norm = weight_norm(sheet.weights[chosen])
    panels = figure.subplots(2, INPUTS // 2, squeeze=False)
    image = None
    for axes, channel in zip(panels.flat, chosen, strict=False):
        image = show_weights(axes, sheet.weights[channel], norm, f"{sheet.source} {channel}")
    for axes in panels.flat[len(chosen) :]:
        axes.set_axis_off()
    if np.isfinite(sheet.unit["preferred_orientation_deg"]):
        orientation_arrow(panels.flat[0], sheet.unit["preferred_orientation_deg"], "black")
    weight_bar(figure, image, list(panels.flat), location="right", aspect=24, pad=0.01)
    figure.suptitle(f"strongest inputs from {sheet.source} (arrow: preferred direction)", fontsize=8)
