"""Figure 12: what one boundary unit reads, by the kind of its inputs."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from highlow.circuits import downstream
from highlow.circuits.downstream_selection import BOUNDARY_INPUT_COUNT, BOUNDARY_INPUTS
from highlow.circuits.input_kinds import KINDS, kind_shares
from highlow.figures.downstream_drawing import SMALL, Usage, WeightMaps, empty, glyph, read_usage
from highlow.figures.drawing import Drawing, styled
from highlow.storage import table_files


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw a row a kind; inputs as for `read_usage` and `input_kinds` (TSV)."""
    usage = read_usage(inputs, settings, "fig12_boundary_inputs")
    row = usage.units.iloc[0]
    unit = int(row["unit"])
    kinds = table_files.read(inputs["input_kinds"], ("unit",)).sort_values("unit")["kind"].to_numpy(dtype=str)
    kinds[usage.detectors["unit"]] = "detector"
    shares = kind_shares(downstream.weights_of(usage.branches, unit), kinds)
    counts = {kind: int((kinds == kind).sum()) for kind in KINDS}
    maps = WeightMaps(usage.weight(unit, int(channel)) for channel in usage.inputs_of(unit)["unit"])
    title = f"What {settings['downstream']} {unit} reads: its strongest inputs by kind"
    figure = usage.figure(0.8 + 0.82 * len(BOUNDARY_INPUTS), title)
    left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=[1, 3.1])[0]
    picture, bars = left.subplots(2, 1, height_ratios=[1, 1.6])
    usage.show_later(picture, unit, usage.unit_title(row))
    positions = np.arange(len(KINDS))
    uniform = [counts[kind] / len(kinds) for kind in KINDS]
    bars.barh(positions, [100 * shares[kind] for kind in KINDS], color="0.55", height=0.7)
    bars.plot([100 * share for share in uniform], positions, "|", color="black", ms=9, mew=1.2)
    bars.set_yticks(positions, [_label(kind, usage) for kind in KINDS], fontsize=SMALL)
    bars.tick_params(axis="x", labelsize=SMALL)
    bars.invert_yaxis()
    bars.set_xlabel("squared weights, %\n(|: share of the units)", fontsize=7)
    grid = right.subplots(len(BOUNDARY_INPUTS), 2 * BOUNDARY_INPUT_COUNT, squeeze=False)
    for axes_row, kind in zip(grid, BOUNDARY_INPUTS, strict=True):
        items = usage.inputs_of(unit, kind)
        for column in range(BOUNDARY_INPUT_COUNT):
            pair = axes_row[2 * column : 2 * column + 2]
            if column >= len(items):
                for axes in pair:
                    empty(axes, "none" if column == 0 and axes is pair[0] else "")
                continue
            channel, angle = int(items["unit"][column]), float(items["orientation_deg"][column])
            usage.show_studied(pair[0], channel)
            glyph(pair[0], kind, angle)
            pair[0].set_xlabel(f"{settings['layer']} {channel}", fontsize=SMALL, labelpad=2)
            weight = usage.weight(unit, channel)
            maps.show(pair[1], weight)
            maps.note(unit, str(channel), weight, kind=kind, orientation_deg=angle)
        axes_row[0].set_ylabel(_label(kind, usage), fontsize=7)
    maps.bar(right, grid)
    summary = {"unit": unit, "nearest": bool(row["nearest"]), "shares": shares}
    summary["shares_of_units"] = dict(zip(KINDS, uniform, strict=True))
    return Drawing(figure, maps.table(), summary)


def _label(kind: str, usage: Usage) -> str:
    """Return the name of a kind on two or three lines."""
    return "\n".join(usage.kind_label(kind).rsplit(maxsplit=1)).replace("low f", "low\nf")
