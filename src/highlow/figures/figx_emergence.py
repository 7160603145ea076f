"""When detectors appear in training, beside the filters and factors that they are built from, and beside controls."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter
from numpy.typing import NDArray

from highlow.circuits import detection
from highlow.figures.drawing import Drawing, new_figure, styled
from highlow.figures.training_runs import LOOKS
from highlow.training import record

Floats = NDArray[np.floating]


UNTRAINED_COLOR = "0.55"
CURVES_HEIGHT = 7.4  # inches


@dataclass(frozen=True)
class Measure:
    """A panel: its column of the table, title, the limit of the rule if any, and the ends of the axis if fixed."""

    column: str
    title: str
    limit: float | None = None
    ends: tuple[float, float] | None = None


# Where the boundary is not asked for, what is measured is no answer; with random labels the right answer is another's.
BOUNDARY = Measure("boundary_error", "where is the boundary? error")
NOT_ASKED = ("no_boundary",)
# A row each: what is learned; parts, and what responses alone say; whether there are detectors, and how good; the rest.
MEASURES = (
    Measure("loss", "which photographs? loss"),
    BOUNDARY,
    Measure("gabor_share", "conv2d0: like Gabor filters", None, (0, 1)),
    Measure("factor_separation_octaves", "HF and LF factor apart by (octaves)", detection.SMALLEST_SEPARATION_OCTAVES),
    Measure("candidates", "candidates by responses alone"),
    Measure("best_score", "best score", detection.MINIMUM_SCORE, (0, 1.02)),
    Measure("detectors", "detectors"),
    Measure("selectivity", "six best: selectivity", None, (0, 1.02)),
    Measure("map_correlation", "six best: HF·LF map correlation", detection.LARGEST_MAP_CORRELATION, (-1.02, 1.02)),
    Measure(
        "orientation_difference_deg",
        "six best: |weights - responses| (°)",
        detection.LARGEST_DISAGREEMENT_DEG,
        (0, 180),
    ),
)
# What is drawn against what was learned, instead of against crops.
AGAINST_LEARNED = (
    Measure("detectors", "detectors, by what was learned"),
    Measure("factor_separation_octaves", "factors apart, by what was learned", detection.SMALLEST_SEPARATION_OCTAVES),
)
# Words and marker of each of `record.MILESTONES`; markers differ from those of the kinds.
EVENTS = {
    "gabor_onset": ("twice the start in (c)", "D"),
    "separated_factors": (f"factors {detection.SMALLEST_SEPARATION_OCTAVES:g} octaves apart", "P"),
    "a_candidate": ("first candidate", "X"),
    "a_detector": ("first detector", "*"),
}


@dataclass(frozen=True)
class Crops:
    """The axis of crops seen: logarithmic, with a place for 0 at the left and one for never at the right."""

    first: float
    last: float

    @property
    def start(self) -> float:
        """Where 0 crops are drawn."""
        return self.first / 3

    @property
    def never(self) -> float:
        """Where is drawn what does not happen."""
        return self.last * 4

    def place(self, crops: Any) -> Floats:
        """Return where numbers of crops are drawn."""
        found = np.asarray(crops, dtype=float)
        return np.where(found == 0, self.start, np.where(np.isinf(found), self.never, found))

    def label(self, axes: Axes, never: bool = False) -> None:
        """Give an axis its scale and ticks."""
        powers = [10.0**power for power in range(12) if self.first <= 10.0**power <= self.last]
        words = [f"{power / 1e6:g}M" if power >= 1e6 else f"{power / 1e3:g}k" for power in powers]
        axes.set_xscale("log")
        axes.set_xlim(self.start / 1.3, (self.never if never else self.last) * 1.3)
        axes.set_xticks([self.start, *powers, *[self.never] * never], ["0", *words, *["never"] * never])
        minor = [digit * power for power in (1e3, *powers) for digit in range(2, 10)]
        axes.set_xticks([tick for tick in minor if self.first <= tick <= self.last], minor=True)
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.axvline((self.start * self.first) ** 0.5, color="0.85", lw=0.6, ls=":")


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw the curves of all runs; `inputs` are `emergence` and `runs` (TSV)."""
    table = record.read_checkpoints(inputs["emergence"])
    runs = record.read_runs(inputs["runs"])
    kinds = [name for name in LOOKS if name in set(table["kind"])]
    asked = table[~table["labels"].isin(NOT_ASKED)]
    seen = table.loc[table["crops"] > 0, "crops"]
    crops = Crops(float(seen.min()), float(seen.max()))
    list_height = 0.7 + 0.115 * (len(runs) + 1)  # inches, of the list of runs
    figure = new_figure(CURVES_HEIGHT + list_height, "When do detectors appear in training?", settings)
    upper, lower = figure.subfigures(2, 1, height_ratios=(CURVES_HEIGHT, list_height), squeeze=False)[:, 0]
    grid = upper.subplots(4, 3)
    drawn = [
        _draw_curves(axes, letter, measure, asked if measure is BOUNDARY else table, kinds, crops)
        for axes, letter, measure in zip(grid.flat, "abcdefghij", MEASURES, strict=False)
    ]
    for axes in (*grid[2, 1:], grid[3, 0]):
        axes.set_xlabel("crops seen in training")
    for axes in (*grid[:2].flat, grid[2, 0]):
        axes.tick_params(labelbottom=False)
    grid[0, 0].axhline(float(runs["chance_loss"].max()), color="black", lw=0.7, ls=":")
    for axes, letter, measure in zip(grid[3, 1:], "kl", AGAINST_LEARNED, strict=True):
        _draw_against_learned(axes, letter, measure, asked[asked["labels"] == "photograph"], kinds)
    upper.legend(handles=_handles(kinds), loc="outside lower center", ncols=3, fontsize=7)
    left, right = lower.subplots(1, 2, width_ratios=(1, 1.15))
    milestones = record.milestones(table)
    _draw_milestones(left, milestones, kinds, crops)
    _draw_runs(right, runs)
    drawn.append(_long(milestones))
    return Drawing(figure, pd.concat(drawn, ignore_index=True), record.summary(table, runs))


def _draw_curves(
    axes: Axes, letter: str, measure: Measure, table: pd.DataFrame, kinds: list[str], crops: Crops
) -> pd.DataFrame:
    """Draw a measure over crops, a thin line a run and a bold one for the mean; return the values drawn."""
    axes.set_title(f"({letter}) {measure.title}", loc="left")
    untrained = float(table.loc[table["step"] == 0, measure.column].mean())
    axes.axhline(untrained, color=UNTRAINED_COLOR, lw=1)
    if measure.limit is not None:
        axes.axhline(measure.limit, color="black", lw=0.7, ls=(0, (4, 3)))
    rows = [pd.DataFrame({"kind": [record.UNTRAINED], "run": "mean", "crops": 0, "value": untrained})]
    for name in kinds:
        look, found = LOOKS[name], table[table["kind"] == name]
        for run, values in found.groupby("run", sort=False):
            axes.plot(crops.place(values["crops"]), values[measure.column], color=look.color, lw=0.6, alpha=0.6)
            rows.append(
                pd.DataFrame({"kind": name, "run": run, "crops": values["crops"], "value": values[measure.column]})
            )
        mean = found.groupby("crops")[measure.column].mean()
        axes.plot(crops.place(mean.index), mean, color=look.color, lw=1.7, marker=look.marker, ms=3)
        rows.append(pd.DataFrame({"kind": name, "run": "mean", "crops": mean.index, "value": mean.to_numpy()}))
    crops.label(axes)
    if measure.ends:
        axes.set_ylim(*measure.ends)
    elif measure.column in ("detectors", "candidates"):
        axes.set_ylim(bottom=-0.03 * axes.get_ylim()[1])
    axes.tick_params(labelsize=7)
    return pd.concat(rows, ignore_index=True).assign(measure=measure.column)[
        ["measure", "kind", "run", "crops", "value"]
    ]


def _draw_against_learned(axes: Axes, letter: str, measure: Measure, table: pd.DataFrame, kinds: list[str]) -> None:
    """Draw a measure over the error of the boundary, which falls to the right: every run, and the mean of a kind."""
    axes.set_title(f"({letter}) {measure.title}", loc="left")
    if measure.limit is not None:
        axes.axhline(measure.limit, color="black", lw=0.7, ls=(0, (4, 3)))
    for name in kinds:
        look, found = LOOKS[name], table[table["kind"] == name]
        for _, values in found.groupby("run", sort=False):
            axes.plot(values[BOUNDARY.column], values[measure.column], color=look.color, lw=0.6, alpha=0.6)
        mean = found.groupby("crops")[[BOUNDARY.column, measure.column]].mean()
        axes.plot(mean[BOUNDARY.column], mean[measure.column], color=look.color, lw=1.7, marker=look.marker, ms=3)
    axes.invert_xaxis()
    axes.set_xlabel("error of the boundary")
    axes.tick_params(labelsize=7)


def _handles(kinds: list[str]) -> list[Line2D]:
    """Return what the legend of the curves shows."""
    looks = [LOOKS[name] for name in kinds]
    lines = [Line2D([], [], color=look.color, lw=1.7, marker=look.marker, ms=3.5, label=look.words) for look in looks]
    grey = Line2D([], [], color=UNTRAINED_COLOR, lw=1, label="untrained (mean)")
    limit = Line2D([], [], color="black", lw=0.7, ls=(0, (4, 3)), label="limit of the rule")
    chance = Line2D([], [], color="black", lw=0.7, ls=":", label="loss by chance, in (a)")
    return [*lines, grey, limit, chance]


def _draw_milestones(axes: Axes, table: pd.DataFrame, kinds: list[str], crops: Crops) -> None:
    """Draw after how many crops each run first had filters, factors and a detector; large: the median run."""
    for row, name in enumerate(kinds):
        found, color = table[table["kind"] == name], LOOKS[name].color
        axes.axhspan(row - 0.46, row + 0.46, color="0.96", zorder=0)
        for place, (event, (_, marker)) in enumerate(EVENTS.items()):
            y = row - 0.33 + 0.22 * place
            size = 9 if marker == "*" else 6.5
            axes.plot(crops.place(np.median(found[event])), y, marker, ms=size, color=color, mew=0)
            axes.plot(
                crops.place(found[event]), [y] * len(found), marker, ms=size / 2, color="black", mfc="none", mew=0.6
            )
    axes.axvline((crops.last * crops.never) ** 0.5, color="0.85", lw=0.6, ls=":")
    crops.label(axes, never=True)
    axes.set_yticks(range(len(kinds)), [LOOKS[name].short for name in kinds])
    axes.tick_params(axis="both", labelsize=7)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(kinds) - 0.5, -0.5)
    axes.set_title("(m) crops until a run first has", loc="left")
    handles = [
        Line2D([], [], ls="", marker=marker, color="0.3", ms=5, mew=0, label=words) for words, marker in EVENTS.values()
    ]
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.4, -0.13), ncols=2, fontsize=6.5)


def _draw_runs(axes: Axes, runs: pd.DataFrame) -> None:
    """Write where detectors peak in every finished run, by the scan of all layers."""
    axes.set_axis_off()
    axes.set_title("(n) layer with the largest share of detectors", loc="left")
    columns = {"run": 0.0, "layer": 0.5, "detectors": 0.84, "largest gap": 1.0}
    height = 1 / (len(runs) + 1)
    for name, x in columns.items():
        _cell(axes, x, 1 - height / 2, name, "0.35", name in ("detectors", "largest gap"))
    order = [*LOOKS, record.UNTRAINED]
    ordered = runs.sort_values("kind", key=lambda names: names.map(lambda name: order.index(name)), kind="stable")
    for row, run in enumerate(ordered.itertuples(), start=1):
        look = LOOKS.get(str(run.kind))
        words = f"{look.short if look else run.kind}, seed {run.seed}"
        some = float(run.detectors) > 0
        cells = (
            words,
            f"{run.layer} {run.branch}" if some and run.branch != run.layer else f"{run.layer}" if some else "none",
            f"{run.detectors:.0f} of {run.units:.0f}" if some else "0",
            f"{run.largest_gap_deg:.0f}°" if some else "",
        )
        for index, (text, x) in enumerate(zip(cells, columns.values(), strict=True)):
            _cell(
                axes,
                x,
                1 - (row + 0.5) * height,
                text,
                look.color if look and not index else "0.35" if not index else "black",
                index > 1,
            )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)


def _cell(axes: Axes, x: float, y: float, text: str, color: str, right: bool) -> None:
    axes.text(x, y, text, color=color, fontsize=6.5, ha="right" if right else "left", va="center")


def _long(milestones: pd.DataFrame) -> pd.DataFrame:
    """Return the milestones as rows like those of the curves; an empty value is never."""
    rows = milestones.melt(["kind", "run"], list(EVENTS), "measure", "value")
    return rows.assign(measure="first_crops_with_" + rows["measure"], value=rows["value"].replace(np.inf, np.nan))
