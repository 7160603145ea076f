"""What can be read on the drawings of the article page: places, values, and how many there may be."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from highlow.figures import page, page_readings
from highlow.figures.drawing import Drawing, new_figure, place
from highlow.storage import checksums
from tests.reference import article_page


def test_places_of_axes_are_shares_of_the_figure():
    figure = plt.figure(figsize=(8, 2))
    part = figure.subfigures(1, 2)[1]
    axes = part.add_axes([0.5, 0.25, 0.25, 0.5])
    axes.set(xlim=(400, 4), xscale="log", ylim=(0, 2), title="A title")
    found = place(axes)
    assert found["title"] == "A title"
    assert found["box"] == [0.75, 0.25, 0.125, 0.5]
    assert found["x"] == {"from": 400, "to": 4, "scale": "log"}
    assert found["y"] == {"from": 0, "to": 2, "scale": "linear"}
    assert page_readings.along(np.array([400, 40, 4]), found["x"]) == [0, 0.5, 1]
    assert page_readings.along(np.array([0.5, 2]), found["y"]) == [0.25, 1]
    plt.close(figure)


def test_a_figure_keeps_the_places_of_its_axes(tmp_path):
    figure = new_figure(2, "Title")
    axes = figure.subplots()
    Drawing(figure, pd.DataFrame({"unit": [1]}), {}, {"map:1": axes}).save(str(tmp_path / "fig"), {}, {})
    left, top, width, height = checksums.read_json(tmp_path / "fig.json")["axes"]["map:1"]["box"]
    assert 0 < left < left + width <= 1  # as laid out: below the title, right of the labels
    assert 0.1 < top < top + height < 1
    Drawing(new_figure(2, "Title"), pd.DataFrame({"unit": [1]})).save(str(tmp_path / "bare"), {}, {})
    assert "axes" not in checksums.read_json(tmp_path / "bare.json")


def test_tuning_figures_are_read_from_their_table(tmp_path):
    found = page.read_figure(article_page.write_figure(tmp_path, "fig03_tuning", {}), tmp_path).readings
    map_, curve = found
    assert map_["label"] == curve["label"] == "mixed3a 70"
    assert map_["x"]["values"] == list(article_page.ORIENTATIONS)
    assert map_["x"]["at"] == [0, 0.25, 0.5, 0.75, 1]
    assert map_["y"]["at"] == [0, 0.5, 1]  # ratios of 1, 3 and 9
    assert map_["series"][0]["values"][:6] == [0, 90, 180, 270, 360, 0]  # from the bottom, row by row
    assert curve["series"] == [
        {"name": "mean response", "values": [0, 270, 540, 810, 1080], "at": pytest.approx([0, 0.125, 0.25, 0.375, 0.5])}
    ]
    assert page.read_figure(article_page.write_figure(tmp_path, "fig04_weights", {}), tmp_path).readings == []


def test_factor_curves_are_read_from_long_to_short_waves(tmp_path):
    table = pd.DataFrame(
        {"wavelength_px": [4, 40, 400], "HF": [1, 0.5, np.nan], "LF": [0, 0.12345, 1], "source": "maxpool1"}
    )
    table.to_csv(tmp_path / "fig08.tsv", sep="\t", index=False)
    span = {
        "title": "conv2d2",
        "box": [0, 0, 1, 1],
        "x": {"from": 400, "to": 4, "scale": "log"},
        "y": {"from": 0, "to": 2, "scale": "linear"},
    }
    (found,) = page_readings.readings("fig08_factor_tuning", {"curve:maxpool1": span}, tmp_path / "fig08.tsv", {})
    assert found["label"] == "conv2d2"
    assert found["x"] == {"name": "wavelength", "unit": " px", "values": [400, 40, 4], "at": [0, 0.5, 1]}
    assert [series["values"] for series in found["series"]] == [[None, 0.5, 1], [1, 0.123, 0]]
    assert found["series"][0]["at"] == [None, 0.25, 0.5]


def test_a_grid_too_large_for_the_page_is_not_put_there(tmp_path, monkeypatch):
    svg = article_page.write_figure(tmp_path, "fig03_tuning", {})
    monkeypatch.setattr(page_readings, "MOST_VALUES", 19)  # there are 15 and 5
    assert [reading["series"][0]["name"] for reading in page.read_figure(svg, tmp_path).readings] == ["mean response"]
