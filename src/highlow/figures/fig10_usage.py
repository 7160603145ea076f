"""Figure 10: four units of the later layer and their weights from the detectors, grouped by orientation."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from highlow.circuits.downstream_selection import GROUPS, orientation_group, representatives
from highlow.figures.downstream_drawing import SMALL, WeightMaps, arrow, empty, read_usage
from highlow.figures.drawing import Drawing, bare, styled


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw a row a unit and a column a group of orientations; inputs as for `read_usage`."""
    usage = read_usage(inputs, settings, "fig10_usage")
    group = orientation_group(usage.detectors["preferred_orientation_deg"])
    channels = [usage.detectors["unit"].to_numpy()[group == index] for index in range(GROUPS)]
    shown = representatives(usage.detectors)
    weights = {
        (int(unit), index): np.mean([usage.weight(int(unit), channel) for channel in members], axis=0)
        for unit in usage.units["unit"]
        for index, members in enumerate(channels)
        if len(members)
    }
    maps = WeightMaps(weights.values())
    title = f"Usage in {settings['downstream']}: mean weights from {usage.source} of each orientation"
    figure = usage.figure(1.3 + 0.76 * (len(usage.units) + 1), title)
    ratios = [0.45, 1, *[1] * len(usage.units)]
    grid = figure.subplots(2 + len(usage.units), 1 + GROUPS, height_ratios=ratios, squeeze=False)
    for row in (0, 1):
        bare(grid[row, 0])
    grid[0, 0].text(1, 0.5, "high-frequency\nside", ha="right", va="center", fontsize=7, transform=grid[0, 0].transAxes)
    for index, members in enumerate(channels):
        bare(grid[0, index + 1])
        grid[0, index + 1].set_aspect("equal")
        arrow(grid[0, index + 1], index * 360 / GROUPS)
        if not len(members):
            empty(grid[1, index + 1], "none")
            continue
        usage.show_studied(grid[1, index + 1], shown[index])
        grid[1, index + 1].set_xlabel(_listed(members), fontsize=SMALL, labelpad=2)
    for row, (_, unit) in enumerate(usage.units.iterrows(), start=2):
        usage.show_later(grid[row, 0], int(unit["unit"]))
        grid[row, 0].set_ylabel(usage.unit_title(unit), fontsize=7, rotation=0, ha="right", va="center")
        for index, members in enumerate(channels):
            weight = weights.get((int(unit["unit"]), index))
            if weight is None:
                empty(grid[row, index + 1], "")
                continue
            maps.show(grid[row, index + 1], weight)
            name = f"{index * 360 // GROUPS}°"
            maps.note(int(unit["unit"]), name, weight, role=unit["role"], members=_listed(members))
    maps.bar(figure, grid)
    summary = {
        "units": {row["role"]: int(row["unit"]) for _, row in usage.units.iterrows()},
        "nearest": [row["role"] for _, row in usage.units.iterrows() if row["nearest"] == 1],
        "source": usage.source,
    }
    return Drawing(figure, maps.table(), summary)


def _listed(members: Any) -> str:
    """Return up to three unit numbers, or two and how many more there are."""
    shown = members if len(members) <= 3 else members[:2]
    return ", ".join(map(str, shown)) + (f" +{len(members) - len(shown)}" if len(members) > len(shown) else "")
