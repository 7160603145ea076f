"""Equivariance of the population: what it decodes from turned stimuli and turned image crops, and tuning on both."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from numpy.typing import NDArray

from highlow.circuits.scorecard import Claim
from highlow.experiments.claimed import INTACT
from highlow.experiments.equivariance import claims as said
from highlow.figures.drawing import HIGH_COLOR, LOW_COLOR, Drawing, new_figure, styled
from highlow.figures.variants import WHAT_LIMITS_SAY, of_variants, plot_claim, summary
from highlow.probes.circular import angle_between
from highlow.storage import table_files

COLUMNS = 5
FAMILIES = {"high_low": "the article’s stimuli", "high_low_balanced": "noise, sides balanced"}
CHANCE_DEG = 90
SURE = 0.05  # of the corrected p-values
KEYS = ("stimulus_error_deg", "crop_error_deg", "tuning_correlation", "preferred_difference_deg")


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw errors, controls and the tuning of every unit; `inputs` is `table` (TSV)."""
    table = table_files.read(inputs["table"], ("variant",))
    rows = table[table["variant"] == INTACT]
    claims = of_variants(table, said.claims, settings["seed"])
    units = rows[rows["kind"] == "unit"].sort_values(["true_deg", "unit"], ignore_index=True)
    lines = max(-(-len(units) // COLUMNS), 1)
    figure = new_figure(4.6 + 1.15 * lines, _title(units), settings)
    upper, middle, lower = figure.subfigures(3, 1, squeeze=False, height_ratios=(2.1, 1.6, 1.15 * lines + 0.5))[:, 0]
    stimuli, crops = upper.subplots(1, 2, sharey=True)
    _plot_stimuli(stimuli, rows[rows["kind"] == "stimulus"])
    _plot_crops(crops, rows[rows["kind"] == "crop"])
    _plot_controls(middle, claims)
    _plot_units(lower, rows[rows["kind"] == "tuning"], units, lines)
    numbers = {
        "units": len(units),
        "detectors": int(units["is_detector"].sum()),
        "crops": len(rows[rows["kind"] == "crop"][["unit", "rank"]].drop_duplicates()),
        "units_tuned_alike": int((units["q_benjamini_hochberg"] < SURE).sum()),
    }
    return Drawing(figure, rows, numbers | summary(claims, KEYS))


def _title(units: pd.DataFrame) -> str:
    count, accepted = len(units), int(units["is_detector"].sum())
    who = f"{count} detectors" if accepted == count else f"the {count} best candidates ({accepted} of them detectors)"
    return f"Does the population turn with the picture? ({who})"


def _plot_stimuli(axes: Axes, rows: pd.DataFrame) -> None:
    for (family, name), color, marker in zip(FAMILIES.items(), (LOW_COLOR, "0.45"), "os", strict=True):
        of_family = rows[rows["family"] == family]
        middle = _signed_median(of_family, "true_deg")
        error = of_family["error_deg"].median()
        axes.plot(middle.index, middle, marker, ms=2.5, color=color, label=f"{name}: median error {error:.1f}°")
    axes.set_title("turned stimuli that no tuning was measured with")
    axes.set_xlabel("true direction (°)")
    axes.set_ylabel("decoded − true direction (°)")
    _finish(axes)


def _plot_crops(axes: Axes, rows: pd.DataFrame) -> None:
    if len(rows):
        signed = _signed(rows)
        axes.plot(rows["turn_deg"], signed, ".", ms=3, mew=0, alpha=0.35, color=HIGH_COLOR, rasterized=True)
        middle = _signed_median(rows, "turn_deg")
        errors = said.crop_errors(rows)
        label = f"median over crops; error by unit {np.median(errors):.0f}° (median)"
        axes.plot(middle.index, middle, "-", color="black", lw=1.2, label=label)
    axes.set_title("turned image crops, without the unit that found them")
    axes.set_xlabel("crop turned by (°)")
    _finish(axes)


def _finish(axes: Axes) -> None:
    axes.axhline(0, color="0.7", lw=0.7, zorder=0)
    for chance in (-CHANCE_DEG, CHANCE_DEG):
        axes.axhline(chance, color="0.7", lw=0.7, ls="--", zorder=0)
    axes.set_ylim(-180, 180)
    axes.set_yticks(range(-180, 181, 90))
    axes.set_xlim(0, 360)
    axes.set_xticks(range(0, 361, 90))
    axes.legend(loc="lower left", fontsize=6.5, handletextpad=0.3, borderpad=0.1)


def _plot_controls(section: SubFigure, claims: Mapping[str, list[Claim]]) -> None:
    """Plot each claim's value in the network and in its destroyed copies."""
    names = ("error on stimuli (°)", "error on crops (°)", "correlation of tuning", "shift of preference (°)")
    grid = section.subplots(1, len(names), sharey=True)
    for number, (axes, name) in enumerate(zip(grid, names, strict=True)):
        plot_claim(axes, {variant: found[number] for variant, found in claims.items()}, name)
    section.supxlabel(WHAT_LIMITS_SAY, fontsize=7)


def _plot_units(section: SubFigure, tuning: pd.DataFrame, units: pd.DataFrame, lines: int) -> None:
    grid = section.subplots(lines, COLUMNS, squeeze=False, sharex=True, sharey=True)
    for axes in grid.ravel()[len(units) :]:
        axes.set_visible(False)
    for axes, (_, unit) in zip(grid.ravel(), units.iterrows(), strict=False):
        curve = tuning[tuning["unit"] == unit["unit"]]
        axes.plot(curve["true_deg"], curve["stimulus_response"], "-", color=LOW_COLOR, lw=1.3)
        axes.plot(curve["true_deg"], curve["response"], "o-", color=HIGH_COLOR, ms=2, lw=0.8)
        if np.isfinite(unit["true_deg"]):
            axes.axvline(unit["true_deg"], color="0.6", lw=0.7, ls="--", zorder=0)
        axes.set_title(f"{unit['unit']:.0f}: r {unit['correlation']:.2f}, {unit['error_deg']:.0f}° apart", fontsize=7)
        axes.set_xlim(0, 360)
        axes.set_xticks((0, 180, 360))
        axes.set_yticks((0, 1))
        axes.set_ylim(-0.05, 1.1)
    grid[0, 0].plot([], [], "-", color=LOW_COLOR, lw=1.3, label="stimuli")
    grid[0, 0].plot([], [], "o-", color=HIGH_COLOR, ms=2, lw=0.8, label="turned crops that other units answer most")
    section.legend(loc="outside upper center", ncols=2, fontsize=7)
    section.supxlabel("direction of the high-frequency side (°); dashed: preferred orientation on stimuli", fontsize=7)
    section.supylabel("response, share of largest", fontsize=7)


def _signed(rows: pd.DataFrame) -> NDArray[np.floating]:
    return angle_between(rows["decoded_deg"].to_numpy(np.float64), rows["true_deg"].to_numpy(np.float64))


def _signed_median(rows: pd.DataFrame, over: str) -> "pd.Series[float]":
    return pd.Series(_signed(rows), index=rows.index).groupby(rows[over]).median()
