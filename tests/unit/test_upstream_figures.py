"""Figures of the implementation, drawn from a made-up circuit."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import FuncNorm, Normalize
from matplotlib.text import Text

from highlow.circuits import factor_file, upstream_roles
from highlow.circuits.own_structure import EDGES, TEXTURES
from highlow.figures import fig04_weights, fig05_clusters, fig06_factors, fig09b_exception
from highlow.figures.weight_maps import weight_norm
from highlow.pictures import picture_file
from highlow.probes import response_file
from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_files, table_files
from tests.unit.test_upstream_roles import CHANNELS, table, upstream

SETTINGS = {"title": "made up", "layer": "mixed3a", "branch": "3x3"}


def write_pictures(path, layer, units):
    count = len(units)
    images = np.random.default_rng(0).integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)
    values = (np.ones(count), np.ones(count), np.ones(count, dtype=bool))
    picture_file.write(path, picture_file.Pictures("made up", layer, np.array(units), images, *values), {"size": 8}, {})


def write_responses(path, name):
    shape = {"colour_edge": (2, 24, 3)}.get(name, (24, 3))
    axes = {"pair": np.arange(2), "orientation": 15.0 * np.arange(24), "offset": np.arange(3)}
    axes = dict(list(axes.items())[-len(shape) :])
    values = np.random.default_rng(1).uniform(0, 1, (int(np.prod(shape)), CHANNELS)).astype(np.float32)
    units = dict.fromkeys(axes, "1")
    branches = ["maxpool1"] * CHANNELS
    response_file.write(path, [values], axes=axes, axis_units=units, branches=branches, attributes={}, origin={})


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """What the figures draw from: one unit was not accepted, and channel 7 has no picture."""
    folder = tmp_path_factory.mktemp("circuit")
    structure = np.zeros(CHANNELS)
    structure[3] = 0.9
    found = upstream(structure)
    rows = table((1, 1, 1, 1, 1, 0)).assign(layer="mixed3a")
    table_files.write(folder / "roles.tsv", upstream_roles.upstream_roles(found), {})
    table_files.write(folder / "detectors.tsv", rows, {})
    with hdf5_files.create(folder / "weights.h5", {}) as file:
        group = file.create_group("3x3")
        hdf5_files.write_scale(group, "unit", found.units)
        hdf5_files.write_array(group, "weight", found.weight, ("unit", "channel", "y", "x"))
    factor_file.write(folder / "factors.h5", found.fits["maxpool1"], {})
    write_pictures(folder / "pictures.h5", "mixed3a", list(range(100, 106)))
    write_pictures(folder / "source_pictures.h5", "conv2d2", [unit for unit in range(CHANNELS) if unit != 7])
    write_pictures(folder / "factor_pictures.h5", "mixed3a", [0, 1])
    for name in (*EDGES, *TEXTURES):
        write_responses(folder / f"{name}.h5", name)
    inputs = {"roles": "roles.tsv", "detectors": "detectors.tsv", "expanded_weights": "weights.h5"}
    inputs |= {name: f"{name}.h5" for name in ("pictures", "source_pictures", "factors", *EDGES, *TEXTURES)}
    return found, {role: str(folder / name) for role, name in inputs.items()}


def words(figure):
    return [item.get_text() for item in figure.findobj(Text) if item.get_text()]


def assert_maps(drawing, weight, number=100):
    """Assert that the numbers drawn are the weights."""
    for (unit, channel), rows in drawing.numbers.groupby(["unit", "channel"]):
        np.testing.assert_allclose(rows["weight"], weight[unit - number, channel].ravel(), rtol=1e-6)


def test_strongest_channels(files):
    found, inputs = files
    drawing = fig04_weights.draw(inputs, SETTINGS)
    assert sorted(drawing.numbers["channel"].unique()) == [0, 1, 2, 6, 7, 8]
    assert_maps(drawing, found.weight)
    assert drawing.summary["detector"] == 100
    assert np.sign(drawing.summary["alignment"]).sum() == 0
    text = words(drawing.figure)
    assert text.count("no picture") == 1  # channel 7
    assert "mixed3a 100\n20°" in text
    assert min(item.get_fontsize() for item in drawing.figure.findobj(Text)) >= 6
    images = [image for axes in drawing.figure.axes for image in axes.images if image.get_array().ndim == 2]
    assert len({(image.norm.vmin, image.norm.vmax) for image in images}) == 1
    assert images[0].norm.vmin == -images[0].norm.vmax


def test_clusters(files):
    found, inputs = files
    drawing = fig05_clusters.draw(inputs, SETTINGS)
    assert drawing.summary["channels"] == {"high_cluster": [0, 1, 2, 3], "low_cluster": [6, 7, 8, 9]}
    assert_maps(drawing, found.weight)
    assert len(drawing.numbers) == 3 * 8 * 9
    alignment = drawing.summary["median_alignment_with_the_high_frequency_side"]
    assert alignment["high_cluster"] > 0.95
    assert alignment["low_cluster"] < -0.95


def test_units_that_are_no_detectors_are_said(files, tmp_path):
    _, inputs = files
    rows = table((0, 0, 0, 0, 0, 0)).assign(layer="mixed3a")
    table_files.write(tmp_path / "detectors.tsv", rows, {})
    text = words(fig05_clusters.draw(inputs | {"detectors": str(tmp_path / "detectors.tsv")}, SETTINGS).figure)
    assert "mixed3a 100\n20°, not accepted" in text
    assert "Not accepted as detectors, shown as the best candidates: 100, 102, 104" in text


def test_factors_as_sums(files):
    found, inputs = files
    folder = inputs["factors"].removesuffix("factors.h5")
    own = {"roles": inputs["roles"]}
    own |= {f"{name}:maxpool1": f"{folder}{name}.h5" for name in ("factors", "factor_pictures", "source_pictures")}
    drawing = fig06_factors.draw(own, SETTINGS)
    coefficient = found.fits["maxpool1"].factors.channel
    text = words(drawing.figure)
    for row, name in enumerate(("HF", "LF")):
        channels = drawing.summary["conv2d2"][name]["channels"]
        assert f"= {coefficient[row, channels[0]]:.2f} ×" in text
        share = (coefficient[row, channels] ** 2).sum()
        assert drawing.summary["conv2d2"][name]["share_of_squared_coefficients"] == pytest.approx(share)
        assert "rank_correlation_with_published" not in drawing.summary["conv2d2"][name]


def test_published_coefficients_are_compared_by_rank_and_ratio():
    chosen = pd.DataFrame({"value": [0.4, 0.5, 0.1], "rank": [2, 1, 9], "published": [0.9, 0.6, 0.3]})
    found = fig06_factors.comparison(chosen)
    assert found["published_among_largest"] == 2
    assert found["rank_correlation_with_published"] == pytest.approx(0.5)
    assert found["ratio_to_first"] == [1.0, 1.25, 0.25]
    assert found["published_ratio_to_first"] == [1.0, 0.667, 0.333]


def test_exception(files, tmp_path):
    found, inputs = files
    drawing = fig09b_exception.draw(inputs, SETTINGS)
    assert "The exception: a channel with spatial structure of its own\nmade up, mixed3a" in words(drawing.figure)
    assert (drawing.summary["channel"], drawing.summary["factor"], drawing.summary["qualifies"]) == (3, "HF", 1)
    fit = found.fits["maxpool1"]
    unit = drawing.summary["unit"]
    rows = drawing.numbers.set_index("map")["weight"]
    np.testing.assert_allclose(rows["weights"], found.weight[unit - 100, 3].ravel())
    expected = fit.factors.channel[0, 3] * fit.maps(np.array([unit]))[0, 0]
    np.testing.assert_allclose(rows["coefficient * factor"], expected.ravel())
    cosine = np.corrcoef(rows["weights"], rows["coefficient * factor"])[0, 1]
    assert drawing.summary["map_cosine"] == pytest.approx(cosine, abs=0.02)
    roles = table_files.read(inputs["roles"]).assign(qualifies=0)
    table_files.write(tmp_path / "roles.tsv", roles, {})
    nearest = fig09b_exception.draw(inputs | {"roles": str(tmp_path / "roles.tsv")}, SETTINGS)
    assert [line for line in words(nearest.figure) if line.startswith("No channel qualifies as an exception")]


def test_the_same_figure_has_the_same_bytes(files, tmp_path):
    _, inputs = files
    for name in ("a", "b"):
        fig09b_exception.draw(inputs, SETTINGS).save(str(tmp_path / name / "figure"), {}, SETTINGS)
    for suffix in (".svg", ".png", ".tsv", ".json"):
        assert (tmp_path / f"a/figure{suffix}").read_bytes() == (tmp_path / f"b/figure{suffix}").read_bytes()


def test_a_figure_without_rows_is_asked_for(files, tmp_path):
    _, inputs = files
    roles = table_files.read(inputs["roles"])
    table_files.write(tmp_path / "roles.tsv", roles[roles["figure"] != "fig04_weights"], {})
    with pytest.raises(HighlowError, match="no units for fig04_weights"):
        fig04_weights.draw(inputs | {"roles": str(tmp_path / "roles.tsv")}, SETTINGS)


def test_weight_scale_is_symmetric_and_linear_where_every_map_can_be_read():
    strong, weak = np.array([[0.8, -1.0]]), np.array([[0.1, -0.05]])
    linear = weight_norm([strong, 0.3 * strong])
    assert type(linear) is Normalize
    assert (linear.vmin, linear.vmax) == (-1, 1)
    root = weight_norm([strong, weak])
    assert isinstance(root, FuncNorm)
    np.testing.assert_allclose(root([-1, -0.25, 0, 0.25, 1]), [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(root.inverse([0, 0.25, 0.5, 1]), [-1, -0.25, 0, 1], atol=1e-12)
    assert weight_norm([np.zeros((2, 2))]).vmax > 0
