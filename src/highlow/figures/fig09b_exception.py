"""The exception: a channel with spatial structure of its own that contributes to a detector through a factor."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from highlow.circuits import factor_file, upstream_roles
from highlow.circuits.own_structure import EDGES, FACTORS, TEXTURES, edge_curves, texture_peak
from highlow.figures import upstream_units
from highlow.figures.drawing import HIGH_COLOR, LOW_COLOR, Drawing, bare, label, new_figure, styled
from highlow.figures.unit_pictures import show_unit
from highlow.figures.weight_maps import show_weights, weight_bar, weight_norm
from highlow.pictures import picture_file
from highlow.probes import response_file

FOUND = "The exception: a channel with spatial structure of its own"
NONE_FOUND = "No channel qualifies as an exception; this one comes nearest"


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw the channel, its responses to edges, its weights beside what the factor makes of them, and the detector.

    `inputs` are those of figure 4, `factors` of the nearest source layer (HDF5), and the responses of its channels to
    edges and textures (HDF5), by family.
    """
    rows = upstream_units.shown(inputs["roles"], "fig09b_exception")
    channel = rows[rows["role"] == "channel"].iloc[0]
    index, unit, factor = int(channel["unit"]), int(channel["target_unit"]), FACTORS.index(channel["factor"])
    detectors = upstream_units.detector_rows(inputs["detectors"], [unit])
    weights = upstream_units.weights_to(inputs["expanded_weights"], settings["branch"], unit)
    fit = factor_file.read(inputs["factors"])
    coefficient = fit.factors.channel[factor, index]
    expected = coefficient * fit.maps(np.array([unit]))[0, factor]
    qualifies = channel["qualifies"] == 1
    figure = new_figure(2.9, FOUND if qualifies else NONE_FOUND, settings)
    grid = figure.subplots(1, 5, width_ratios=(1, 1.2, 1, 1, 1))
    name = f"{label(channel['layer'])} {index}"
    show_unit(grid[0], picture_file.read(inputs["source_pictures"]), index, name)
    grid[0].set_xlabel(f"structure of its own {channel['structure']:.2f}", fontsize=7)
    angles, curve, texture = _responses(inputs, str(channel["edge"]), index)
    _draw_responses(grid[1], angles, curve, texture, str(channel["edge"]))
    norm = weight_norm([weights[index], expected])
    image = show_weights(grid[2], weights[index], norm, f"weights of {index}\nto {settings['layer']} {unit}")
    grid[2].set_xlabel(f"no. {int(channel['weight_rank'])} of {len(weights)} by norm", fontsize=7)
    show_weights(grid[3], expected, norm, f"{coefficient:.2f} × {channel['factor']} map\nof {settings['layer']} {unit}")
    grid[3].title.set_color((HIGH_COLOR, LOW_COLOR)[factor])
    grid[3].set_xlabel(f"cosine {channel['map_cosine']:.2f}", fontsize=7)
    upstream_units.show_detector(grid[4], picture_file.read(inputs["pictures"]), settings["layer"], detectors.iloc[0])
    grid[4].set_xlabel("arrow: high-frequency side", fontsize=7)
    weight_bar(figure, image, [grid[2], grid[3]], location="bottom", shrink=0.9, aspect=30)
    upstream_units.say_if_not_accepted(figure, detectors)
    drawn = [
        upstream_units.map_rows(values, map=what, channel=index, unit=unit, factor=channel["factor"])
        for what, values in (("weights", weights[index]), ("coefficient * factor", expected))
    ]
    summary = {"channel": index, "unit": unit, "edge": str(channel["edge"])}
    summary["layer_of_channels"] = str(channel["layer"])
    summary |= {"factor": channel["factor"], "coefficient": float(coefficient)}
    return Drawing(
        figure, pd.concat(drawn), summary | {name: float(channel[name]) for name in upstream_roles.EXCEPTION_COLUMNS}
    )


def _responses(inputs: Mapping[str, str], edge: str, channel: int) -> tuple[NDArray[Any], NDArray[Any], float]:
    """Return orientations (degrees), the channel's responses to a kind of edge there, and its largest to a texture."""
    responses = {family: response_file.read(inputs[family])[:2] for family in (*EDGES, *TEXTURES)}
    curve, angles = edge_curves(responses)[edge]
    return angles, curve[:, channel], float(texture_peak(responses)[channel])


def _draw_responses(axes: Axes, angles: NDArray[Any], curve: NDArray[Any], texture: float, edge: str) -> None:
    """Draw responses around the circle, clockwise as in the image, with the largest response to a texture."""
    largest = max(float(curve.max()), texture, 1e-6)
    circle = np.linspace(0, 2 * np.pi, 181)
    closed = np.deg2rad(np.append(angles, angles[0]))
    around = np.append(curve, curve[0]) / largest
    axes.plot(np.cos(circle), np.sin(circle), color="0.85", lw=0.8)
    axes.plot(around * np.cos(closed), around * np.sin(closed), color="black", lw=1.2, label=edge)
    share = texture / largest
    axes.plot(share * np.cos(circle), share * np.sin(circle), color="0.5", lw=1, ls="--", label="best uniform texture")
    for angle in (0, 90, 180, 270):
        x, y = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
        axes.plot([0, x], [0, y], color="0.85", lw=0.6, zorder=0)
        axes.text(1.22 * x, 1.16 * y, f"{angle}°", ha="center", va="center", fontsize=6.5)
    axes.set(xlim=(-1.35, 1.35), ylim=(1.3, -1.3), aspect="equal")
    bare(axes)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0.0), fontsize=6.5, handlelength=1.5, borderpad=0)
    axes.set_title("its responses to edges", fontsize=7, pad=2)
