"""The overview figure: what it shows, also where there is little to show."""

import numpy as np
import pandas as pd
import pytest

from highlow.circuits import detection, factor_file
from highlow.figures import hero
from highlow.pictures import picture_file
from highlow.storage import hdf5_files, table_files

SETTINGS = {"title": "a network", "layer": "mixed3a", "branch": "3x3", "units": [], "pattern_size": 60}
ORIENTATIONS = np.arange(0, 360, 15.0)
RATIOS = np.array([1.0, 3.0, 5.0, 9.0])  # only the second and the third enter the curves


class Maps:
    """Spatial factors that say whose they are."""

    def maps(self, units):
        return np.stack([np.full((2, 3, 3), unit / 100) * np.array([1, -1])[:, None, None] for unit in units])


def inputs(folder, monkeypatch, angles, accepted):
    """Write what the figure reads, for units 10, 11, ... of these orientations; return the paths by role."""
    units = np.arange(10, 10 + len(angles))
    table = pd.DataFrame(dict.fromkeys(detection.COLUMNS, 1.0), index=range(len(units)))
    table = table.assign(layer="mixed3a", branch="3x3", unit=units, is_detector=accepted)
    table["preferred_orientation_deg"] = angles
    grid = pd.MultiIndex.from_product([units, ORIENTATIONS, RATIOS], names=["unit", "orientation_deg", "ratio"])
    tuning = grid.to_frame(index=False)
    inside = tuning["ratio"].isin(RATIOS[1:3])
    tuning["response"] = np.where(inside, tuning["unit"] + np.cos(np.deg2rad(tuning["orientation_deg"])), 1e6)
    paths = {name: str(folder / f"{name}.tsv") for name in ("detectors", "tuning")}
    table_files.write(paths["detectors"], table, {})
    table_files.write(paths["tuning"], tuning, {})
    paths |= {"stimuli": str(folder / "stimuli.h5"), "pictures": str(folder / "pictures.h5"), "factors:maxpool1": ""}
    with hdf5_files.create(paths["stimuli"], {}) as file:
        file["preview_row"], file["preview_column"] = RATIOS, ORIENTATIONS
        file["preview"] = np.zeros((len(RATIOS), len(ORIENTATIONS), 8, 8), dtype=np.uint8)
    one = np.ones(1)
    image = np.full((1, 8, 8, 3), 90, dtype=np.uint8)
    pictures = picture_file.Pictures("n", "mixed3a", np.array([11]), image, one, one, np.array([True]))
    picture_file.write(paths["pictures"], pictures, {}, {})
    monkeypatch.setattr(factor_file, "read", lambda path: Maps())
    return paths


def texts(drawing):
    return [text.get_text() for axes in drawing.figure.axes for text in [*axes.texts, axes.yaxis.label]]


def test_four_detectors_that_span_the_circle_with_their_numbers(tmp_path, monkeypatch):
    angles = [0, 5, 91, 95, 181, 185, 269, 275]
    drawing = hero.draw(inputs(tmp_path, monkeypatch, angles, 1), SETTINGS)
    shown = drawing.summary["units"]
    assert len(shown) == 4
    found = sorted(angles[unit - 10] for unit in shown)
    assert np.diff([*found, found[0] + 360]).max() <= 100
    rows = drawing.numbers[drawing.numbers["unit"] == shown[1]]
    curve = rows[rows["shown"] == "response"].set_index("orientation_deg")["value"]
    np.testing.assert_allclose(curve, shown[1] + np.cos(np.deg2rad(curve.index)))
    assert (rows[rows["shown"] == "HF"]["value"] == shown[1] / 100).all()
    assert (rows[rows["shown"] == "LF"]["value"] == -shown[1] / 100).all()


@pytest.mark.parametrize("count", [1, 2])
def test_few_silent_or_rejected_units_are_drawn_and_named(tmp_path, monkeypatch, count):
    drawing = hero.draw(inputs(tmp_path, monkeypatch, [40.0, np.nan][:count], 0), SETTINGS)
    drawing.save(str(tmp_path / "hero"), {}, SETTINGS)
    assert (tmp_path / "hero.png").stat().st_size > 1000
    assert "mixed3a 10\n(not a detector)" in texts(drawing)
    assert texts(drawing).count("no picture") == 1  # unit 10 has none, unit 11 has
    assert ("never" in texts(drawing)) == (count == 2)
