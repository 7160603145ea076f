"""Construction: what is left of the detectors' tuning when their inputs have no orientation."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from highlow.experiments.claimed import INTACT
from highlow.experiments.construction.claims import COLUMNS, FEWEST_DETECTORS, LIMIT, PLANTED, values
from highlow.experiments.statistics import bootstrap
from highlow.figures.drawing import HIGH_COLOR, LOW_COLOR, Drawing, label, new_figure, styled
from highlow.storage import table_files

CONTROLS = {
    "shuffled_last": "its taps\nshuffled",
    "shuffled_space": "taps\nshuffled",
    "shuffled_channels": "channels\nshuffled",
    "random": "random\nweights",
}
SHARES = {
    "weight_share": "of the\nweights",
    "response_share": "of the\nresponses",
    "tuning_share": "of the\ntuning",
    "random_tuning_share": "random groups:\nof the tuning",
}
BEYOND = (-0.5, 1.5)  # further values are drawn at the border
GREY = "0.45"


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw the index of units, by source layer, and what channels contribute; `inputs` is the `table` (TSV)."""
    table = table_files.read(inputs["table"], COLUMNS)
    figure = new_figure(6.6, "Direction from where inputs lie, or from the inputs' own direction?", settings)
    if not (table["kind"] == "detector").any():
        figure.text(0.5, 0.5, "not measured: channels are scaled by what the whole image holds", ha="center")
        return Drawing(figure, table)
    intact = table[table["variant"] == INTACT]
    accepted = intact[intact["is_detector"] == 1]["unit"].nunique() >= FEWEST_DETECTORS
    who = "detectors" if accepted else "best candidates"
    panels = figure.subplots(2, 2, width_ratios=(1.35, 1))
    _units(panels[0, 0], table, who)
    _sources(panels[0, 1], intact, who)
    _channels(panels[1, 0], intact, who)
    _groups(panels[1, 1], intact, who)
    kinds = {kind: values(intact[intact["kind"] == kind], "index") for kind in ("detector", "luminance_edge")}
    best = table[(table["kind"] == "detector") & (table["measure"] == "index") & (table["variant"] != INTACT)]
    summary: dict[str, Any] = {
        "who": who,
        "units": {kind: len(found) for kind, found in kinds.items()},
        "index": {kind: list(bootstrap(found, settings["seed"])) for kind, found in kinds.items()},
        "index_of_destroyed": best.groupby("variant", sort=False)["value"].median().to_dict(),
    }
    for measure in SHARES:
        summary[measure] = float(np.median(values(intact[intact["kind"] == "detector"], measure)))
    return Drawing(figure, table[table["kind"] != "channel"].reset_index(drop=True), summary)


def _units(axes: Axes, table: pd.DataFrame, who: str) -> None:
    """Draw the index of every unit with its interval, beside units of edges and the best of destroyed networks."""
    rows = table[table["measure"].isin(["index", "tuned_share"])]
    groups = [
        (who.replace(" ", "\n"), rows[(rows["variant"] == INTACT) & (rows["kind"] == "detector")], HIGH_COLOR),
        ("units of\nedges", rows[(rows["variant"] == INTACT) & (rows["kind"] == "luminance_edge")], LOW_COLOR),
    ]
    drawn = {control: name for control, name in CONTROLS.items() if control in set(rows["variant"])}
    for control, name in drawn.items():
        groups.append((name, rows[(rows["variant"] == control) & (rows["kind"] == "detector")], GREY))
    for role, text in {"detector": "planted\ndetectors", "passthrough": "planted\npassthroughs"}.items():
        axes.axhspan(*PLANTED[role], color="0.88", lw=0, zorder=0)
        axes.text(-1.55, float(np.mean(PLANTED[role])), text, va="center", fontsize=6.5, color="0.3")
    axes.text(-1.55, BEYOND[0] + 0.04, "tuned", va="bottom", fontsize=6.5, color="0.3")
    for place, (_, both, color) in enumerate(groups):
        found, tuned = both[both["measure"] == "index"], values(both, "tuned_share")
        value, low, high = (np.clip(found[name].to_numpy(), *BEYOND) for name in ("value", "low", "high"))
        order = np.argsort(value)
        x = place + np.linspace(-0.28, 0.28, len(value)) if len(value) > 1 else np.full(len(value), float(place))
        filled = (found["is_detector"].to_numpy() == 1) | (place == 1)
        axes.vlines(x, low[order], high[order], color=color, lw=0.7, alpha=0.6)
        for face, chosen in (("none", ~filled[order]), (color, filled[order])):
            axes.plot(x[chosen], value[order][chosen], "o", ms=3.5, color=color, mfc=face, mew=0.8)
        if len(value):
            axes.plot([place - 0.36, place + 0.36], [np.median(value)] * 2, color="black", lw=1.4)
            axes.text(place, BEYOND[1], f"{np.median(value):.2f}", ha="center", va="bottom", fontsize=7)
            written = axes.text(
                place, BEYOND[0] + 0.04, f"{np.median(tuned):.2f}", ha="center", va="bottom", fontsize=7
            )
            written.set_path_effects([withStroke(linewidth=2.5, foreground="white")])
    axes.set_xticks(range(len(groups)), [name for name, _, _ in groups], fontsize=6.5)
    axes.set_xlim(-1.6, len(groups) - 0.5)
    axes.set_ylim(*BEYOND)
    axes.set_ylabel("tuning left without the inputs'\nown orientation (share)")
    axes.set_title("a  units of the layer; hollow: no detectors, the best candidates", loc="left", pad=12)


def _sources(axes: Axes, rows: pd.DataFrame, who: str) -> None:
    """Draw the index by the layer whose channels have no orientation, the earliest first."""
    earlier = rows[rows["measure"] == "earlier_index"]
    nearest = rows[(rows["measure"] == "index") & (rows["kind"] == "detector")]
    by_source = [*[found for _, found in earlier.groupby("source", sort=False)][::-1], nearest]
    grid = np.stack([found.sort_values("unit")["value"].to_numpy() for found in by_source])
    x = np.arange(len(grid))
    axes.plot(x, grid, "-", color=HIGH_COLOR, lw=0.7, alpha=0.5)
    axes.plot(x, np.median(grid, axis=1), "-o", color="black", ms=4, label=f"median of the {who}")
    axes.axhline(1, color="0.7", lw=0.6)
    axes.axhline(0, color="0.7", lw=0.6)
    axes.set_xticks(x, [found["source"].iloc[0] for found in by_source], rotation=20 if len(x) > 3 else 0)
    axes.set_ylim(min(-0.1, float(grid.min())), max(1.3, float(grid.max()) + 0.1))
    axes.set_ylabel("tuning left (share)")
    axes.set_xlabel("layer whose channels lose their orientation")
    axes.set_title("b  where direction becomes the inputs' own", loc="left", pad=12)
    axes.legend(loc="lower left", fontsize=7)


def _channels(axes: Axes, rows: pd.DataFrame, who: str) -> None:
    """Draw what every input channel contributes over how selective it is for orientation."""
    table = rows[rows["kind"] == "channel"].pivot(index="unit", columns="measure", values="value")
    table = table.dropna(subset=["orientation_selectivity"])
    for color, chosen, name in (
        (HIGH_COLOR, table["factor"] > 0, "rather HF factor"),
        (LOW_COLOR, table["factor"] < 0, "rather LF factor"),
        (GREY, ~(table["factor"].abs() > 0), "neither"),
    ):
        found = table[chosen]
        size = 2 + 600 * found["weight_share"]
        x, y = found["orientation_selectivity"], found["tuning_share"]
        axes.scatter(x, y, s=size, color=color, alpha=0.6, lw=0, label=name)
    axes.axvline(LIMIT, color="0.3", lw=0.8, ls=":")
    axes.axhline(0, color="0.7", lw=0.6)
    top = table.nlargest(3, "tuning_share")
    for (unit, row), place in zip(
        top.sort_values("orientation_selectivity").iterrows(), ((-12, 3), (0, 6), (5, 3)), strict=False
    ):
        axes.annotate(
            str(unit),
            (row["orientation_selectivity"], row["tuning_share"]),
            textcoords="offset points",
            xytext=place,
            fontsize=6.5,
        )
    axes.set_xlim(0, 1.02)
    axes.set_xlabel("selectivity for direction or axis (larger one; dotted: limit)")
    axes.set_ylabel(f"share of the {who}' tuning")
    axes.set_title(f"c  channels of {label(rows['source'].iloc[0])}; area: share of the weights", loc="left", pad=12)
    legend = axes.legend(loc="upper right", fontsize=7)
    for handle in legend.legend_handles:
        handle.set_sizes([18])  # type: ignore[union-attr]


def _groups(axes: Axes, rows: pd.DataFrame, who: str) -> None:
    """Draw the share of channels without orientation in every detector."""
    found = rows[rows["kind"] == "detector"]
    grid = np.stack([values(found, measure) for measure in SHARES])
    x = np.arange(len(grid))
    axes.plot(x, grid, "-", color="0.8", lw=0.6)
    for place, shares in enumerate(grid):
        color = GREY if place == len(grid) - 1 else HIGH_COLOR
        axes.plot(np.full(len(shares), place), shares, "o", ms=3.5, color=color, alpha=0.7)
        axes.plot([place - 0.25, place + 0.25], [np.median(shares)] * 2, color="black", lw=1.4)
        axes.text(place, 1.0, f"{np.median(shares):.2f}", ha="center", fontsize=7, transform=axes.get_xaxis_transform())
    axes.axhline(0, color="0.7", lw=0.6)
    axes.set_xticks(x, list(SHARES.values()), fontsize=6.5)
    channels = values(rows[rows["kind"] == "channel"], "orientation_selectivity")
    axes.set_ylabel("share")
    axes.set_title(f"d  channels without orientation ({np.mean(channels < LIMIT):.0%} of all)", loc="left", pad=12)
