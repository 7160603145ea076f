"""Focus swap: where the population points at borders of focus, when the same scene is in focus near and far."""

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.patheffects import withStroke

from highlow.experiments.claimed import INTACT
from highlow.experiments.focus import claims as said
from highlow.experiments.focus import pairs
from highlow.experiments.focus.claims import DETECTORS, EDGES
from highlow.figures.drawing import HIGH_COLOR, LOW_COLOR, Drawing, bare, new_figure, styled
from highlow.figures.variants import WHAT_LIMITS_SAY, of_variants, plot_claim, summary
from highlow.pictures.image_files import UnusableImageError
from highlow.runs.errors import HighlowError
from highlow.storage import table_files

FOLDER = "HIGHLOW_FOCUS"  # where the photographs are: in the environment, as it is no part of a result
SHOWN = 3  # best scenes, and as many worst
EDGE_COLOR = "0.45"
SURE = 0.05  # of the corrected p-values
KEYS = ("effect", "minus_luminance_edges", "share_that_swaps")


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw scenes, effects and controls; `inputs` is `table` (TSV). The environment names the photographs' folder."""
    folder = os.environ.get(FOLDER, "")
    if not folder:
        raise HighlowError(f"{FOLDER} names no folder of photographs; set the config key focus_pairs")
    table = table_files.read(inputs["table"], ("variant",))
    rows = table[table["variant"] == INTACT]
    claims = of_variants(table, said.claims, settings["seed"])
    places = rows[(rows["kind"] == "border") & (rows["group"] == DETECTORS)]
    scenes = rows[(rows["kind"] == "scene") & (rows["group"] == DETECTORS)]
    ordered = scenes.sort_values(["effect", "scene"], ascending=[False, True], ignore_index=True)
    figure = new_figure(8.0, _title(rows), settings)
    best, worst, middle, lower = figure.subfigures(4, 1, squeeze=False, height_ratios=(1.35, 1.55, 2.2, 1.6))[:, 0]
    count = min(SHOWN, len(ordered) // 2)
    _show_scenes(best, folder, ordered.head(count), places, "most effect")
    _show_scenes(worst, folder, ordered.tail(count)[::-1], places, "least effect")
    worst.supxlabel(
        "White: the side that is sharp. Arrow: where the population points, orange if to the sharp side, blue if not; "
        "a dot if it is silent.\nBelow: how far it points to the side that is sharp in A, mean over borders. A full "
        "swap is A: 1 and B: -1.",
        fontsize=7,
    )
    by_scene, by_unit = middle.subplots(1, 2, width_ratios=(1.6, 1))
    _plot_scenes(by_scene, rows)
    _plot_units(by_unit, rows[rows["kind"] == "unit"])
    names = ("effect (1: full swap)", "minus luminance-edge units", "share of borders that swap")
    grid = lower.subplots(1, len(names), sharey=True)
    for number, (axes, name) in enumerate(zip(grid, names, strict=True)):
        plot_claim(axes, {variant: found[number] for variant, found in claims.items()}, name)
    lower.supxlabel(WHAT_LIMITS_SAY, fontsize=7)
    return Drawing(figure, rows, _counted(rows) | summary(claims, KEYS))


def _title(rows: pd.DataFrame) -> str:
    units = rows[(rows["kind"] == "unit") & (rows["group"] == DETECTORS)]
    accepted = int(units["is_detector"].sum())
    who = f"{len(units)} detectors" if accepted == len(units) else f"the {len(units)} best candidates"
    return f"Does the population point to what is in focus? ({who})"


def _counted(rows: pd.DataFrame) -> dict[str, Any]:
    """Return what was measured of how many."""

    def count(kind: str) -> int:
        return int(((rows["kind"] == kind) & (rows["group"] == DETECTORS)).sum())

    units = rows[(rows["kind"] == "unit") & (rows["group"] == DETECTORS)]
    result: dict[str, Any] = {
        "units": len(units),
        "detectors": int(units["is_detector"].sum()),
        "units_with_effect": int((units["q_benjamini_hochberg"] < SURE).sum()),
        "scenes": count("scene"),
        "borders": count("border"),
        "scenes_left_out": int((rows["kind"] == "skipped").sum()),
    }
    everything = rows[rows["kind"] == "all"].set_index("group")
    for key, group, name in (
        ("standardized_effect", DETECTORS, "standardized"),
        ("p_swapped_pairs", DETECTORS, "p_swapped_pairs"),
        ("effect_on_luminance_edge_units", EDGES, "effect"),
    ):
        value = float(everything.loc[group, name]) if group in everything.index else np.nan
        result[key] = value if np.isfinite(value) else None
    return result


def _show_scenes(section: SubFigure, folder: str, chosen: pd.DataFrame, places: pd.DataFrame, name: str) -> None:
    """Show both photographs of scenes, with the decoded and the sharp side at every border."""
    section.supylabel(name, fontsize=7)
    if not len(chosen):
        return
    grid = section.subplots(1, 2 * len(chosen), squeeze=False)[0]
    for number, (_, scene) in enumerate(chosen.iterrows()):
        found = places[places["scene"] == scene["scene"]]
        try:
            photographs = pairs.read(folder, pairs.Scene(scene["scene"], (scene["file_a"], scene["file_b"])))
        except UnusableImageError as error:
            raise HighlowError(f"focus_pairs: scene {scene['scene']!r}: {error}; run again") from None
        for side, photograph, axes in zip("ab", photographs, grid[2 * number : 2 * number + 2], strict=True):
            axes.imshow(photograph, interpolation="antialiased")
            bare(axes)
            _arrows(axes, found, found[f"decoded_{side}_deg"], 1.0 if side == "a" else -1.0, max(photograph.shape[:2]))
            axes.set_xlabel(f"{side.upper()}: {scene[f'along_{side}']:.2f}", fontsize=6.5, labelpad=1)
        grid[2 * number].set_title(f"{scene['scene'].split('/')[-1]}: {scene['effect']:.2f}", fontsize=7, loc="left")


def _arrows(axes: Axes, places: pd.DataFrame, decoded: "pd.Series[float]", sign: float, size: int) -> None:
    length = 0.09 * size
    for (_, place), angle in zip(places.iterrows(), decoded, strict=True):
        x, y = float(place["column"]), float(place["row"])
        sharp = np.deg2rad(place["true_deg"] + (0 if sign > 0 else 180))
        axes.plot(
            [x, x + 0.7 * length * np.cos(sharp)], [y, y + 0.7 * length * np.sin(sharp)], "-", color="white", lw=2.2
        )
        if not np.isfinite(angle):
            axes.plot(x, y, "o", color="black", mfc="white", ms=2.5)
            continue
        towards = np.cos(np.deg2rad(angle) - sharp) > 0
        arrow = axes.annotate(
            "",
            xy=(x + length * np.cos(np.deg2rad(angle)), y + length * np.sin(np.deg2rad(angle))),
            xytext=(x, y),
            arrowprops={
                "arrowstyle": "-|>",
                "color": HIGH_COLOR if towards else LOW_COLOR,
                "lw": 1.0,
                "shrinkA": 0,
                "shrinkB": 0,
                "mutation_scale": 5,
            },
        )
        assert arrow.arrow_patch is not None
        arrow.arrow_patch.set_path_effects([withStroke(linewidth=2, foreground="white")])
    axes.set_xlim(axes.get_images()[0].get_extent()[:2])


def _plot_scenes(axes: Axes, rows: pd.DataFrame) -> None:
    """Plot the effect of every scene, ordered by that of the detectors, beside that of luminance-edge units."""
    effects = said.by_scene(rows)
    order = np.argsort(-effects[DETECTORS], kind="stable")
    for group, color, marker in ((DETECTORS, HIGH_COLOR, "o"), (EDGES, EDGE_COLOR, "x")):
        found = rows[(rows["kind"] == "all") & (rows["group"] == group)]
        label = group
        if len(found):
            one = found.iloc[0]
            interval = f"{one['effect']:.2f} ({one['low']:.2f} to {one['high']:.2f})"
            label = f"{group}: {interval}, {_p(one['p_swapped_pairs'])}"
        axes.plot(np.arange(len(order)) + 1, effects[group][order], marker, color=color, ms=3, label=label)
    axes.axhline(0, color="0.6", lw=0.7, zorder=0)
    axes.set_ylim(-1, 1.05)
    axes.set_xlabel("scene, by effect")
    axes.set_ylabel("effect of swapping the focus")
    axes.legend(loc="lower left", fontsize=6.5, title="mean over scenes, p of swapping A and B", title_fontsize=6.5)


def _p(value: float) -> str:
    return f"p {value:.1g}" if np.isfinite(value) else "no p"


def _plot_units(axes: Axes, units: pd.DataFrame) -> None:
    """Plot each unit's own effect by its preferred orientation; filled where it is not by chance."""
    for group, color, marker in ((DETECTORS, HIGH_COLOR, "o"), (EDGES, EDGE_COLOR, "s")):
        found = units[units["group"] == group]
        sure = found["q_benjamini_hochberg"] < SURE
        for chosen, fill in ((sure, color), (~sure, "white")):
            part = found[chosen]
            axes.plot(part["true_deg"], part["effect"], marker, color=color, mfc=fill, ms=4)
    axes.plot([], [], "o", color="0.3", mfc="0.3", ms=4, label=f"q < {SURE:g}")
    axes.plot([], [], "o", color="0.3", mfc="white", ms=4, label="by chance")
    axes.axhline(0, color="0.6", lw=0.7, zorder=0)
    axes.set_xlim(0, 360)
    axes.set_xticks(range(0, 361, 90))
    axes.set_ylim(-1, 1.05)
    axes.set_xlabel("preferred orientation (°)")
    axes.set_ylabel("effect, unit by unit")
    axes.legend(loc="lower left", fontsize=6.5)
