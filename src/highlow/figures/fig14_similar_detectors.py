"""Figure 14: detectors in several networks, and the depth at which they are found."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.patches import Patch, Wedge

from highlow.circuits.selection import SHOWN
from highlow.circuits.universality import NO_FAILURE
from highlow.figures import networks_compared
from highlow.figures.drawing import HIGH_COLOR, LOW_COLOR, Drawing, bare, new_figure, styled
from highlow.figures.networks_compared import Compared
from highlow.figures.selection import degrees
from highlow.figures.unit_pictures import show_unit
from highlow.pictures import picture_file
from highlow.pictures.picture_file import Pictures
from highlow.reference import article

ROW_INCHES = 1.12
TEXT_COLUMNS, CURVE_COLUMNS = 2, 1.7  # widths in those of a picture


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw a row a network; `inputs` are `layers`, `detectors`, `shown` (TSV) and `pictures` (HDF5) `:<network>`."""
    networks = networks_compared.read(inputs)
    height = 1.5 + ROW_INCHES * len(networks)
    figure = new_figure(height, "Similar detectors in other networks, and their depth")
    grid = figure.add_gridspec(
        len(networks), SHOWN + 2, width_ratios=[TEXT_COLUMNS, *[1] * SHOWN, CURVE_COLUMNS], hspace=0.08
    )
    curves: list[Axes] = []
    for row, network in enumerate(networks):
        _describe(figure.add_subplot(grid[row, 0]), network, settings["titles"][network.name])
        pictures = picture_file.read(inputs[f"pictures:{network.name}"])
        _show_units(figure, grid, row, network, pictures)
        curves.append(figure.add_subplot(grid[row, -1], sharex=curves[0] if curves else None))
        _draw_depth(curves[-1], network, last=row == len(networks) - 1)
    curves[0].set_title("share of a convolution's\nunits, over depth", fontsize=7)
    handles, _ = curves[0].get_legend_handles_labels()
    sides = [
        Patch(color=color, label=f"{name}-frequency side") for color, name in ((HIGH_COLOR, "high"), (LOW_COLOR, "low"))
    ]
    figure.legend(handles=[*handles, *sides], loc="outside lower center", ncols=4, fontsize=7)
    if len(networks) == 1:
        figure.suptitle(f"Similar detectors, and their depth\n{networks_compared.ALONE}")
    numbers = pd.concat([_rows(network) for network in networks], ignore_index=True)
    return Drawing(figure, numbers, {network.name: _summary(network) for network in networks})


def _describe(axes: Axes, network: Compared, title: str) -> None:
    """Write a network's name, layer, depth and what was found."""
    bare(axes)
    peak = network.peak
    branch = "" if peak["branch"] == peak["layer"] else f", {peak['branch']} branch"
    verdict = f"{peak['detectors']:.0f} of {peak['units']:.0f} units accepted"
    if peak["failed"] != NO_FAILURE:
        verdict = f"no detector: {peak['failed']}\nbest candidates, not accepted"
    depth = f"block {peak['depth_index']} of {peak['blocks']} = {100 * peak['depth_share']:.0f} %"
    lines = [f"{_wrapped(peak['layer'], 22)}{branch}", depth, verdict]
    name = _wrapped(title, 26)
    axes.text(0, 1, name, fontsize=7.5, weight="bold", va="top", transform=axes.transAxes)
    below = "\n" * (name.count("\n") + 1) + "\n".join(lines)
    axes.text(0, 1, below, fontsize=7.5, va="top", transform=axes.transAxes, linespacing=1.3)


def _wrapped(text: str, width: int) -> str:
    """Break a title at spaces, so that lines have at most `width` characters where that is possible."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}".strip()
        if len(joined) <= width or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    return "\n".join(lines)


def _show_units(figure: Figure, grid: GridSpec, row: int, network: Compared, pictures: Pictures) -> None:
    """Draw the pictures of the units shown, each with its orientation as a disc: high frequency on one half."""
    for column, unit in network.shown.iterrows():
        axes = figure.add_subplot(grid[row, 1 + int(str(column))])
        angle = unit["preferred_orientation_deg"]
        show_unit(axes, pictures, int(unit["unit"]))
        axes.text(
            0.24, 1.11, f"{unit['unit']:.0f}: {degrees(angle)}", fontsize=6.5, va="center", transform=axes.transAxes
        )
        if unit["is_detector"] != 1:
            axes.set_xlabel("not accepted", fontsize=6, labelpad=1)
        if np.isfinite(angle):
            _orientation_disc(axes.inset_axes((0.0, 1.02, 0.18, 0.18)), float(angle))


def _orientation_disc(axes: Axes, angle: float) -> None:
    """Draw a disc whose high-frequency half lies towards an angle (clockwise, y down)."""
    bare(axes)
    axes.set(xlim=(-1.1, 1.1), ylim=(-1.1, 1.1), aspect="equal")
    for turn, color in ((0.0, HIGH_COLOR), (180.0, LOW_COLOR)):
        axes.add_patch(Wedge((0, 0), 1, -angle + turn - 90, -angle + turn + 90, color=color, linewidth=0))


def _draw_depth(axes: Axes, network: Compared, *, last: bool) -> None:
    """Draw which share of every convolution's units are candidates and detectors, over depth."""
    published = article()["universality"]
    low, high = published["depth_share"]
    axes.axvspan(100 * low, 100 * high, color="0.88", lw=0, label="the article's range of depth")
    layers = network.layers[network.layers["candidates"].notna() & network.layers["best_score"].notna()]
    depth = 100 * layers["depth_share"]
    for name, marker, color in (("candidates", "o", "0.6"), ("detectors", "D", HIGH_COLOR)):
        axes.plot(depth, 100 * layers[name] / layers["units"], marker, ms=3.5, color=color, label=name, clip_on=False)
    here = 100 * network.peak["detectors"] / network.peak["units"]
    axes.plot(100 * network.peak["depth_share"], here, "o", ms=9, mfc="none", color="black", label="layer shown")
    for item in published["depth"].values():
        axes.plot(100 * item["block"] / item["blocks"], 0, "|", color="black", ms=6, clip_on=False)
    axes.plot([], [], "|", color="black", ms=6, label="networks of the article")
    axes.set(xlim=(0, 100), ylim=(0, 1.2 * max(float((100 * layers["candidates"] / layers["units"]).max()), here, 1.0)))
    axes.yaxis.set_major_formatter("{x:g} %")
    axes.tick_params(labelsize=6.5, labelbottom=last)
    if last:
        axes.set_xlabel("depth (%)", fontsize=7)


def _rows(network: Compared) -> pd.DataFrame:
    """Return the layers that are drawn, then the units, a row each."""
    layers = network.layers.assign(network=network.name, drawn="layer")
    units = network.shown.assign(network=network.name, drawn="unit")
    columns = ["network", "drawn", "layer", "branch", "unit", "is_detector", "preferred_orientation_deg", "depth_share"]
    columns += ["units", "candidates", "detectors", "best_score", "is_peak"]
    return pd.concat([layers, units], ignore_index=True).reindex(columns=columns)


def _summary(network: Compared) -> dict[str, Any]:
    peak = network.peak
    keys = ("layer", "branch", "detectors", "units", "depth_share", "largest_gap_deg", "failed")
    return {key: peak[key].item() if hasattr(peak[key], "item") else peak[key] for key in keys} | {
        "shown": network.shown["unit"].tolist()
    }
