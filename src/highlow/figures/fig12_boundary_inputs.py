"""Figure 12: what one boundary unit reads, by the kind of its inputs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from highlow.circuits import downstream
from highlow.circuits.downstream_selection import BOUNDARY_INPUT_COUNT, BOUNDARY_INPUTS
from highlow.circuits.input_kinds import KINDS, kind_shares
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
from highlow.storage import table_files


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw a row a kind; inputs as for `read_usage` and `input_kinds` (TSV)."""
    usage = read_usage(inputs, settings, "fig12_boundary_inputs")
    row = usage.units.iloc[0]
    unit = int(row["unit"])
    kinds = table_files.read(inputs["input_kinds"], ("unit",)).sort_values("unit")["kind"].to_numpy(dtype=str)
    kinds[usage.detectors["unit"]] = "detector"
    whole = downstream.weights_of(usage.branches, unit)
    shares = kind_shares(whole, kinds)
    counts = {kind: int((kinds == kind).sum()) for kind in KINDS}
    shown = usage.inputs_of(unit)
    maps = {int(channel): usage.weight(unit, int(channel)) for channel in shown["unit"]}
    largest, taps = max(float(np.abs(weight).max()) for weight in maps.values()), whole.shape[-1]
    title = f"What {settings['downstream']} {unit} reads: its strongest inputs by kind"
    figure = new_figure(0.8 + 0.82 * len(BOUNDARY_INPUTS), with_note(title, usage.source), settings)
    left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=[1, 3.1])[0]
    picture, bars = left.subplots(2, 1, height_ratios=[1, 1.6])
    show_unit(picture, usage.later, unit, unit_title(settings, row))
    positions = np.arange(len(KINDS))
    uniform = [counts[kind] / len(kinds) for kind in KINDS]
    bars.barh(positions, [100 * shares[kind] for kind in KINDS], color="0.55", height=0.7)
    bars.plot([100 * share for share in uniform], positions, "|", color="black", ms=9, mew=1.2)
    bars.set_yticks(positions, [_label(kind, usage.source) for kind in KINDS], fontsize=SMALL)
    bars.tick_params(axis="x", labelsize=SMALL)
    bars.invert_yaxis()
    bars.set_xlabel("squared weights, %\n(|: share of the units)", fontsize=7)
    grid = right.subplots(len(BOUNDARY_INPUTS), 2 * BOUNDARY_INPUT_COUNT, squeeze=False)
    drawn = []
    for axes_row, kind in zip(grid, BOUNDARY_INPUTS, strict=True):
        items = usage.inputs_of(unit, kind)
        for column in range(BOUNDARY_INPUT_COUNT):
            pair = axes_row[2 * column : 2 * column + 2]
            if column >= len(items):
                for axes in pair:
                    empty(axes, "none" if column == 0 and axes is pair[0] else "")
                continue
            channel, angle = int(items["unit"][column]), float(items["orientation_deg"][column])
            show_unit(pair[0], usage.studied, channel)
            glyph(pair[0], kind, angle)
            pair[0].set_xlabel(f"{settings['layer']} {channel}", fontsize=SMALL, labelpad=2)
            image = show_map(pair[1], maps[channel], largest, taps)
            drawn.append(map_rows(unit, str(channel), maps[channel], kind=kind, orientation_deg=angle))
        axes_row[0].set_ylabel(_label(kind, usage.source), fontsize=7)
    weight_bar(right, image, grid)
    summary = {"unit": unit, "nearest": bool(row["nearest"]), "shares": shares}
    return Drawing(figure, pd.concat(drawn, ignore_index=True), summary)


def _label(kind: str, source: str) -> str:
    """Return the name of a kind on two or three lines."""
    return "\n".join(kind_label(kind, source).rsplit(maxsplit=1)).replace("low f", "low\nf")
