"""Figure 11: which detectors excite and which inhibit a unit of the later layer, and where."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from highlow.figures.downstream_drawing import WeightMaps, glyph, read_usage
from highlow.figures.drawing import Drawing, styled

EXCITES, INHIBITS = "#B2182B", "#2166AC"  # the ends of the weight maps' colours
ARROW_LENGTH = 0.46  # taps, for the largest weight


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw arrows by position above the strongest detectors' maps; inputs as for `read_usage`."""
    usage = read_usage(inputs, settings, "fig11_excitation_inhibition")
    row = usage.units.iloc[0]
    unit = int(row["unit"])
    angles = usage.detectors["preferred_orientation_deg"].to_numpy()
    weights = np.array([usage.weight(unit, channel) for channel in usage.detectors["unit"]])
    maps = WeightMaps(weights)
    title = f"Excitation and inhibition of {settings['downstream']} {unit} by {usage.source}"
    figure = usage.figure(5.6, title)
    top, bottom = figure.subfigures(2, 1, squeeze=False, height_ratios=[1.25, 1])[:, 0]
    left, middle, right = top.subplots(1, 3, width_ratios=[0.75, 1, 1])
    usage.show_later(left, unit, usage.unit_title(row))
    left.set_xlabel(
        "Arrows: an arrow a detector, to its\nhigh-frequency side, as long as\nits weight at the tap", fontsize=7
    )
    for axes, part, color, name in (
        (middle, np.maximum(weights, 0), EXCITES, "excitation"),
        (right, np.maximum(-weights, 0), INHIBITS, "inhibition"),
    ):
        _arrows(axes, part / maps.largest, angles, color)
        share = (part**2).sum() / (weights**2).sum()
        axes.set_title(f"{name}: {100 * share:.0f} % of the squared weights")
        axes.set_xlabel("a field a tap of the kernel", fontsize=7)
    inputs_shown = usage.inputs_of(unit)
    grid = bottom.subplots(2, len(inputs_shown), squeeze=False)
    for column, (_, item) in enumerate(inputs_shown.iterrows()):
        channel = int(item["unit"])
        usage.show_studied(grid[0, column], channel, f"{settings['layer']} {channel}, {item['orientation_deg']:.0f}°")
        glyph(grid[0, column], "detector", item["orientation_deg"])
        maps.show(grid[1, column], usage.weight(unit, channel))
    for channel, angle, weight in zip(usage.detectors["unit"], angles, weights, strict=True):
        maps.note(unit, str(channel), weight, orientation_deg=angle)
    maps.bar(bottom, grid)
    return Drawing(
        figure,
        maps.table(),
        {
            "unit": unit,
            "role": row["role"],
            "nearest": bool(row["nearest"]),
            "source": usage.source,
            "share_of_excitation": float((np.maximum(weights, 0) ** 2).sum() / (weights**2).sum()),
        },
    )


def _arrows(axes: Axes, length: NDArray[np.float64], angles: NDArray[np.float64], color: str) -> None:
    """Draw an arrow a detector at every tap; `length` is (detector, y, x), 1 for the largest weight."""
    size = length.shape[-1]
    y, x = np.indices(length.shape[1:])
    for part, angle in zip(length, np.deg2rad(angles), strict=True):
        across, down = ARROW_LENGTH * part * np.cos(angle), ARROW_LENGTH * part * np.sin(angle)
        axes.quiver(x, y, across, down, color=color, angles="xy", scale_units="xy", scale=1, width=0.009)
    axes.plot(x.ravel(), y.ravel(), ".", ms=2, color="0.5")
    axes.set_xlim(-0.5, size - 0.5)
    axes.set_ylim(size - 0.5, -0.5)
    axes.set_aspect("equal")
    edges = np.arange(size + 1) - 0.5
    axes.set_xticks(edges, [""] * len(edges))
    axes.set_yticks(edges, [""] * len(edges))
    axes.grid(color="0.85", linewidth=0.6)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
