"""The atlas: a row a network, and side by side where its detectors peak, how good they are, what its controls give."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from highlow.circuits import detection
from highlow.circuits.atlas import LAYER_COLUMNS
from highlow.circuits.detector_claims import LARGEST_GAP_DEG
from highlow.circuits.universality import NO_FAILURE, TRAINED
from highlow.figures.drawing import HIGH_COLOR, Drawing, new_figure, styled
from highlow.networks.registry import EMPTY_CONTROLS
from highlow.reference import article
from highlow.storage import table_files

ROW_INCHES = 0.3
AROUND_INCHES = 1.75  # title, axes, legend
COLUMNS = {"names": 2.5, "depth": 1.6, "detectors": 1.25, "gap": 0.9, "difference": 0.9, "maps": 0.9, "field": 0.8}
FOUND, OTHER = HIGH_COLOR, "0.45"
# Of each control: colour of Okabe and Ito's, marker, what is destroyed, and where in the row it is drawn.
CONTROLS = {
    "shuffled_space": ("#0072B2", "s", "taps shuffled", 0.05),
    "shuffled_channels": ("#009E73", "^", "inputs shuffled", 0.2),
    "random": ("#CC79A7", "D", "redrawn", 0.35),
}
LONGEST_NAME, LONGEST_PLACE = 40, 50
LARGEST_STRIP = 0.8  # of a row, for the largest share of detectors in the figure
SMALLEST_DIFFERENCE_DEG = 0.3  # where the logarithmic axis begins


@dataclass(frozen=True)
class Measure:
    """A panel with a value a network: its column, title, ends and ticks of the axis, and limit of the rule, if any."""

    column: str
    title: str
    ends: tuple[float, float]
    ticks: tuple[float, ...]
    limit: float | None = None
    scale: str = "linear"


MEASURES = {
    "gap": Measure("largest_gap_deg", "largest gap (°)", (-12, 390), (0, 180, 360), LARGEST_GAP_DEG),
    "difference": Measure(
        "median_orientation_difference_deg",
        "weights and\nresponses apart (°)",
        (SMALLEST_DIFFERENCE_DEG, 220),
        (1, 10, 100),
        detection.LARGEST_DISAGREEMENT_DEG,
        "log",
    ),
    "maps": Measure(
        "median_map_correlation", "HF·LF map\ncorrelation", (-1.2, 1.15), (-1, 0, 1), detection.LARGEST_MAP_CORRELATION
    ),
    "field": Measure("receptive_field_px", "field (px)", (0, 94), (0, 43, 86)),
}


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw the tables `atlas` and `layers` (TSV)."""
    table = table_files.read(inputs["atlas"], [name for name in LAYER_COLUMNS if name != "is_peak"])
    layers = table_files.read(inputs["layers"], LAYER_COLUMNS)
    layers = layers[layers["network"].isin(table["network"])]
    figure = new_figure(AROUND_INCHES + ROW_INCHES * len(table), "Where detectors peak, network by network")
    axes = _panels(figure, len(table))
    for row, network in enumerate(table.to_dict("records")):
        _name(axes["names"], row, network)
        _draw_depth(axes["depth"], row, network, layers)
        _draw_counts(axes["detectors"], row, network)
        for panel, measure in MEASURES.items():
            if network["candidates"] or panel == "field":
                _mark(axes[panel], _within(network[measure.column], measure), row, network)
    _finish(axes)
    figure.legend(handles=_handles(), loc="outside lower center", ncols=3, fontsize=6.5)
    return Drawing(figure, _numbers(table, layers), _summary(table))


def _panels(figure: Figure, rows: int) -> dict[str, Axes]:
    """Return an axes a column, with every second row shaded and the first network on top."""
    grid = figure.subplots(1, len(COLUMNS), sharey=True, width_ratios=list(COLUMNS.values()), squeeze=False)[0]
    for axes in grid:
        axes.set_ylim(rows - 0.5, -0.5)
        axes.tick_params(axis="y", length=0, labelleft=False)
        axes.tick_params(axis="x", labelsize=6.5)
        axes.spines["left"].set_visible(False)
        for row in range(0, rows, 2):
            axes.axhspan(row - 0.5, row + 0.5, color="0.96", lw=0, zorder=0)
    return dict(zip(COLUMNS, grid, strict=True))


def _name(axes: Axes, row: int, network: Mapping[str, Any]) -> None:
    """Write what a network is called, and its layer or what it lacks."""
    place = str(network["layer"])
    if network["branch"] != network["layer"]:
        place += f" {network['branch']}"
    if network["failed"] != NO_FAILURE:
        place = f"none: {network['failed']} ({place})"
    where = blended_transform_factory(axes.transAxes, axes.transData)
    name = str(network["network"]) + ("" if network["weights"] == TRAINED else f", {network['weights']}")
    axes.text(0, row - 0.03, _short(name, LONGEST_NAME), fontsize=7, va="bottom", transform=where)
    axes.text(0, row + 0.03, _short(place, LONGEST_PLACE), fontsize=5.5, color="0.35", va="top", transform=where)


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


def _draw_depth(axes: Axes, row: int, network: Mapping[str, Any], layers: pd.DataFrame) -> None:
    """Draw the layers that were scanned as ticks, their share of detectors as bars, and the peak as a dot."""
    own = layers[(layers["network"] == network["network"]) & layers["best_score"].notna()]
    base = row + 0.42
    axes.plot(own["depth_share"], [base] * len(own), "|", ms=3, mew=0.6, color=OTHER)
    height = LARGEST_STRIP / max(float(layers["detector_share"].max()), 1e-9)
    some = own[own["detectors"] > 0]
    axes.vlines(some["depth_share"], base - height * some["detector_share"], base, color=FOUND, lw=2)
    _mark(axes, float(network["depth_share"]), row, network)


def _draw_counts(axes: Axes, row: int, network: Mapping[str, Any]) -> None:
    """Draw how many detectors the peak has, and the most that any layer has in each kind of control."""
    for kind, (color, marker, _, below) in CONTROLS.items():
        axes.plot(network[f"{kind}_detectors"], row + below, marker, ms=3, mfc="none", mec=color, mew=0.8)
    _mark(axes, float(network["detectors"]), row - 0.2, network)


def _mark(axes: Axes, x: float, y: float, network: Mapping[str, Any]) -> None:
    """Draw a value of a network: filled where it is of detectors, hollow where it is of candidates."""
    found = network["detectors"] > 0
    axes.plot(x, y, "o", ms=4.5, mec=FOUND if found else OTHER, mfc=FOUND if found else "white", mew=0.9)


def _within(value: float, measure: Measure) -> float:
    """Return a value, one below the axis at its end: only a logarithmic axis has such values."""
    return float(np.maximum(value, measure.ends[0])) if measure.scale == "log" else float(value)


def _finish(axes: Mapping[str, Axes]) -> None:
    """Label the axes, and draw the limits of the rule."""
    axes["names"].set(xticks=[], xlim=(0, 1))
    axes["names"].spines["bottom"].set_visible(False)
    low, high = article()["universality"]["depth_share"]
    axes["depth"].axvspan(low, high, color="0.85", lw=0, zorder=0.5)
    axes["depth"].set(xlim=(0, 1.03), xticks=(0, 0.5, 1))
    axes["depth"].set_xlabel("depth\n(0 image, 1 classifier)", fontsize=6.5)
    axes["detectors"].set_xlabel("detectors", fontsize=6.5)
    most = max(axes["detectors"].dataLim.x1, 10)
    axes["detectors"].set_xlim(-0.07 * most, 1.07 * most)
    axes["detectors"].xaxis.set_major_locator(MaxNLocator(3, integer=True))
    for name, measure in MEASURES.items():
        axes[name].set_xscale(measure.scale)
        axes[name].set_xticks(measure.ticks, [f"{tick:g}" for tick in measure.ticks])
        axes[name].set_xlim(measure.ends)
        axes[name].minorticks_off()
        axes[name].set_xlabel(measure.title, fontsize=6.5)
        if measure.limit is not None:
            axes[name].axvline(measure.limit, color="black", lw=0.6, ls=(0, (4, 3)), zorder=0.8)


def _handles() -> list[Any]:
    """Return what the legend shows."""

    def mark(marker: str, color: str, text: str, filled: bool = False) -> Line2D:
        return Line2D([], [], ls="", marker=marker, ms=4.5, mec=color, mfc=color if filled else "white", label=text)

    kinds = [mark(marker, color, f"control: {words}") for color, marker, words, _ in CONTROLS.values()]
    return [
        mark("o", FOUND, "peak, with detectors", filled=True),
        mark("o", OTHER, "none: of the candidates"),
        Line2D([], [], color="black", lw=0.6, ls=(0, (4, 3)), label="limit"),
        *kinds,
        Line2D([], [], color=FOUND, lw=2, label="share of a layer's units (bars)"),
        Line2D([], [], ls="", marker="|", ms=5, color=OTHER, label="layer of the scan"),
        Line2D([], [], color="0.85", lw=5, label="the article's range of depth"),
    ]


def _numbers(table: pd.DataFrame, layers: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are drawn, then the layers."""
    columns = ["network", "title", "weights", "drawn", "layer", "branch", "depth_share", "units", "detectors"]
    columns += ["detector_share", *(measure.column for measure in MEASURES.values()), "failed"]
    columns += [f"{kind}_detectors" for kind in EMPTY_CONTROLS]
    parts = [table.assign(drawn="network"), layers[layers["best_score"].notna()].assign(drawn="layer")]
    return pd.concat(parts, ignore_index=True).reindex(columns=columns)


def _summary(table: pd.DataFrame) -> dict[str, Any]:
    """Return how many networks have detectors by where their weights are from, and the most that controls have."""
    found = table.groupby("weights")["detectors"].agg(networks="size", with_detectors=lambda counts: (counts > 0).sum())
    controls = table[[f"{kind}_detectors" for kind in EMPTY_CONTROLS]].max()
    return {
        "by_weights": {str(name): {key: int(value) for key, value in row.items()} for name, row in found.iterrows()},
        "largest_control": None if controls.isna().all() else float(controls.max()),
    }
