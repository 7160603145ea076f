"""Surgery: what is left of the detectors when their incoming weights are replaced, surgery by surgery, unit by unit."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from highlow.experiments.claimed import INTACT
from highlow.experiments.statistics import bootstrap
from highlow.experiments.surgery.claims import COLUMNS, NETWORK, values
from highlow.figures.drawing import HIGH_COLOR, LOW_COLOR, Drawing, new_figure, styled
from highlow.storage import table_files

# Of the table, in the order and the words of the figure.
SURGERIES = {
    "path": "nothing: the path, made linear",
    "own_rank_2": "best rank 2 of the unit alone",
    "rank_4": "four shared factors",
    "rank_3": "three shared factors",
    "rank_2": "two: HF and LF",
    "rank_1": "one shared factor",
    "hand": "by hand: HF and LF on a step",
    "hand_lf": "by hand: LF on a step",
    "hand_hf": "by hand: HF on a step",
    "without_lf": "without the LF channels",
    "without_as_many_as_lf": "without as many at random",
    "without_hf": "without the HF channels",
    "without_as_many_as_hf": "without as many at random",
    "other_channels": "channels dealt out anew",
    "fewest_tuning_weights": "fewest weights with 90 % of the tuning",
    "as_many_as_tuning_weights": "as many at random",
    "fewest_photograph_weights": "fewest weights with 90 % on images",
    "as_many_as_photograph_weights": "as many at random",
}
PANELS = {
    "tuning_correlation": "tuning surface:\ncorrelation",
    "photograph_correlation": "images, all positions:\ncorrelation",
    "direction_selectivity": "direction\nselectivity",
    "polarity_ratio": "opposite side:\nshare of response",
}
CORRELATIONS = ("tuning_correlation", "photograph_correlation")
CELLS = {
    "path": "path, made linear",
    "own_rank_1": "rank 1 of its own",
    "own_rank_2": "rank 2 of its own",
    "rank_4": "four shared factors",
    "rank_2": "two: HF and LF",
    "hand": "HF and LF on a step",
    "hand_lf": "LF on a step",
    "hand_hf": "HF on a step",
}
SHOWN_UNITS = 24
ENOUGH = 0.8  # of a correlation: what the ranks of a unit are counted to

Floats = NDArray[np.floating]


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw the medians of each surgery above the units; `inputs` has the `table` (TSV)."""
    table = table_files.read(inputs["table"], ("variant", *COLUMNS))
    rows = table[table["variant"] == INTACT]
    medians = _medians(table, settings["seed"])
    units = rows["unit"].drop_duplicates().tolist()
    figure = new_figure(8.6, f"What do {len(units)} units do when their weights are replaced?", settings)
    above, below = figure.subfigures(2, 1, squeeze=False, height_ratios=(1.65, 1))[:, 0]
    _draw_medians(above, medians, rows)
    _draw_units(below, rows, units[:SHOWN_UNITS])
    return Drawing(figure, pd.concat([medians, _unit_numbers(rows)], ignore_index=True), _summary(medians, rows))


def _medians(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return medians over units with their intervals, by network, surgery, bias and measure."""
    found = []
    for (variant, surgery, bias), group in table.groupby(["variant", "surgery", "bias"], sort=False):
        for measure in (*PANELS, "kept_weights", "drive_share"):
            value, low, high = bootstrap(group[measure].to_numpy(), seed)
            found.append((variant, surgery, bias, measure, value, low, high))
    return pd.DataFrame(found, columns=["variant", "surgery", "bias", "measure", "value", "low", "high"])


def _draw_medians(part: Any, medians: pd.DataFrame, rows: pd.DataFrame) -> None:
    """Draw a panel a measure, with a line a surgery."""
    present = [name for name in SURGERIES if (rows["surgery"] == name).any()]
    panels = part.subplots(1, len(PANELS), sharey=True, width_ratios=(1.3, 1.3, 0.8, 0.8))
    for axes, (measure, title) in zip(panels, PANELS.items(), strict=True):
        chosen = medians[medians["measure"] == measure]
        intact = chosen[chosen["variant"] == INTACT].set_index(["surgery", "bias"])
        whole = float(intact.loc[(NETWORK, "kept"), "value"])
        axes.axvline(whole, color="0.6", lw=0.8, ls=":")
        for place, surgery in enumerate(present):
            single = rows[(rows["surgery"] == surgery) & (rows["bias"] == "matched")][measure]
            axes.plot(single, np.full(len(single), place), "|", ms=6, color=LOW_COLOR, alpha=0.35)
            if measure in CORRELATIONS:
                others = chosen[
                    (chosen["variant"] != INTACT) & (chosen["surgery"] == surgery) & (chosen["bias"] == "matched")
                ]
                axes.plot(others["value"], np.full(len(others), place + 0.28), "x", ms=3, color="0.55")
            found = intact.loc[(surgery, "matched")]
            axes.plot([found["low"], found["high"]], [place, place], color=LOW_COLOR, lw=1.5)
            axes.plot(found["value"], place, "o", ms=4.5, color=LOW_COLOR)
            axes.plot(intact.loc[(surgery, "kept"), "value"], place, "D", ms=4, mfc="none", color=HIGH_COLOR, mew=1)
        axes.set_title(title)
        axes.grid(axis="x", color="0.92", lw=0.6)
        axes.set_axisbelow(True)
        axes.set_xlim(*((-0.55, 1.05) if measure in CORRELATIONS else (-0.05, 1.05)))
        axes.set_xticks((-0.5, 0, 0.5, 1) if measure in CORRELATIONS else (0, 0.5, 1))
    axes = panels[0]
    axes.set_yticks(range(len(present)), [SURGERIES[name] for name in present], fontsize=7)
    axes.set_ylim(len(present) - 0.4, -0.6)
    axes.set_ylabel("weights replaced by")
    handles = [
        axes.plot([], [], "o-", ms=4.5, lw=1.5, color=LOW_COLOR, label="median of the units, 95 % interval")[0],
        axes.plot([], [], "|", ms=6, color=LOW_COLOR, alpha=0.5, label="a unit")[0],
        axes.plot([], [], "D", ms=4, mfc="none", color=HIGH_COLOR, label="median, biases not matched")[0],
        axes.plot([], [], "x", ms=3, color="0.55", label="median in a destroyed network")[0],
        axes.plot([], [], ":", color="0.6", label="the units as they are")[0],
    ]
    part.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=7)


def _draw_units(part: Any, rows: pd.DataFrame, units: list[int]) -> None:
    """Draw the units' correlations on images as cells, and how many weights and factors each needs."""
    photograph = values(rows, "photograph_correlation").loc[units]
    present = [name for name in CELLS if name in photograph]
    cells = photograph[present].to_numpy().T
    axes: Axes = part.subplots()
    axes.imshow(cells, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    for (place, column), value in np.ndenumerate(cells):
        text = f"{value:.2f}" if np.isfinite(value) else "-"
        axes.text(column, place, text, ha="center", va="center", fontsize=6, color="black" if value > 0.6 else "white")
    counts = _needed(rows).loc[units]
    for place, column in enumerate(counts, start=len(present)):
        for number, value in enumerate(counts[column]):
            axes.text(number, place, value, ha="center", va="center", fontsize=6)
    labels = [*(CELLS[name] for name in present), *counts]
    axes.set_yticks(range(len(labels)), labels, fontsize=7)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xticks(range(len(units)), [str(unit) for unit in units], fontsize=7)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("unit")
    axes.set_title("Images, unit by unit: correlation (colour), and what each needs")


def _needed(rows: pd.DataFrame) -> pd.DataFrame:
    """Return, as texts by unit, the factors and weights that a unit needs, and what its strongest drive comes from."""
    photograph, weights = values(rows, "photograph_correlation"), values(rows, "kept_weights")
    share = values(rows, "drive_share")

    def ranks(prefix: str) -> list[str]:
        names = [name for name in (f"{prefix}_{rank}" for rank in range(1, 5)) if name in photograph]
        enough = photograph[names].to_numpy() >= ENOUGH
        return [str(1 + int(row.argmax())) if row.any() else f"> {len(names)}" for row in enough]

    def percent(found: pd.Series) -> list[str]:
        return [f"{100 * value:.0f}" if np.isfinite(value) else "-" for value in found]

    return pd.DataFrame(
        {
            f"shared factors to {ENOUGH:g}": ranks("rank"),
            f"own factors to {ENOUGH:g}": ranks("own_rank"),
            "fewest weights, tuning": [f"{count:.0f}" for count in weights["fewest_tuning_weights"]],
            "fewest weights, images": [f"{count:.0f}" for count in weights["fewest_photograph_weights"]],
            "strongest drive: % from HF": percent(share["only_hf"]),
            "% from LF": percent(share["only_lf"]),
            "% from neither": percent(1 - share["only_hf"] - share["only_lf"]),
        },
        index=photograph.index,
    )


def _unit_numbers(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the units' values in the long form of the medians, with the unit."""
    chosen = rows[["unit", "surgery", "bias", *PANELS, "kept_weights", "drive_share"]]
    long = chosen.melt(["unit", "surgery", "bias"], var_name="measure", value_name="value")
    return long.assign(variant=INTACT)


def _summary(medians: pd.DataFrame, rows: pd.DataFrame) -> dict[str, Any]:
    """Return medians with intervals by surgery, and how many units two factors explain."""
    matched = medians[(medians["variant"] == INTACT) & (medians["bias"] == "matched")]
    summary: dict[str, Any] = {
        measure: {row.surgery: [row.value, row.low, row.high] for row in group.itertuples()}
        for measure, group in matched.groupby("measure", sort=False)
    }
    photograph = values(rows, "photograph_correlation")
    needed = values(rows, "kept_weights")
    summary["units"] = len(photograph)
    summary["weights_of_a_unit"] = float(needed[NETWORK].median())
    summary["units_that_one_factor_explains_better"] = int(
        (photograph[["hand_hf", "hand_lf"]].max(axis=1) > photograph["hand"]).sum()
    )
    return summary
