"""How every figure looks and is saved."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from highlow.storage import atomic_files, checksums, provenance

WIDTH_INCHES = 7.5
RESPONSE_COLORS = "viridis"  # perceptually even, as in the article
WEIGHT_COLORS = "RdBu_r"  # red excites, blue inhibits, as in the article; safe for colour-blind readers
HIGH_COLOR, LOW_COLOR = "#D55E00", "#0072B2"  # Okabe and Ito's vermillion and blue
STYLE: dict[str, Any] = {
    "svg.hashsalt": "highlow",
    "svg.fonttype": "path",  # the same picture whatever fonts the reader has
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.titlesize": 10,
    "legend.frameon": False,
    "savefig.dpi": 200,
}

# Labels of the article: the expanded weights start at the pooled conv2d2, which it calls conv2d2. And a long name.
LAYER_LABELS = {"maxpool1": "conv2d2", "mixed3a_3x3_bottleneck": "3x3 bottleneck"}


@contextmanager
def own_style() -> Iterator[None]:
    """Draw in the style of all figures: matplotlib's own defaults and `STYLE`, whatever a user has set."""
    with plt.style.context(STYLE, after_reset=True):
        yield


def _prefer_shipped_fonts() -> None:
    """Let matplotlib find the fonts that come with it first: others on a machine have the same names."""
    shipped = Path(matplotlib.get_data_path()) / "fonts"
    fonts = font_manager.fontManager
    for path in sorted((shipped / "ttf").glob("DejaVu*.ttf")):
        fonts.addfont(path)  # a list that was kept on the machine may lack it
    fonts.ttflist.sort(key=lambda font: not Path(font.fname).is_relative_to(shipped))


_prefer_shipped_fonts()


@dataclass
class Drawing:
    """A figure with the numbers that it draws.

    Attributes
    ----------
    figure : Figure
    numbers : DataFrame
        Every value drawn.
    summary : dict
        The few numbers that a caption would quote.
    axes : dict
        Axes whose values the article page lets a reader read, by name.
    """

    figure: Figure
    numbers: pd.DataFrame
    summary: dict[str, Any] = field(default_factory=dict)
    axes: dict[str, Axes] = field(default_factory=dict)

    def save(self, output: str, inputs: Mapping[str, str], settings: Mapping[str, Any]) -> None:
        """Write `<output>.svg`, `.png`, `.tsv` (numbers) and `.json` (summary, places, provenance, checksums)."""
        origin = provenance.made_from(inputs=inputs, config=settings)
        self.write(f"{output}.svg", f"{output}.png")
        with atomic_files.atomic_path(f"{output}.tsv") as path:
            self.numbers.to_csv(path, sep="\t", index=False, float_format="%.6g", lineterminator="\n")
        folder, stem = Path(output).parent, Path(output).name
        files = checksums.hashed(folder, [f"{stem}{suffix}" for suffix in (".svg", ".png", ".tsv")])
        record: dict[str, Any] = {"summary": self.summary, "provenance": origin, "files": files}
        if self.axes:
            record["axes"] = {name: place(axes) for name, axes in self.axes.items()}
        checksums.write_json(f"{output}.json", record)

    def write(self, *paths: str) -> None:
        """Write the picture alone, into files that end in `.svg` or `.png`, and close it."""
        with own_style():
            settle(self.figure)
            for path in paths:
                with atomic_files.atomic_path(path) as temporary:
                    if path.endswith(".png"):
                        self.figure.savefig(temporary, metadata={"Software": None})
                        continue
                    self.figure.savefig(temporary, metadata={"Date": None, "Creator": None})
                    temporary.write_bytes(with_stable_names(temporary.read_text(encoding="utf-8")).encode())
        plt.close(self.figure)


def place(axes: Axes) -> dict[str, Any]:
    """Return where axes lie in a figure that is drawn, and what they span.

    Returns
    -------
    dict
        `title`; `box`: left, top, width and height as shares of the figure's; `x` and `y`: `from` (left, bottom), `to`
        and `scale`, `linear` or `log`.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    left, bottom, right, top = axes.bbox.transformed(figure.transFigure.inverted()).extents
    box = [round(float(value), 5) for value in (left, 1 - top, right - left, top - bottom)]
    spans = (("x", axes.get_xlim(), axes.get_xscale()), ("y", axes.get_ylim(), axes.get_yscale()))
    return {"title": axes.get_title(), "box": box} | {
        name: {"from": float(f"{first:.6g}"), "to": float(f"{last:.6g}"), "scale": scale}
        for name, (first, last), scale in spans
    }


def settle(figure: Figure) -> None:
    """Lay a figure out for good, on a grid of pixels that depends on no last bit.

    The solver that lays figures out adds in an order of its own, so that positions differ between runs in their last
    bits; where an edge lies halfway between two pixels that decides their colour. Steps of 1/97 of a pixel, a little
    off, are near no such place. What it places is settled from the outside in: parts of the figure, their titles and
    labels, axes.
    """
    figure.set_dpi(STYLE["savefig.dpi"])
    engine = figure.get_layout_engine()
    if engine is not None and figure.axes:
        engine.execute(figure)  # drawn without rendering, every picture would be resampled too
    figure.set_layout_engine("none")
    figure.set_layout_engine(None)  # with what "none" leaves behind, each format would be drawn twice
    _settle_parts(figure)


def _settle_parts(part: Figure | SubFigure) -> None:
    outer = part.transSubfigure
    for text in part.texts:
        position = text.get_transform().transform([text.get_position()])
        text.set_position(text.get_transform().inverted().transform(_on_grid(position))[0])
    for axes in part.get_axes():
        if axes.get_figure(root=False) is part:
            corners = axes.get_position(original=True).transformed(outer).get_points()
            axes.set_position(Bbox(_on_grid(corners)).transformed(outer.inverted()), which="original")
    for inner in part.subfigs:
        corners = _on_grid(inner.bbox_relative.transformed(outer).get_points())
        inner.bbox_relative.set_points(outer.inverted().transform(corners))
        _settle_parts(inner)


def _on_grid(pixels: NDArray[Any]) -> NDArray[Any]:
    return np.round(pixels * 97) / 97 + 1 / 977


def with_stable_names(svg: str) -> str:
    """Return an SVG whose clip paths are named by what is written of them.

    matplotlib names them by coordinates in full precision, whose last bits differ between runs: the solver that lays
    figures out adds in an order of its own.
    """
    for name, content in re.findall(r'<clipPath id="(\w+)">(.*?)</clipPath>', svg, flags=re.DOTALL):
        svg = svg.replace(name, f"clip{hashlib.sha256(content.encode()).hexdigest()[:10]}")
    return svg


def new_figure(height: float, title: str, settings: Mapping[str, Any] | None = None) -> Figure:
    """Return an empty figure of the page's width with a title, which names the network where one is studied.

    A network that is generated rather than trained on photographs says so on the figure's face.
    """
    with own_style():
        figure: Figure = plt.figure(figsize=(WIDTH_INCHES, height), layout="constrained")
        if settings is not None:
            title = f"{title}\n{settings['title']}, {settings['layer']}"
        figure.suptitle(title)
    return figure


def styled(draw: Any) -> Any:
    """Run a drawing function in the style of all figures."""

    def wrapped(*arguments: Any) -> Drawing:
        with own_style():
            result: Drawing = draw(*arguments)
            return result

    return wrapped


def label(layer: str) -> str:
    """Return a layer's name as the article writes it, or short."""
    return LAYER_LABELS.get(layer, layer)


def show_tile(axes: Axes, picture: NDArray[Any], caption: str) -> None:
    """Draw a grey picture of 0 to 255 with a caption below."""
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    bare(axes)
    axes.set_xlabel(caption, fontsize=7, labelpad=2)


def bare(axes: Axes) -> None:
    """Remove ticks and spines."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def show_response(
    axes: Axes, x: NDArray[Any], y: NDArray[Any], response: NDArray[Any], largest: float | None = None
) -> Any:
    """Draw a response map, (y, x), on the coordinates of its cells; the colour scale starts at 0."""
    return axes.pcolormesh(
        x, y, response, cmap=RESPONSE_COLORS, vmin=0, vmax=largest, shading="nearest", rasterized=True
    )


def orientation_arrow(axes: Axes, degrees: float, color: str, text: str = "") -> None:
    """Draw an arrow in axes coordinates from the middle towards an orientation (clockwise, y down)."""
    radians = np.deg2rad(degrees)
    dx, dy = 0.42 * np.cos(radians), -0.42 * np.sin(radians)
    arrow = axes.annotate(
        text,
        xy=(0.5 + dx, 0.5 + dy),
        xytext=(0.5, 0.5),
        xycoords="axes fraction",
        arrowprops={"arrowstyle": "-|>", "color": color, "lw": 1.4, "shrinkA": 0, "shrinkB": 0},
    )
    # A light rim keeps it visible on any map or picture.
    assert arrow.arrow_patch is not None
    arrow.arrow_patch.set_path_effects([withStroke(linewidth=3, foreground="white")])
