"""Figure 13: four boundary units and the inputs of each kind that they use most."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from highlow.circuits.downstream_selection import COMPARED_INPUT_COUNT, COMPARED_INPUTS
from highlow.figures.downstream_drawing import (
    SMALL,
    empty,
    glyph,
    kind_label,
    map_rows,
    read_usage,
    show_map,
    unit_title,
    weight_bar,
    with_note,
)
from highlow.figures.drawing import Drawing, new_figure, styled
from highlow.figures.unit_pictures import show_unit


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw two rows a unit, pictures above weights, and two columns a kind; inputs as for `read_usage`."""
    usage = read_usage(inputs, settings, "fig13_boundary_detectors")
    shown = usage.shown[usage.shown["role"] == "input"]
    maps = {
        (int(unit), int(channel)): usage.weight(int(unit), int(channel))
        for unit, channel in zip(shown["of_unit"], shown["unit"], strict=True)
    }
    largest = max(float(np.abs(weight).max()) for weight in maps.values())
    taps = max(len(weight) for weight in maps.values())
    count = len(usage.units)
    title = f"Boundary units of {settings['downstream']} and their inputs"
    figure = new_figure(0.8 + 1.62 * count, with_note(title, usage.source), settings)
    columns = COMPARED_INPUT_COUNT * len(COMPARED_INPUTS)
    grid = figure.subplots(2 * count, columns + 1, width_ratios=[1.5, *[1] * columns], squeeze=False)
    drawn = []
    for index, (_, row) in enumerate(usage.units.iterrows()):
        unit = int(row["unit"])
        upper, lower = grid[2 * index], grid[2 * index + 1]
        show_unit(upper[0], usage.later, unit)
        empty(lower[0], "")
        lower[0].text(
            0.5, 1, unit_title(settings, row), ha="center", va="top", fontsize=7, transform=lower[0].transAxes
        )
        for place, kind in enumerate(COMPARED_INPUTS):
            items = usage.inputs_of(unit, kind)
            for number in range(COMPARED_INPUT_COUNT):
                column = 1 + COMPARED_INPUT_COUNT * place + number
                if number >= len(items):
                    empty(upper[column], "none" if number == 0 else "")
                    empty(lower[column], "")
                    continue
                channel, angle = int(items["unit"][number]), float(items["orientation_deg"][number])
                show_unit(upper[column], usage.studied, channel)
                glyph(upper[column], kind, angle)
                upper[column].set_xlabel(str(channel), fontsize=SMALL, labelpad=1)
                image = show_map(lower[column], maps[unit, channel], largest, taps)
                drawn.append(map_rows(unit, str(channel), maps[unit, channel], kind=kind, orientation_deg=angle))
    for place, kind in enumerate(COMPARED_INPUTS):
        grid[0, 1 + COMPARED_INPUT_COUNT * place].set_title(
            kind_label(kind, usage.source).replace("frequency ", "frequency\n"), fontsize=7, loc="left"
        )
    weight_bar(figure, image, grid)
    summary = {
        "units": usage.units["unit"].tolist(),
        "nearest": usage.units.loc[usage.units["nearest"] == 1, "unit"].tolist(),
    }
    return Drawing(figure, pd.concat(drawn, ignore_index=True), summary)
