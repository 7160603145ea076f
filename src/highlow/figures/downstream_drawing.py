"""What figures 10 to 13 have in common: their inputs, weight maps of one scale, orientation glyphs."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.offsetbox import AnchoredOffsetbox, DrawingArea
from matplotlib.patches import Circle, FancyArrowPatch
from numpy.typing import NDArray

from highlow.circuits import detection, downstream, downstream_selection, expanded_weight_file
from highlow.circuits.input_kinds import LABELS
from highlow.figures.drawing import WEIGHT_COLORS, bare, new_figure
from highlow.figures.unit_pictures import show_unit
from highlow.pictures import picture_file
from highlow.pictures.picture_file import Pictures
from highlow.storage import table_files

ROLE_LABELS = {
    "boundary": "boundary",
    "double_boundary": "double boundary",
    "center_surround": "centre-surround",
    "hourglass": "hourglass",
    "other": "no role",
}
POLARITY_LABELS = {"either": "\neither polarity", "high": "\nhigh frequency inside", "low": "\nlow frequency inside"}
# Kinds whose orientation is an axis: it repeats after half a turn.
AXES_ONLY = ("line", "colour_contrast")
SMALL = 6.5  # point
GLYPH_POINTS = 10


@dataclass(frozen=True)
class Usage:
    """What a figure of the later layer draws from.

    Attributes
    ----------
    shown : DataFrame
        Rows of the role table for the figure.
    detectors : DataFrame
        Rows of the units that count as detectors, in order of orientation.
    source : str
        `detectors`, or `candidates` where too few were accepted.
    branches : list of Branch
        Expanded weights of the later layer.
    studied, later : Pictures
        Pictures of the studied and of the later layer's units.
    settings : mapping
        `layer` and `downstream`, the names of the two layers, and what `new_figure` wants.
    """

    shown: pd.DataFrame
    detectors: pd.DataFrame
    source: str
    branches: list[expanded_weight_file.Branch]
    studied: Pictures
    later: Pictures
    settings: Mapping[str, Any]

    @property
    def units(self) -> pd.DataFrame:
        """Rows of the later layer's units."""
        return self.shown[~self.shown["role"].isin(["input", "group"])].reset_index(drop=True)

    def inputs_of(self, unit: int, kind: str | None = None) -> pd.DataFrame:
        """Return the rows of the inputs shown of a unit."""
        rows = self.shown[(self.shown["role"] == "input") & (self.shown["of_unit"] == unit)]
        return (rows if kind is None else rows[rows["kind"] == kind]).reset_index(drop=True)

    def weight(self, unit: int, channel: int) -> NDArray[np.float64]:
        """Return a unit's weights from one channel, (y, x)."""
        return np.asarray(downstream.weights_of(self.branches, unit)[channel], dtype=np.float64)

    def figure(self, height: float, title: str) -> Figure:
        """Return an empty figure; its title has a line that says so where candidates stand in for detectors."""
        return new_figure(height, with_note(title, self.source), self.settings)

    def show_studied(self, axes: Axes, channel: int, title: str = "") -> None:
        """Draw the picture of a unit of the studied layer."""
        show_unit(axes, self.studied, channel, title)

    def show_later(self, axes: Axes, unit: int, title: str = "") -> None:
        """Draw the picture of a unit of the later layer."""
        show_unit(axes, self.later, unit, title)

    def kind_label(self, kind: str) -> str:
        """Return what a figure calls the inputs of a kind."""
        return "best candidates" if kind == "detector" and self.source != "detectors" else LABELS[kind]

    def unit_title(self, row: pd.Series) -> str:
        """Return the name and the role of a unit of the later layer, for a title."""
        role = ROLE_LABELS[row["role"]]
        note = "\n(nearest match)" if row["nearest"] == 1 else ""
        angle = "" if math.isnan(row["orientation_deg"]) else f" {row['orientation_deg']:.0f}°"
        detail = POLARITY_LABELS.get(str(row["polarity"]), "")
        return f"{self.settings['downstream']} {int(row['unit'])}\n{role}{angle}{detail}{note}"


class WeightMaps:
    """The weight maps of a figure, drawn on one scale and with taps as wide in every map; its table lists them.

    Parameters
    ----------
    weights : iterable of ndarray
        Every map, (y, x): the largest weight of all is the end of the colours.
    """

    def __init__(self, weights: Iterable[NDArray[np.float64]]) -> None:
        weights = list(weights)
        self.largest = max(float(np.abs(weight).max()) for weight in weights)
        self._taps = max(len(weight) for weight in weights)
        self._image: Any = None
        self._rows: list[pd.DataFrame] = []

    def show(self, axes: Axes, weight: NDArray[np.float64]) -> None:
        """Draw a map."""
        height, width = weight.shape
        self._image = axes.imshow(
            weight,
            cmap=WEIGHT_COLORS,
            vmin=-self.largest,
            vmax=self.largest,
            extent=(-width / 2, width / 2, height / 2, -height / 2),
            interpolation="nearest",
        )
        axes.set_xlim(-self._taps / 2, self._taps / 2)
        axes.set_ylim(self._taps / 2, -self._taps / 2)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set(visible=True, color="0.75", linewidth=0.5)

    def bar(self, figure: Figure | SubFigure, axes: Sequence[Axes] | NDArray[Any]) -> None:
        """Draw the one colour bar."""
        bar = figure.colorbar(self._image, ax=axes, shrink=0.5, aspect=30, pad=0.02)
        bar.set_label("weight (red excites, blue inhibits)", fontsize=7)
        bar.ax.tick_params(labelsize=SMALL)

    def note(self, unit: int, name: str, weight: NDArray[np.float64], **columns: Any) -> None:
        """Put a map into the table, a row a tap; taps count from the middle."""
        y, x = np.indices(weight.shape)
        middle = (np.array(weight.shape) - 1) / 2
        taps = {"y": (y - middle[0]).ravel(), "x": (x - middle[1]).ravel(), "weight": weight.ravel()}
        self._rows.append(pd.DataFrame({"unit": unit, "from": name, **columns, **taps}))

    def table(self) -> pd.DataFrame:
        """Return all that was noted."""
        return pd.concat(self._rows, ignore_index=True)


def read_usage(inputs: Mapping[str, str], settings: Mapping[str, Any], figure: str) -> Usage:
    """Read what a figure draws from.

    `inputs` are `roles`, `detectors` (TSV), `expanded_weights`, `studied_pictures`, `later_pictures` (HDF5).
    """
    roles = table_files.read(inputs["roles"], downstream_selection.COLUMNS[1:])
    table = table_files.read(inputs["detectors"], detection.COLUMNS)
    detectors, source = downstream.used_detectors(table, settings["branch"])
    return Usage(
        roles[roles["figure"] == figure].reset_index(drop=True),
        detectors,
        source,
        expanded_weight_file.read_branches(inputs["expanded_weights"]),
        picture_file.read(inputs["studied_pictures"]),
        picture_file.read(inputs["later_pictures"]),
        settings,
    )


def with_note(title: str, source: str) -> str:
    """Return a title with a line that says so where candidates stand in for detectors."""
    return title if source == "detectors" else f"{title}\n(too few detectors were accepted: the best candidates)"


def arrow(axes: Axes, degrees: float) -> None:
    """Draw an arrow through the middle of a field to an orientation's side, in axes coordinates."""
    radians = np.deg2rad(degrees)
    dx, dy = 0.4 * np.cos(radians), -0.4 * np.sin(radians)
    axes.annotate(
        "",
        xy=(0.5 + dx, 0.5 + dy),
        xytext=(0.5 - dx, 0.5 - dy),
        xycoords="axes fraction",
        arrowprops={"arrowstyle": "-|>", "lw": 1.2, "color": "black", "shrinkA": 0, "shrinkB": 0},
    )


def glyph(axes: Axes, kind: str, degrees: float) -> None:
    """Draw the orientation of an input on a white disc in the corner of its picture; nothing where it has none.

    An arrow points to the side of high frequency or of brightness; a line with two heads is an axis.
    """
    if math.isnan(degrees):
        return
    radius = GLYPH_POINTS / 2
    reach = np.array([np.cos(np.deg2rad(degrees)), -np.sin(np.deg2rad(degrees))]) * (radius - 1)
    area = DrawingArea(GLYPH_POINTS, GLYPH_POINTS)
    area.add_artist(Circle((radius, radius), radius, facecolor="white", edgecolor="0.6", linewidth=0.4))
    style = "<|-|>" if kind in AXES_ONLY else "-|>"
    ends = (tuple(radius - reach), tuple(radius + reach))
    area.add_artist(
        FancyArrowPatch(*ends, arrowstyle=style, mutation_scale=5, shrinkA=0, shrinkB=0, lw=0.9, color="black")
    )
    axes.add_artist(AnchoredOffsetbox("lower left", child=area, pad=0.1, borderpad=0, frameon=False))


def empty(axes: Axes, text: str) -> None:
    """Draw a field without a map that says why."""
    bare(axes)
    axes.text(0.5, 0.5, text, ha="center", va="center", fontsize=SMALL, color="0.4", transform=axes.transAxes)
