import h5py
import numpy as np
import pytest

from highlow.networks import devices, load
from highlow.probes import families, response_file, responses
from highlow.runs.errors import HighlowError

GRID = {"orientation_count": 9, "ratio_count": 4, "phase_count": 2, "pattern_size": 60, "seed": 0}


def collected(network, family, **options):
    return np.concatenate([answer for _, answer in responses.responses(network, family, **options)])


@pytest.mark.real
@pytest.mark.parametrize("padding", ["caffe", "same"])
@pytest.mark.parametrize("layer", ["mixed3a", "mixed3a_3x3"])
def test_receptive_field_canvas_gives_the_responses_of_the_full_canvas(weights_dir, padding, layer):
    network = load("googlenet", layer, weights_dir=weights_dir, padding=padding)
    family = families.family("high_low", **GRID)
    small = collected(network, family)
    for size in (224, 299):
        full = collected(network, family, size=size)
        assert np.abs(small - full).max() <= 1e-4 * np.abs(full).max()


def test_pictures_are_fewer_at_a_time_where_their_activations_are_large(monkeypatch):
    network = load("planted", "conv2d2")
    family = families.family("high_low", orientation_count=3, ratio_count=3, phase_count=4, pattern_size=24, seed=0)
    expected = responses.answers(network, family)
    of_one = devices.activation_bytes(network.architecture, "conv2d2", network.architecture.canvas_size("conv2d2"))
    for room, counts in ((0, [1] * 36), (10 * of_one, [10, 10, 10, 6])):
        monkeypatch.setattr(responses, "ACTIVATION_BYTES", room)
        found = list(responses.responses(network, family))
        assert [len(answer) for _, answer in found] == counts
        numbers = np.concatenate([answer for _, answer in found]).reshape(expected.shape)
        np.testing.assert_allclose(numbers, expected, rtol=1e-5, atol=1e-6)


def test_written_responses_are_the_networks(tmp_path):
    network = load("planted", "conv2d2")
    family = families.family("high_low_balanced", **GRID)
    path = tmp_path / "responses.h5"
    responses.write(path, network, family, {"inputs": {}})
    response, axes, branches = response_file.read(path)
    assert list(axes) == ["ratio", "orientation", "phase", "unit"]
    np.testing.assert_array_equal(axes["ratio"], family.axes["ratio"])
    assert branches == ["conv2d2"] * 192
    np.testing.assert_array_equal(response.reshape(-1, 192), collected(network, family))
    architecture = network.architecture
    position = architecture.central_position("conv2d2", 64)
    axis = families.offsets(64, architecture.receptive_field("conv2d2", position, 64).center)
    alone = network(family.render(np.array([37]), axis, axis))[0, :, position, position]
    np.testing.assert_allclose(response.reshape(-1, 192)[37], alone, atol=1e-4)


@pytest.mark.parametrize(
    "name,axes", [("colour_edge", "pair orientation offset"), ("contrast_edge", "orientation phase")]
)
def test_responses_to_families_of_other_axes_are_in_their_order(tmp_path, name, axes):
    network = load("planted", "conv2d1")
    family = families.family(name, **GRID)
    path = tmp_path / "responses.h5"
    responses.write(path, network, family, {"inputs": {}})
    response, coordinates, _ = response_file.read(path)
    assert " ".join(coordinates) == f"{axes} unit"
    assert response.shape == (*family.shape, 64)
    architecture = network.architecture
    position = architecture.central_position("conv2d1", 64)
    axis = families.offsets(64, architecture.receptive_field("conv2d1", position, 64).center)
    place = tuple(size - 2 for size in family.shape)
    picture = family.render(np.array([np.ravel_multi_index(place, family.shape)]), axis, axis)
    np.testing.assert_allclose(response[place], network(picture)[0, :, position, position], atol=1e-4)


def test_axes_are_dimension_scales_and_bytes_repeat(tmp_path):
    network = load("planted", "conv2d1")
    family = families.family("uniform_plaid", **GRID)
    for name in ("a", "b"):
        responses.write(tmp_path / f"{name}.h5", network, family, {})
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    with h5py.File(tmp_path / "a.h5") as file:
        dimensions = file["response"].dims
        assert [dimension.label for dimension in dimensions] == ["wavelength", "rotation", "phase", "unit"]
        assert dimensions[0][0].name == "/wavelength"
        assert file["wavelength"].attrs["unit"] == "pixel"


def test_an_interrupted_run_leaves_nothing(tmp_path, monkeypatch):
    network = load("planted", "conv2d1")
    family = families.family("high_low", **GRID)
    calls = []

    def broken(*arguments, **options):
        calls.append(arguments)
        yield slice(0, 1), np.zeros((1, 64), dtype=np.float32)
        raise KeyboardInterrupt

    monkeypatch.setattr(responses, "responses", broken)
    with pytest.raises(KeyboardInterrupt):
        responses.write(tmp_path / "responses.h5", network, family, {})
    assert calls
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_named(tmp_path, keep):
    path = tmp_path / "responses.h5"
    responses.write(path, load("planted", "conv2d1"), families.family("high_low", **GRID), {})
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(HighlowError, match=r"responses\.h5"):
        response_file.read(path)
