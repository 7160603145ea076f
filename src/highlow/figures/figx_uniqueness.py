"""Whether the two factors depend on how they are fitted: ranks, starts, units, methods, and destroyed weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from highlow.circuits.detection import (
    LARGEST_DISAGREEMENT_DEG,
    LARGEST_MAP_CORRELATION,
    SMALLEST_SEPARATION_OCTAVES,
)
from highlow.experiments.claimed import INTACT
from highlow.experiments.uniqueness.claims import COLUMNS, NMF, NOTHING, PCA, SEMI_NMF, START, UNITS
from highlow.figures.drawing import HIGH_COLOR, LOW_COLOR, Drawing, new_figure, styled
from highlow.networks.registry import EMPTY_CONTROLS
from highlow.storage import table_files

DESTROYED, LAST = "0.62", "#CC79A7"  # grey, and Okabe and Ito's reddish purple
SEMI = "#009E73"
LAST_SHUFFLED = "shuffled_last"
SMALLEST_DIFFERENCE_DEG = 0.3  # where the logarithmic axis begins
# Horizontal places, in ranks, of what stands at the same rank.
ASIDE = {"intact": -0.14, "destroyed": 0.14, "units": 0.34}


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw the solutions in `table` (TSV)."""
    table = table_files.read(inputs["table"], COLUMNS)
    intact = table[table["variant"] == INTACT]
    last = table[table["variant"].str.startswith(LAST_SHUFFLED)]
    destroyed = table[table["variant"].str.startswith(EMPTY_CONTROLS)]
    groups = {DESTROYED: destroyed, LAST: last, HIGH_COLOR: intact}
    figure = new_figure(6.2, "Do the two factors depend on how they are fitted?", settings)
    axes = figure.subplots(2, 2)
    _draw_explained(axes[0, 0], groups, intact)
    _draw_sameness(axes[0, 1], groups, intact)
    _draw_separation(axes[1, 0], groups, intact)
    _draw_story(axes[1, 1], groups, intact)
    for panel in axes.flat[:3]:
        panel.set_xticks(sorted(set(table["rank"])))
        panel.set_xlabel("number of factors")
    figure.legend(handles=_handles(not last.empty), loc="outside lower center", ncols=3, fontsize=7)
    return Drawing(figure, table, _summary(intact, destroyed))


def _best(table: pd.DataFrame, method: str) -> pd.DataFrame:
    return table[(table["method"] == method) & (table["change"] == NOTHING)]


def _lines(axes: Axes, column: str, groups: Mapping[str, pd.DataFrame]) -> None:
    """Draw the best NMF of every network over the number of factors, the intact one on top."""
    for color, group in groups.items():
        for _, rows in _best(group, NMF).groupby("variant", sort=False):
            intact = color == HIGH_COLOR
            axes.plot(rows["rank"], rows[column], "-o", ms=4 if intact else 2.5, lw=1.6 if intact else 0.9, color=color)


def _draw_explained(axes: Axes, groups: Mapping[str, pd.DataFrame], intact: pd.DataFrame) -> None:
    for method, color in ((PCA, LOW_COLOR), (SEMI_NMF, SEMI)):
        rows = _best(intact, method)
        axes.plot(rows["rank"], rows["explained"], "--s", ms=3.5, lw=1, color=color, mfc="white")
    _lines(axes, "explained", groups)
    axes.set_ylim(0, None)
    axes.set_ylabel("share of the weights explained")
    axes.set_title("a  How much they explain")


def _draw_sameness(axes: Axes, groups: Mapping[str, pd.DataFrame], intact: pd.DataFrame) -> None:
    for color, group in groups.items():
        aside = ASIDE["intact" if color == HIGH_COLOR else "destroyed"]
        starts = group[(group["method"] == NMF) & (group["change"] == START)]
        axes.plot(starts["rank"] + aside, starts["cosine"], "o", ms=3, color=color, alpha=0.5, mew=0)
        units = group[group["change"] == UNITS]
        axes.plot(
            units["rank"] + ASIDE["units"] + 0.08 * (color != HIGH_COLOR), units["cosine"], "_", ms=5, color=color
        )
    semi = intact[(intact["method"] == SEMI_NMF) & (intact["change"] == START)]
    axes.plot(semi["rank"] - 0.3, semi["cosine"], "s", ms=3, color=SEMI, mfc="white", mew=0.7)
    axes.set_ylim(0, 1.05)
    axes.set_ylabel("cosine to the best solution")
    axes.set_title("b  Are they the same?")


def _draw_separation(axes: Axes, groups: Mapping[str, pd.DataFrame], intact: pd.DataFrame) -> None:
    axes.axhline(SMALLEST_SEPARATION_OCTAVES, color="black", lw=0.6, ls=(0, (4, 3)))
    for color, group in groups.items():
        units = group[group["change"] == UNITS]
        place = ASIDE["units"] + 0.08 * (color != HIGH_COLOR)
        axes.plot(units["rank"] + place, units["separation_octaves"], "_", ms=5, color=color)
    _lines(axes, "separation_octaves", groups)
    semi, cut = _best(intact, SEMI_NMF), _best(intact, PCA)
    axes.plot(semi["rank"], semi["separation_octaves"], "--s", ms=3.5, lw=1, color=SEMI, mfc="white")
    axes.plot(cut["rank"], cut["separation_octaves"], "s", ms=5, color=LOW_COLOR, mfc="white")
    axes.set_ylim(0, None)
    axes.set_ylabel("outer factors respond apart (octaves)")
    axes.set_title("c  Do they tell frequencies apart?")


def _draw_story(axes: Axes, groups: Mapping[str, pd.DataFrame], intact: pd.DataFrame) -> None:
    width, height = LARGEST_DISAGREEMENT_DEG, 1.1 + LARGEST_MAP_CORRELATION
    axes.add_patch(Rectangle((SMALLEST_DIFFERENCE_DEG, -1.1), width, height, color="0.9", lw=0, zorder=0))
    marked = [(_best(intact, PCA), LOW_COLOR, "s", 6, 1.0), (_best(intact, SEMI_NMF), SEMI, "s", 4, 1.0)]
    solutions = [(group[group["method"] == NMF], color, "o", 3, 0.5) for color, group in groups.items()]
    for rows, color, marker, size, alpha in [*solutions, *marked]:
        hollow = {"mfc": "none"} if marker == "s" else {"mew": 0}
        difference = np.maximum(rows["orientation_difference_deg"], SMALLEST_DIFFERENCE_DEG)
        axes.plot(difference, rows["map_correlation"], marker, ms=size, color=color, alpha=alpha, ls="", **hollow)
    axes.set_xscale("log")
    axes.set_xlim(SMALLEST_DIFFERENCE_DEG, 200)
    axes.set_xticks([1, 10, 100], ["1", "10", "100"])
    axes.set_ylim(-1.08, None)
    axes.set_xlabel("weights and responses apart (°, median)")
    axes.set_ylabel("HF·LF map correlation (median)")
    axes.set_title("d  Do their maps agree with responses?")


def _handles(last: bool) -> list[Any]:
    def mark(marker: str, color: str, text: str, **style: Any) -> Line2D:
        return Line2D([], [], marker=marker, color=color, ms=4, label=text, **style)

    found = [
        mark("o", HIGH_COLOR, "NMF, as the article"),
        mark("s", SEMI, "semi-NMF (diagnostic)", mfc="white", ls="--"),
        mark("s", LOW_COLOR, "principal components; in c, d the first, cut at zero", mfc="white", ls="--"),
        mark("o", DESTROYED, "NMF of destroyed copies"),
        mark("_", "0.2", "two factors of resampled units", ls=""),
        Rectangle((0, 0), 1, 1, color="0.9", label="within the rule's limits (dashed in c)"),
    ]
    return [*found, mark("o", LAST, "NMF, last layer alone destroyed")] if last else found


def _summary(intact: pd.DataFrame, destroyed: pd.DataFrame) -> dict[str, Any]:
    """Return what two factors explain beside one signed direction, how stable they are, and which solutions tell."""
    two = intact[intact["rank"] == 2]
    units = two[two["change"] == UNITS]
    starts = two[(two["method"] == NMF) & (two["change"] == START)]
    nmf = intact[(intact["method"] == NMF) & (intact["rank"] >= 2)]
    best = _best(nmf, NMF)
    first = _best(intact, PCA).iloc[0]
    low, high = np.percentile(units["separation_octaves"], [2.5, 97.5])
    return {
        "two_factors_explain": float(_best(two, NMF)["explained"].iloc[0]),
        "one_signed_direction_explains": float(first["explained"]),
        "its_halves_cosine_to_hf_lf": float(first["cosine_to_hf_lf"]),
        "smallest_cosine_between_starts": float(starts["cosine"].min()),
        "median_cosine_of_resampled_units": float(units["cosine"].median()),
        "separation_of_resampled_units_octaves": [float(units["separation_octaves"].median()), float(low), float(high)],
        "resampled_units_that_tell": float(units["tells"].mean()),
        "starts_that_tell": float(nmf.loc[nmf["change"] == START, "tells"].mean()),
        "numbers_of_factors_that_tell": sorted({int(rank) for rank in best.loc[best["tells"] == 1, "rank"]}),
        "semi_nmf_that_tells": _telling(intact, SEMI_NMF),
        "destroyed_nmf_that_tells": _telling(destroyed, NMF),
        "destroyed_semi_nmf_that_tells": _telling(destroyed, SEMI_NMF),
    }


def _telling(table: pd.DataFrame, method: str) -> float | None:
    """Return the share of a method's solutions of two and more factors that tell; None without any."""
    found = table.loc[(table["method"] == method) & (table["rank"] >= 2), "tells"]
    return float(found.mean()) if len(found) else None
