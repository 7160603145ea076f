"""Figure 13: four boundary units and the inputs of each kind that they use most."""

from collections.abc import Mapping
from typing import Any

from highlow.circuits.downstream_selection import COMPARED_INPUT_COUNT, COMPARED_INPUTS
from highlow.figures.downstream_drawing import SMALL, WeightMaps, empty, glyph, read_usage
from highlow.figures.drawing import Drawing, styled


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw two rows a unit, pictures above weights, and two columns a kind; inputs as for `read_usage`."""
    usage = read_usage(inputs, settings, "fig13_boundary_detectors")
    shown = usage.shown[usage.shown["role"] == "input"]
    pairs = zip(shown["of_unit"], shown["unit"], strict=True)
    maps = WeightMaps(usage.weight(int(unit), int(channel)) for unit, channel in pairs)
    count = len(usage.units)
    title = f"Boundary units of {settings['downstream']} and their inputs"
    figure = usage.figure(0.8 + 1.62 * count, title)
    columns = COMPARED_INPUT_COUNT * len(COMPARED_INPUTS)
    grid = figure.subplots(2 * count, columns + 1, width_ratios=[1.5, *[1] * columns], squeeze=False)
    for index, (_, row) in enumerate(usage.units.iterrows()):
        unit = int(row["unit"])
        upper, lower = grid[2 * index], grid[2 * index + 1]
        usage.show_later(upper[0], unit)
        empty(lower[0], "")
        title = usage.unit_title(row)
        lower[0].text(0.5, 1, title, ha="center", va="top", fontsize=7, transform=lower[0].transAxes)
        for place, kind in enumerate(COMPARED_INPUTS):
            items = usage.inputs_of(unit, kind)
            for number in range(COMPARED_INPUT_COUNT):
                column = 1 + COMPARED_INPUT_COUNT * place + number
                if number >= len(items):
                    empty(upper[column], "none" if number == 0 else "")
                    empty(lower[column], "")
                    continue
                channel, angle = int(items["unit"][number]), float(items["orientation_deg"][number])
                usage.show_studied(upper[column], channel)
                glyph(upper[column], kind, angle)
                upper[column].set_xlabel(str(channel), fontsize=SMALL, labelpad=1)
                weight = usage.weight(unit, channel)
                maps.show(lower[column], weight)
                maps.note(unit, str(channel), weight, kind=kind, orientation_deg=angle)
    for place, kind in enumerate(COMPARED_INPUTS):
        grid[0, 1 + COMPARED_INPUT_COUNT * place].set_title(
            usage.kind_label(kind).replace("frequency ", "frequency\n"), fontsize=7, loc="left"
        )
    maps.bar(figure, grid)
    summary = {
        "units": usage.units["unit"].tolist(),
        "nearest": usage.units.loc[usage.units["nearest"] == 1, "unit"].tolist(),
    }
    return Drawing(figure, maps.table(), summary)
