"""Figures are the same to the byte though the solver that lays them out is not."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.transforms import Bbox

from highlow.figures.drawing import Drawing, bare, new_figure, orientation_arrow, styled


@styled
def picture():
    """Draw parts in parts, with titles, labels, images, arrows and a legend."""
    figure = new_figure(4, "A title")
    upper, lower = figure.subfigures(2, 1, height_ratios=(1, 1.3))
    upper.suptitle("of a part")
    for angle, axes in enumerate(upper.subplots(1, 5)):
        axes.imshow(np.random.default_rng(angle).random((43, 43)), interpolation="nearest")
        bare(axes)
        orientation_arrow(axes, 37 + 71 * angle, "black")
        axes.set_xlabel(f"{angle}")
    upper.supxlabel("what is seen")
    for part in lower.subfigures(1, 2):
        axes = part.subplots()
        axes.plot(np.sin(np.arange(50)), label="sine")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return Drawing(figure, pd.DataFrame({"angle": [37]}))


def drawn(folder, monkeypatch, seed):
    """Return the bytes of the picture's files, with the solver's positions moved in their last bits."""
    generator = np.random.default_rng(seed)

    def moved(values):
        return np.asarray(values) * (1 + 1e-13 * generator.standard_normal(np.shape(values)))

    def move(part):
        for text in part.texts:
            text.set_position(moved(text.get_position()))
        for inner in part.subfigs:
            inner.bbox_relative.set_points(moved(inner.bbox_relative.get_points()))
            move(inner)

    def laid_out(figure):
        original(figure)
        move(figure)
        for axes in figure.get_axes():
            axes.set_position(Bbox(moved(axes.get_position(original=True).get_points())), which="original")

    original = Figure.draw_without_rendering
    drawing = picture()
    with monkeypatch.context() as patch:
        patch.setattr(Figure, "draw_without_rendering", laid_out)
        drawing.save(str(folder / f"{seed}"), {}, {})
    plt.close("all")
    return [(folder / f"{seed}{suffix}").read_bytes() for suffix in (".svg", ".png")]


def test_files_do_not_depend_on_last_bits_of_the_layout(tmp_path, monkeypatch):
    first, *others = (drawn(tmp_path, monkeypatch, seed) for seed in range(4))
    assert all(other == first for other in others)


def test_a_figure_is_laid_out_once_and_each_format_drawn_once(tmp_path, monkeypatch):
    drawing, draw, lay_out, seen = picture(), Figure.draw, ConstrainedLayoutEngine.execute, []

    def counted(figure, renderer):
        seen.append(type(renderer).__name__)
        return draw(figure, renderer)

    def laid_out(engine, figure):
        seen.append("layout")
        return lay_out(engine, figure)

    monkeypatch.setattr(Figure, "draw", counted)
    monkeypatch.setattr(ConstrainedLayoutEngine, "execute", laid_out)
    drawing.save(str(tmp_path / "picture"), {}, {})
    assert seen == ["layout", "MixedModeRenderer", "RendererAgg"]
