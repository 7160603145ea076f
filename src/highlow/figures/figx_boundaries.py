"""Detectors beside the boundaries that people draw: agreement, and what they answer instead."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from highlow.experiments.boundaries.claims import COLUMNS, MEDIUM
from highlow.experiments.claimed import INTACT
from highlow.figures.drawing import HIGH_COLOR, LOW_COLOR, Drawing, new_figure, styled
from highlow.storage import table_files

# Colours of Okabe and Ito, with a marker each.
POPULATIONS = {
    "detectors": ("detectors", HIGH_COLOR, "o"),
    "boundary_units": ("boundary units that read them", "#009E73", "s"),
    "luminance_edge_units": ("luminance-edge units", LOW_COLOR, "^"),
    "sobel_on_grid": ("Sobel filter on the detectors' grid", "0.45", "D"),
    "sobel": ("Sobel filter on every pixel", "black", "v"),
    "detectors_elsewhere": ("detectors on another photograph", "#CC79A7", "x"),
}
COMPARISONS = {
    "difference_without_boundary": "frequency difference,\nno boundary",
    "difference_at_boundary": "frequency difference,\nat a boundary",
    "boundary_without_difference": "boundary, no frequency\ndifference",
    "boundary_with_difference": "boundary, with frequency\ndifference",
}
VARIANTS = {
    INTACT: "intact",
    "shuffled_last": "layer's taps shuffled",
    "shuffled_space": "all taps shuffled",
    "shuffled_channels": "all channels shuffled",
    "random": "random weights",
}
CHANCE = "0.75"


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw precision and recall, the comparisons of places, the controls, and recall by kind; `table` is a TSV."""
    table = table_files.read(inputs["table"], COLUMNS)
    intact = table[table["variant"] == INTACT]
    figure = new_figure(
        7.2, "Do detectors mark the boundaries that people draw, or differences of frequency?", settings
    )
    panels = figure.subplots(2, 2, width_ratios=(1, 1.15))
    _precision_recall(panels[0, 0], intact)
    _comparisons(panels[0, 1], intact)
    _recall(panels[1, 0], intact)
    _controls(panels[1, 1], table)
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3, fontsize=7)
    best = intact[intact["measure"] == "best_f"].set_index("population")["value"]
    claim = table[(table["measure"] == "difference_without_boundary") & (table["population"] == "detectors")]
    summary = {
        "best_f": best.to_dict(),
        "best_f_of_people": _value(intact, "people", "f"),
        "difference_without_boundary": claim.set_index("variant")["value"].to_dict(),
        "interval": _interval(intact, "detectors", "difference_without_boundary"),
        "boundary_without_difference": _value(intact, "detectors", "boundary_without_difference"),
        "images": int(intact["images"].max()),
    }
    return Drawing(figure, table, summary)


def _rows(table: pd.DataFrame, population: str, measure: str) -> pd.DataFrame:
    return table[(table["population"] == population) & (table["measure"] == measure)]


def _value(table: pd.DataFrame, population: str, measure: str) -> float:
    rows = _rows(table, population, measure)
    return float(rows["value"].iloc[0]) if len(rows) else float("nan")


def _interval(table: pd.DataFrame, population: str, measure: str) -> list[float]:
    rows = _rows(table, population, measure)
    return [float(rows[name].iloc[0]) for name in ("low", "high")] if len(rows) else []


def _precision_recall(axes: Axes, intact: pd.DataFrame) -> None:
    recall, precision = np.meshgrid(np.linspace(0.01, 1, 100), np.linspace(0.01, 1, 100))
    f = 2 * recall * precision / (recall + precision)
    lines = axes.contour(recall, precision, f, levels=[0.2, 0.4, 0.6, 0.8], colors="0.88", linewidths=0.6)
    axes.clabel(lines, fmt="F %.1f", fontsize=6, colors="0.5")
    near = intact["tolerance_px"].min()
    for population, (name, color, marker) in POPULATIONS.items():
        rows = intact[(intact["population"] == population) & (intact["tolerance_px"] == near)]
        curve = rows[rows["pixels_of_a_person"].notna()].pivot_table(
            index="pixels_of_a_person", columns="measure", values="value"
        )
        if len(curve):
            axes.plot(curve["recall"], curve["precision"], "-", marker=marker, ms=3.5, lw=1, color=color, label=name)
    people = [_value(intact, "people", measure) for measure in ("recall", "precision")]
    axes.plot(*people, "*", ms=9, color="#E69F00", label="one of the people, by the others", ls="none")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="recall of human boundaries", ylabel="precision")
    axes.set_title(f"(a) agreement with people within {near:.1f} px")


def _comparisons(axes: Axes, intact: pd.DataFrame) -> None:
    shown = [population for population in POPULATIONS if len(_rows(intact, population, "difference_at_boundary"))]
    axes.axvline(0.5, color=CHANCE, lw=0.8)
    for index, population in enumerate(shown):
        _, color, marker = POPULATIONS[population]
        for place, measure in enumerate(COMPARISONS):
            row = _rows(intact, population, measure).iloc[0]
            _point(axes, row, place + 0.13 * (index - (len(shown) - 1) / 2), color, marker)
    axes.set_yticks(range(len(COMPARISONS)), list(COMPARISONS.values()))
    axes.set_ylim(len(COMPARISONS) - 0.5, -0.5)
    axes.set_xlabel("share of pairs in which the place named\nanswers more (0.5: no effect)")
    axes.set_title("(b) what raises the response")


def _recall(axes: Axes, intact: pd.DataFrame) -> None:
    shown = [name for name in POPULATIONS if len(_rows(intact, name, "recall_with_difference"))]
    for index, population in enumerate(shown):
        _, color, marker = POPULATIONS[population]
        with_, without = (
            _rows(intact, population, f"recall_{kind}_difference").iloc[0] for kind in ("with", "without")
        )
        axes.plot([0, 1], [without["value"], with_["value"]], "-", color=color, lw=0.8)
        for place, row in enumerate((without, with_)):
            x = place + 0.03 * (index - (len(shown) - 1) / 2)
            axes.errorbar(
                x, row["value"], _arms(row)[:, None], fmt=marker, ms=4, color=color, elinewidth=0.8, capsize=0
            )
    axes.set_xticks([0, 1], ["without", "with"])
    axes.set_xlim(-0.3, 1.3)
    axes.set_ylim(bottom=0)
    axes.set(xlabel="human boundaries by frequency difference", ylabel="recall, with as many pixels as a person draws")
    axes.set_title("(c) which boundaries are found")


def _controls(axes: Axes, table: pd.DataFrame) -> None:
    rows = _rows(table, "detectors", "difference_without_boundary")
    axes.axvline(0.5, color=CHANCE, lw=0.8)
    axes.axvline(MEDIUM, color="0.3", lw=0.8, ls=":")
    axes.text(MEDIUM, -0.45, f" limit {MEDIUM:g}", fontsize=6.5, va="center")
    names = []
    for place, (_, row) in enumerate(rows.iterrows()):
        _point(axes, row, place, HIGH_COLOR if row["variant"] == INTACT else "0.45", "o")
        kind, _, draw_ = str(row["variant"]).rpartition("_")
        known = VARIANTS.get(str(row["variant"]))
        names.append(known or f"{VARIANTS.get(kind, kind)}, draw {int(draw_) + 1}")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.7)
    axes.set_xlabel("frequency difference without a boundary:\nshare of pairs in which it answers more")
    axes.set_title("(d) the same of destroyed networks' best units")


def _point(axes: Axes, row: pd.Series, y: float, color: str, marker: str) -> None:
    axes.errorbar(row["value"], y, xerr=_arms(row)[:, None], fmt=marker, ms=4, color=color, elinewidth=0.8, capsize=0)


def _arms(row: pd.Series) -> np.ndarray[Any, Any]:
    """Return how far an interval reaches below and above the value; nowhere below 0, as a bootstrap's can."""
    value = float(row["value"])
    return np.maximum([value - float(row["low"]), float(row["high"]) - value], 0.0)
