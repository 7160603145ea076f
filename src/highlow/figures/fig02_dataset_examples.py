"""Figure 2: the image crops that detectors answer most, and where their high frequencies lie."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from highlow.circuits import detection
from highlow.figures.drawing import HIGH_COLOR, Drawing, bare, new_figure, orientation_arrow, styled
from highlow.figures.selection import degrees, shown_units, unit_label
from highlow.figures.unit_pictures import show_unit
from highlow.pictures import example_file, example_sides, picture_file
from highlow.pictures.example_file import LayerExamples
from highlow.storage import table_files

COLUMNS = 9
ROW = 0.8  # inches
CONTROL_COLOR = "#6e6e6e"
BOOTSTRAP_SEED = 0


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw crops and their asymmetry; inputs: `detectors`, `sides` (TSV), `examples` and `pictures` (HDF5)."""
    units = shown_units(table_files.read(inputs["detectors"], detection.COLUMNS), settings["branch"], settings["units"])
    sides = table_files.read(inputs["sides"], example_sides.COLUMNS)
    found, pictures = example_file.read(inputs["examples"]), picture_file.read(inputs["pictures"])
    figure = new_figure(3.4 + ROW * len(units), "Dataset examples", settings)
    upper, lower = figure.subfigures(2, 1, squeeze=False, height_ratios=(ROW * len(units) + 0.3, 2.6))[:, 0]
    grid = upper.subplots(len(units), COLUMNS + 1, squeeze=False)
    for row, (_, unit) in zip(grid, units.iterrows(), strict=True):
        show_unit(row[0], pictures, int(unit["unit"]))
        name = unit_label(settings["layer"], unit).replace(" (", "\n(")
        row[0].set_ylabel(
            f"{name}\n{degrees(unit['preferred_orientation_deg'])}", rotation=0, ha="right", va="center", fontsize=7
        )
        if np.isfinite(unit["preferred_orientation_deg"]):
            orientation_arrow(row[0], unit["preferred_orientation_deg"], "black")
        _show_crops(row[1:], found, int(unit["unit"]))
    grid[0, 0].set_title("picture", fontsize=7)
    for rank, axes in enumerate(grid[0, 1:]):
        axes.set_title(f"{rank + 1}", fontsize=7)
    upper.supxlabel(
        "Arrow: preferred direction of the high-frequency side. Below each crop: activation. Pale and hatched: beyond "
        "the image, mirrored.",
        fontsize=7,
    )
    summary = _plot_sides(lower, sides, units["unit"].tolist())
    return Drawing(figure, sides, {"units": units["unit"].tolist(), **summary})


def _show_crops(row: NDArray[Any], found: LayerExamples, unit: int) -> None:
    crops, _ = found.crops(unit)
    for rank, axes in enumerate(row):
        bare(axes)
        if rank >= len(crops):
            axes.text(0.5, 0.5, "none", ha="center", va="center", fontsize=6, transform=axes.transAxes)
            continue
        axes.imshow(crops[rank], interpolation="nearest")
        _mark_outside(axes, found.outside[unit, rank].tolist(), crops.shape[1])
        axes.set_xlabel(f"{found.examples.score[unit, rank]:.3g}", fontsize=6.5, labelpad=1)


def _mark_outside(axes: Axes, outside: list[int], size: int) -> None:
    above, below, left, right = outside
    for x, y, width, height in (
        (0, 0, size, above),
        (0, size - below, size, below),
        (0, above, left, size - above - below),
        (size - right, above, right, size - above - below),
    ):
        if width > 0 and height > 0:
            axes.add_patch(
                Rectangle((x - 0.5, y - 0.5), width, height, fc=(1, 1, 1, 0.6), ec="#404040", hatch="/////", lw=0)
            )


def _plot_sides(section: SubFigure, sides: pd.DataFrame, shown: list[int]) -> dict[str, Any]:
    """Plot every crop's asymmetry by unit, beside random crops of the same images, and return the summary."""
    axes = section.subplots()
    means = example_sides.unit_means(sides)
    for place, unit in enumerate(means["unit"]):
        of_unit = sides[sides["unit"] == unit]
        for column, color, shift in (
            ("share_asymmetry", HIGH_COLOR, -0.15),
            ("control_share_asymmetry", CONTROL_COLOR, 0.15),
        ):
            values = of_unit[column].to_numpy()
            mean, low, high = example_sides.mean_interval(values, BOOTSTRAP_SEED)
            axes.plot(np.full(len(values), place + shift), values, ".", color=color, ms=3, alpha=0.4, mew=0)
            axes.errorbar(place + shift, mean, [[mean - low], [high - mean]], fmt="o", color=color, ms=4, lw=1.2)
    labels = [
        f"{unit}{'*' if unit in shown else ''}\n{degrees(angle)}"
        for unit, angle in zip(means["unit"], means["preferred_orientation_deg"], strict=True)
    ]
    crowded = len(means) > 24
    axes.set_xticks(range(len(means)), labels, fontsize=6 if crowded else 7, rotation=90 if crowded else 0)
    axes.axhline(0, color="black", lw=0.8)
    axes.set_ylim(-1.05, 1.05)
    axes.set_xlim(-0.6, len(means) - 0.4)
    axes.set_ylabel("share of high frequencies,\n(high − low side) / sum")
    axes.set_xlabel("unit (* shown above) and its preferred orientation")
    result = {
        "top crops": example_sides.mean_interval(means["share_asymmetry"].to_numpy(), BOOTSTRAP_SEED),
        "random crops": example_sides.mean_interval(means["control_share_asymmetry"].to_numpy(), BOOTSTRAP_SEED),
    }
    for (name, (mean, low, high)), color in zip(result.items(), (HIGH_COLOR, CONTROL_COLOR), strict=True):
        value = f"mean over units {mean:.2f} ({low:.2f} to {high:.2f})" if np.isfinite(mean) else "no unit responds"
        axes.plot([], [], "o", color=color, ms=4, label=f"{name}: {value}")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=7)
    return {"units_measured": len(means), "crops_measured": len(sides)} | {
        measure: _compared(means, measure) for measure in example_sides.MEASURES
    }


def _compared(means: pd.DataFrame, measure: str) -> dict[str, Any]:
    """Return the mean over units of top and of random crops and of their difference, each with its interval."""
    top = means[f"{measure}_asymmetry"].to_numpy()
    control = means[f"control_{measure}_asymmetry"].to_numpy()
    values = {"top_crops": top, "random_crops": control, "difference": top - control}
    intervals = {name: example_sides.mean_interval(value, BOOTSTRAP_SEED) for name, value in values.items()}
    return intervals | {"units_above_control": int((top > control).sum())}
