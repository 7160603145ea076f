"""Which units are pictured, how their pictures are measured, stored and drawn."""

import importlib.util
import json
import sys

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from highlow.circuits.detection import COLUMNS
from highlow.figures import fig01_feature_visualizations, fig01b_diversity
from highlow.networks import extracted, planted, registry
from highlow.networks.architectures import architecture
from highlow.pictures import local_energy, picture_file, pictured_units
from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_files, table_files
from tests.conftest import REPOSITORY

SIZE = 40
FIELD = (0, SIZE - 1)


def half_textured(orientation_deg, size=SIZE):
    """Return a grey picture with a checkerboard on the side of an orientation."""
    y, x = np.indices((size, size)) - (size - 1) / 2
    angle = np.deg2rad(orientation_deg)
    fine = ((x + y) % 2 * 2 - 1) * 60
    values = 128 + np.where(x * np.cos(angle) + y * np.sin(angle) > 0, fine, 0)
    return np.repeat(values[..., None], 3, axis=2).astype(np.uint8)


def detectors(accepted=(10, 12), count=8):
    """Return a table of detectors like `detectors.tsv`, best first."""
    table = pd.DataFrame({column: np.zeros(count) for column in COLUMNS})
    table["layer"] = "mixed3a"
    table["branch"] = "3x3"
    table["unit"] = np.arange(10, 10 + count)
    table["score"] = np.linspace(0.9, 0.1, count)
    table["preferred_orientation_deg"] = np.arange(count) * 45.0
    table["is_detector"] = table["unit"].isin(accepted).astype(int)
    return table


def pictures(units, layer="mixed3a"):
    table = detectors().set_index("unit")
    return picture_file.Pictures(
        network="test",
        layer=layer,
        units=np.array(units),
        images=np.stack([half_textured(table["preferred_orientation_deg"].get(unit, 0)) for unit in units]),
        activation=np.arange(len(units), dtype=np.float32),
        relative_activation=np.where(np.arange(len(units)) % 2, 2.0, np.nan),
        activated=np.arange(len(units)) > 0,
    )


# Energy --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", [0, 90, 137, 200])
def test_energy_is_found_on_the_side_of_the_texture(orientation):
    image = half_textured(orientation)
    high, low = local_energy.energy_on_sides(image, orientation, FIELD)
    other = local_energy.energy_on_sides(image, orientation + 180, FIELD)
    assert local_energy.decibels(high, low) > 10
    assert other == pytest.approx((low, high))
    across = local_energy.energy_on_sides(image, orientation + 90, FIELD)
    assert abs(local_energy.decibels(*across)) < 1.5


def test_smooth_contrast_is_no_high_frequency_energy():
    ramp = np.repeat(np.linspace(0, 255, SIZE)[None, :, None], SIZE, axis=0).repeat(3, axis=2).astype(np.uint8)
    assert (
        local_energy.energy_on_sides(ramp, 0, FIELD)[0]
        < 1e-3 * local_energy.energy_on_sides(half_textured(0), 0, FIELD)[0]
    )


def test_energy_has_a_numpy_twin():
    image = np.random.default_rng(0).integers(0, 256, (12, 12, 3), dtype=np.uint8)
    luminance = (image / 255 * [0.2126, 0.7152, 0.0722]).sum(-1)
    deviation, reach = 1.0, 4  # scipy cuts its Gaussian at four deviations
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    kernel /= kernel.sum()
    blurred = np.pad(luminance, reach, mode="symmetric")
    blurred = np.apply_along_axis(np.convolve, 0, blurred, kernel, "valid")
    blurred = np.apply_along_axis(np.convolve, 1, blurred, kernel, "valid")
    assert local_energy.high_frequency_energy(image, deviation) == pytest.approx((luminance - blurred) ** 2)


def test_an_empty_side_has_no_ratio():
    assert np.isnan(local_energy.decibels(1.0, 0.0))
    assert local_energy.decibels(10.0, 1.0) == pytest.approx(10)


# Units ---------------------------------------------------------------------------------------------------------------


def test_units_come_from_tables_and_detectors():
    roles = pd.DataFrame({"layer": ["mixed3a", "conv2d2", "mixed3a"], "unit": [3, 4, 3]})
    assert pictured_units.listed_units([roles, detectors().head(1)], "mixed3a") == {3, 10}
    assert pictured_units.detectors_to_picture(detectors((10, 17)), "3x3", []) == [10, 11, 12, 13, 14, 17]
    assert pictured_units.detectors_to_picture(detectors((10, 17)), "3x3", [12]) == [10, 12, 17]
    assert pictured_units.best_shown(detectors(), "3x3", [14, 12]) == 12
    assert pictured_units.only_layer([detectors()]) == "mixed3a"
    with pytest.raises(HighlowError, match="units of conv2d2, mixed3a: say which with --layer"):
        pictured_units.only_layer([roles])


def test_the_best_known_response(tmp_path):
    response = np.zeros((2, 3, 4), np.float32)
    response[1, 2] = [1, 5, 0, 2]
    response[0, 1] = [3, 0, 0, 0]
    for name, field, values in (
        ("stimuli", "response", response),
        ("photographs", "score", np.array([[2, 1], [9, 8], [np.nan, np.nan], [1, 0]], np.float32)),
    ):
        with hdf5_files.create(tmp_path / name, {}) as file:
            file[field] = values
    directions = np.vstack([np.eye(4), [[0.6, 0.8, 0, 0]]])
    both = pictured_units.best_known([tmp_path / "stimuli", tmp_path / "photographs"], directions)
    assert both == pytest.approx([3, 9, 0, 2, 4.6])
    assert np.isnan(pictured_units.best_known([], directions)).all()
    relative = pictured_units.relative(np.array([6.0, 9, 1, 1, 4.6]), both)
    assert relative == pytest.approx([2, 1, np.nan, 0.5, 1], nan_ok=True)


# Files ---------------------------------------------------------------------------------------------------------------


def test_pictures_are_read_as_they_were_written(tmp_path):
    written = pictures([10, 12])
    picture_file.write(tmp_path / "a.h5", written, {"size": SIZE, "field_first": 1, "field_last": 30}, {})
    found = picture_file.read(tmp_path / "a.h5")
    assert np.array_equal(found.of(12), written.images[1])
    assert found.of(11) is None
    assert (found.network, found.layer) == ("test", "mixed3a")
    assert found.activated.tolist() == [False, True]
    assert picture_file.read_field(tmp_path / "a.h5") == (1, 30)
    picture_file.write_png(tmp_path / "png", found)
    names = ["manifest.json", "mixed3a_10.png", "mixed3a_12.png"]
    assert sorted(path.name for path in (tmp_path / "png").iterdir()) == names
    assert np.array_equal(np.asarray(Image.open(tmp_path / "png/mixed3a_12.png")), written.images[1])


@pytest.fixture
def variations():
    images = pictures([10, 11, 12]).images
    numbers = np.arange(3.0)
    return picture_file.Variations("test", "mixed3a", 11, images, numbers, numbers, numbers / 10)


def test_variations_are_read_as_they_were_written(tmp_path, variations):
    picture_file.write_variations(tmp_path / "v.h5", variations, {"size": SIZE}, {})
    found = picture_file.read_variations(tmp_path / "v.h5")
    assert found.unit == 11
    assert np.array_equal(found.images, variations.images)
    assert found.similarity.tolist() == variations.similarity.tolist()


# Figures -------------------------------------------------------------------------------------------------------------


def drawn(tmp_path, table, shown):
    table_files.write(tmp_path / "detectors.tsv", table, {})
    picture_file.write(tmp_path / "p.h5", pictures(shown), {"field_first": 0, "field_last": SIZE - 1}, {})
    inputs = {"detectors": str(tmp_path / "detectors.tsv"), "pictures": str(tmp_path / "p.h5")}
    settings = {"title": "a network", "layer": "mixed3a", "branch": "3x3", "units": []}
    return fig01_feature_visualizations.draw(inputs, settings)


def words(drawing):
    return " ".join(text.get_text() for text in drawing.figure.findobj(match=lambda item: hasattr(item, "get_text")))


def test_figure_1_shows_every_accepted_detector_by_orientation(tmp_path):
    drawing = drawn(tmp_path, detectors((17, 12, 10)), [10, 11, 12, 17])
    assert drawing.numbers["unit"].tolist() == [10, 12, 17]
    assert drawing.summary["share_with_high_frequencies_on_the_preferred_side"] == 1
    assert drawing.summary["failed_to_activate"] == [10]
    assert "mixed3a 12, 90°" in words(drawing)


def test_figure_1_says_where_no_detector_was_accepted(tmp_path):
    drawing = drawn(tmp_path, detectors(()), range(10, 18))
    assert len(drawing.numbers) == 6
    assert "none was accepted" in words(drawing)
    assert drawing.summary["detectors"] == 0


def test_figure_1b_shows_the_variations(tmp_path, variations):
    table_files.write(tmp_path / "detectors.tsv", detectors(), {})
    picture_file.write_variations(tmp_path / "v.h5", variations, {}, {})
    inputs = {"detectors": str(tmp_path / "detectors.tsv"), "variations": str(tmp_path / "v.h5")}
    drawing = fig01b_diversity.draw(inputs, {"title": "a network", "layer": "mixed3a"})
    assert drawing.summary["mean_similarity"] == pytest.approx(0.1)
    assert "mixed3a 11 (not a detector)" in words(drawing)


# The script ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("planted") / "weights.h5"
    entry = registry.entry("planted")
    network = extracted.cut("planted", architecture("planted"), planted.generate(0).weights)
    extracted.write(path, network, entry, {})
    return path


def script(*words):
    """Run the script in this process: starting another takes longer than the pictures do."""
    path = REPOSITORY / "scripts/visualize_features.py"
    spec = importlib.util.spec_from_file_location("visualize_features", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main([*map(str, words), "--device", "cpu", "--steps", "2"])


def test_the_script_pictures_what_tables_list(tmp_path, weights, capsys):
    table_files.write(tmp_path / "roles.tsv", pd.DataFrame({"layer": "conv2d2", "unit": [7, 5]}), {})
    outputs = [tmp_path / "first.h5", tmp_path / "second.h5"]
    for output in outputs:
        words = ("--weights", weights, "--tables", tmp_path / "roles.tsv", "--output", output)
        assert script(*words, "--folder", tmp_path / "png", "--log", tmp_path / "log") == 0
    found = picture_file.read(outputs[0])
    assert (found.layer, found.units.tolist()) == ("conv2d2", [5, 7])
    assert np.isnan(found.relative_activation).all()
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert len(list((tmp_path / "png").glob("*.png"))) == 2
    failed = found.units[~found.activated].tolist()
    assert f"conv2d2: 2 pictures of 24 px, {len(failed)} failed to activate" in (tmp_path / "log").read_text()
    with h5py.File(outputs[0]) as file:
        assert json.loads(file.attrs["provenance"])["config"]["steps"] == 2


def test_the_script_names_units_that_stay_silent(tmp_path, weights, monkeypatch):
    silent = sys.modules["highlow.pictures.feature_visualization"]
    monkeypatch.setattr(silent, "LEARNING_RATE", 0.0)
    table_files.write(tmp_path / "roles.tsv", pd.DataFrame({"layer": "mixed3a", "unit": [88, 110]}), {})
    words = ("--weights", weights, "--tables", tmp_path / "roles.tsv", "--output", tmp_path / "p.h5")
    assert script(*words, "--log", tmp_path / "log") == 0
    assert "2 failed to activate (units 88, 110)" in (tmp_path / "log").read_text()
    assert not picture_file.read(tmp_path / "p.h5").activated.any()


@pytest.mark.parametrize(
    "units,options,message",
    [
        ([5], ["--layer", "mixed3a"], "no table lists a unit of layer 'mixed3a'"),
        ([500], [], "layer 'conv2d2' of 'planted' has no unit 500; its units are 0 to 191"),
    ],
)
def test_the_script_says_what_is_wrong(tmp_path, weights, units, options, message, capsys):
    table_files.write(tmp_path / "roles.tsv", pd.DataFrame({"layer": "conv2d2", "unit": units}), {})
    words = ["--weights", weights, "--tables", tmp_path / "roles.tsv", "--output", tmp_path / "p.h5", *options]
    assert script(*words) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert message in error
