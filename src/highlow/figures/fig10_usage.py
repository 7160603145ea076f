"""Figure 10: four units of the later layer and their weights from the detectors, grouped by orientation."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from highlow.circuits.downstream_selection import GROUPS, orientation_group, representatives
from highlow.figures.downstream_drawing import (
    SMALL,
    arrow,
    empty,
    map_rows,
    read_usage,
    show_map,
    unit_title,
    weight_bar,
    with_note,
)
from highlow.figures.drawing import Drawing, bare, new_figure, styled
from highlow.figures.unit_pictures import show_unit


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw a row a unit and a column a group of orientations; inputs as for `read_usage`."""
    usage = read_usage(inputs, settings, "fig10_usage")
    group = orientation_group(usage.detectors["preferred_orientation_deg"])
    channels = [usage.detectors["unit"].to_numpy()[group == index] for index in range(GROUPS)]
    shown = representatives(usage.detectors)
    maps = {
        (int(unit), index): np.mean([usage.weight(int(unit), channel) for channel in members], axis=0)
        for unit in usage.units["unit"]
        for index, members in enumerate(channels)
        if len(members)
    }
    largest = max(float(np.abs(weight).max()) for weight in maps.values())
    taps = max(len(weight) for weight in maps.values())
    title = f"Usage in {settings['downstream']}: mean weights from {usage.source} of each orientation"
    figure = new_figure(1.3 + 0.76 * (len(usage.units) + 1), with_note(title, usage.source), settings)
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
        show_unit(grid[1, index + 1], usage.studied, shown[index])
        grid[1, index + 1].set_xlabel(_listed(members), fontsize=SMALL, labelpad=2)
    drawn = []
    for row, (_, unit) in enumerate(usage.units.iterrows(), start=2):
        show_unit(grid[row, 0], usage.later, int(unit["unit"]))
        grid[row, 0].set_ylabel(unit_title(settings, unit), fontsize=7, rotation=0, ha="right", va="center")
        for index, members in enumerate(channels):
            weight = maps.get((int(unit["unit"]), index))
            if weight is None:
                empty(grid[row, index + 1], "")
                continue
            image = show_map(grid[row, index + 1], weight, largest, taps)
            name = f"{index * 360 // GROUPS}°"
            drawn.append(map_rows(int(unit["unit"]), name, weight, role=unit["role"], members=_listed(members)))
    weight_bar(figure, image, grid)
    summary = {
        "units": {row["role"]: int(row["unit"]) for _, row in usage.units.iterrows()},
        "nearest": [row["role"] for _, row in usage.units.iterrows() if row["nearest"] == 1],
        "source": usage.source,
    }
    return Drawing(figure, pd.concat(drawn, ignore_index=True), summary)


def _listed(members: Any) -> str:
    """Return up to three unit numbers, or two and how many more there are."""
    shown = members if len(members) <= 3 else members[:2]
    return ", ".join(map(str, shown)) + (f" +{len(members) - len(shown)}" if len(members) > len(shown) else "")
