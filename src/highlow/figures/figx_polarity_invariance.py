"""Polarity-invariance: how alike the later layer's weights from two detectors are, by their orientations."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from highlow.circuits import detection, downstream, expanded_weight_file, polarity
from highlow.circuits.polarity import OPPOSITE, PERPENDICULAR, SAME
from highlow.figures.downstream_drawing import with_note
from highlow.figures.drawing import HIGH_COLOR, Drawing, new_figure, styled
from highlow.storage import table_files

BIN_DEG = 30


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw the pairs of detectors and of other units; `inputs` are `detectors` (TSV) and `expanded_weights` (HDF5)."""
    table = table_files.read(inputs["detectors"], detection.COLUMNS)
    branches = expanded_weight_file.read_branches(inputs["expanded_weights"])
    detectors, source = downstream.used_detectors(table, settings["branch"])
    found = polarity.pairs(
        polarity.used_weights(branches, detectors["unit"].to_numpy()),
        detectors["preferred_orientation_deg"].to_numpy(),
    )
    others = table[
        (table["branch"] == settings["branch"])
        & ~table["unit"].isin(detectors["unit"])
        & table["preferred_orientation_deg"].notna()
    ]
    control = polarity.pairs(
        polarity.used_weights(branches, others["unit"].to_numpy()), others["preferred_orientation_deg"].to_numpy()
    )
    result = polarity.invariance(found, settings["seed"])
    title = f"Does {settings['downstream']} care which side has the high frequency?"
    figure = new_figure(4.2, with_note(title, source), settings)
    axes = figure.subplots()
    for limits in (SAME, PERPENDICULAR, OPPOSITE):
        axes.axvspan(*limits, color="0.95", zorder=0)
    axes.axhline(0, color="0.6", lw=0.6)
    axes.plot(control.difference_deg, control.cosine, ".", ms=1.5, color="0.72", rasterized=True)
    for pairs, color, name in ((control, "0.35", "other units of the branch"), (found, HIGH_COLOR, source)):
        middle, mean = _curve(pairs)
        axes.plot(middle, mean, "-o", color=color, ms=4, label=f"{name}: mean over {BIN_DEG}°")
    axes.plot(
        found.difference_deg, found.cosine, "o", ms=4, color=HIGH_COLOR, mfc="none", alpha=0.7, label="pairs of these"
    )
    for limits, value, name in (
        (SAME, result.same, "same side"),
        (PERPENDICULAR, result.perpendicular, "perpendicular"),
        (OPPOSITE, result.opposite, "opposite sides"),
    ):
        text = f"{name}\n{value:.2f}" if np.isfinite(value) else f"{name}\nno pair"
        axes.text(sum(limits) / 2, 0.98, text, ha="center", va="top", fontsize=7, transform=axes.get_xaxis_transform())
    low, high = result.interval
    axes.set_title(f"opposite - perpendicular: {result.value:.2f} (95 % interval {low:.2f} to {high:.2f})")
    axes.set_xlabel("difference of preferred orientations (°)")
    axes.set_ylabel(f"cosine of the weights of {settings['downstream']}")
    axes.set_xlim(0, 180)
    axes.set_xticks(range(0, 181, 45))
    every = np.concatenate([found.cosine, control.cosine])
    top, bottom = float(every.max()), float(every.min())
    axes.set_ylim(bottom - 0.05, top + 0.25 * (top - bottom))
    figure.legend(loc="outside lower center", ncols=3, fontsize=7)
    drawn = [
        pd.DataFrame(
            {
                "group": name,
                "first": rows["unit"].to_numpy()[pairs.first],
                "second": rows["unit"].to_numpy()[pairs.second],
                "difference_deg": pairs.difference_deg,
                "cosine": pairs.cosine,
            }
        )
        for name, rows, pairs in ((source, detectors, found), ("others", others, control))
    ]
    summary = {
        "same": result.same,
        "perpendicular": result.perpendicular,
        "opposite": result.opposite,
        "opposite_minus_perpendicular": result.value,
        "interval": list(result.interval),
        "control_opposite_minus_perpendicular": control.mean(OPPOSITE) - control.mean(PERPENDICULAR),
        "source": source,
    }
    return Drawing(figure, pd.concat(drawn, ignore_index=True), summary)


def _curve(pairs: polarity.Pairs) -> tuple[list[float], list[float]]:
    """Return the middle of every bin that has a pair, and the mean cosine there."""
    index = np.minimum(pairs.difference_deg // BIN_DEG, 180 // BIN_DEG - 1).astype(int)
    used = np.unique(index)
    return [BIN_DEG * (bin_ + 0.5) for bin_ in used], [float(pairs.cosine[index == bin_].mean()) for bin_ in used]
