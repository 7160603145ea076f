import h5py
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from highlow.probes import families, stimuli
from highlow.runs.errors import HighlowError
from highlow.storage import checksums
from tests.reference import twins

GRID = {"orientation_count": 13, "ratio_count": 7, "phase_count": 3, "pattern_size": 60, "seed": 0}
EDGES = ("luminance_edge", "colour_edge", "contrast_edge")
TEXTURES = ("uniform", "uniform_plaid", "grating")


def tensor(*values):
    return torch.tensor(values, dtype=torch.float32)


@settings(max_examples=20, deadline=None)
@given(
    orientation=st.floats(0, 360),
    ratio=st.floats(1, 7.5),
    phase=st.floats(0, 360),
    pattern=st.floats(24, 200),
    center=st.floats(5, 20),
)
def test_high_low_agrees_with_its_twin(orientation, ratio, phase, pattern, center):
    axis = families.offsets(24, center)
    ours = stimuli.high_low(
        axis,
        axis,
        orientation_deg=tensor(orientation),
        ratio=tensor(ratio),
        phase_deg=tensor(phase),
        pattern_size=tensor(pattern),
    )
    np.testing.assert_allclose(ours[0], twins.high_low(24, orientation, ratio, phase, pattern, center), atol=2e-4)


@settings(max_examples=20, deadline=None)
@given(wavelength=st.floats(2, 120), rotation=st.floats(0, 90), phase=st.floats(0, 360))
def test_uniform_agrees_with_its_twin(wavelength, rotation, phase):
    axis = families.offsets(24, 11.5)
    ours = stimuli.uniform(
        axis, axis, wavelength=tensor(wavelength), rotation_deg=tensor(rotation), phase_deg=tensor(phase)
    )
    np.testing.assert_allclose(ours[0], twins.uniform(24, wavelength, rotation, phase, 11.5), atol=2e-4)


@pytest.mark.parametrize("index", [0, 40, 111, 200])
def test_balanced_agrees_with_its_twin(index):
    family = families.family("high_low_balanced", **GRID)
    axis = families.offsets(48, 23.0)
    ours = family.render(np.array([index]), axis, axis, channels=1)[0, 0]
    ratio, orientation, sample = np.unravel_index(index, family.shape)
    waves = [family.parameters[f"wave_{name}"][1][sample] for name in ("angle_deg", "phase_deg", "octave")]
    aperture = family.parameters["aperture"][1][0]
    twin = twins.high_low_balanced(
        48, family.axes["orientation"][orientation], family.axes["ratio"][ratio], 60, aperture, *waves, 23
    )
    np.testing.assert_allclose(ours, twin, atol=1e-5)


@pytest.mark.parametrize("name", sorted(families.FUNCTIONS.keys() - {"high_low_balanced"}))
def test_rendered_families_agree_with_their_twins(name):
    family = families.family(name, **GRID)
    axis = families.offsets(24, 11.25)
    chosen = np.linspace(0, len(family) - 1, 12).astype(int)
    for index, picture in zip(chosen, family.render(chosen, axis, axis), strict=True):
        at = dict(zip(family.axes, np.unravel_index(index, family.shape), strict=True))
        degrees = ("orientation", "rotation", "phase")
        arguments = {axis + "_deg" * (axis in degrees): family.axes[axis][place] for axis, place in at.items()}
        if name not in TEXTURES:
            arguments["pattern_size"] = 60
        if name == "texture_regions":
            layout, high_inside, share = families.REGIONS[int(arguments["region"])]
            arguments["region"] = (layout, high_inside, 60 * share)
        twin = getattr(twins, name)(24, **arguments, center=11.25)
        np.testing.assert_allclose(picture, np.broadcast_to(twin, (3, 24, 24)), rtol=0, atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(
    orientation=st.floats(0, 360),
    phase=st.floats(0, 360),
    offset=st.floats(-10, 10),
    pattern=st.floats(24, 200),
    pair=st.sampled_from([0, 1]),
    center=st.floats(5, 15),
)
def test_controls_agree_with_their_twins_off_the_grid(orientation, phase, offset, pattern, pair, center):
    values = {
        "wavelength": pattern / 6,
        "orientation_deg": orientation,
        "phase_deg": phase,
        "offset": offset,
        "pattern_size": pattern,
        "pair": pair,
    }
    wanted = {
        "grating": ("wavelength", "orientation_deg", "phase_deg"),
        "contrast_edge": ("orientation_deg", "phase_deg", "pattern_size"),
        "luminance_edge": ("orientation_deg", "offset", "pattern_size"),
        "colour_edge": ("pair", "orientation_deg", "offset", "pattern_size"),
    }
    axis = families.offsets(20, center)
    for name, arguments in wanted.items():
        ours = getattr(stimuli, name)(axis, axis, **{argument: tensor(values[argument]) for argument in arguments})
        twin = getattr(twins, name)(20, **{argument: values[argument] for argument in arguments}, center=center)
        np.testing.assert_allclose(ours[0], twin, rtol=0, atol=1e-5)


def edge(name, *, orientation=0.0, offset=0.0, pair=0, size=121, pattern=60.0):
    """A picture of an edge, (3, size, size), with its centre in the middle pixel."""
    given = {"orientation_deg": tensor(orientation), "pattern_size": tensor(pattern)}
    given |= {"phase_deg": tensor(0)} if name == "contrast_edge" else {"offset": tensor(offset)}
    given |= {"pair": tensor(pair)} if name == "colour_edge" else {}
    axis = families.offsets(size, size // 2)
    picture = getattr(stimuli, name)(axis, axis, **given)[0].double().numpy()
    return picture if picture.ndim == 3 else np.repeat(picture[None], 3, axis=0)


@pytest.mark.parametrize("wavelength,orientation", [(4, 0), (7.5, 90), (15, 30), (60, 165)])
def test_gratings_have_a_contrast_of_0_15(wavelength, orientation):
    axis = families.offsets(600, 300)
    picture = stimuli.grating(
        axis, axis, wavelength=tensor(wavelength), orientation_deg=tensor(orientation), phase_deg=tensor(45)
    )
    assert (picture.double() - 0.5).square().mean().sqrt().item() == pytest.approx(0.15, rel=0.01)
    assert picture.mean().item() == pytest.approx(0.5, abs=0.002)


def test_gratings_vary_along_their_orientation_only():
    axis = families.offsets(30, 15)
    across, down = stimuli.grating(
        axis, axis, wavelength=tensor(10, 10), orientation_deg=tensor(0, 90), phase_deg=tensor(0, 0)
    )
    assert across.std(dim=0).max() < 1e-6 < across.std(dim=1).min()
    assert down.std(dim=1).max() < 1e-6 < down.std(dim=0).min()
    assert torch.allclose(across[:, :20], across[:, 10:], atol=1e-6)


@pytest.mark.parametrize("orientation", [0, 33, 90, 270])
@pytest.mark.parametrize("name,pair", [("luminance_edge", 0), ("colour_edge", 0), ("colour_edge", 1)])
def test_edges_have_a_contrast_of_0_15(name, pair, orientation):
    picture = edge(name, orientation=orientation, pair=pair, size=1001, pattern=24)
    assert np.sqrt(np.mean((picture - 0.5) ** 2)) == pytest.approx(0.15, rel=0.01)


@pytest.mark.parametrize("pair", [0, 1])
def test_colour_edges_have_one_luma(pair):
    picture = edge("colour_edge", orientation=200, offset=7, pair=pair)
    luma = np.tensordot([0.2126, 0.7152, 0.0722], picture, axes=1)
    np.testing.assert_allclose(luma, 0.5, rtol=0, atol=1e-6)
    assert np.ptp(picture, axis=(1, 2)).max() > 0.4


def test_colour_edges_are_red_against_green_and_blue_against_yellow():
    red, green, blue = edge("colour_edge", pair=0)[:, 60]
    assert red[-1] > 0.5 > green[-1]
    assert red[0] < 0.5 < green[0]
    assert (blue == 0.5).all()
    red, green, blue = edge("colour_edge", pair=1)[:, 60]
    assert blue[-1] > 0.5 > red[-1]
    np.testing.assert_array_equal(red, green)


@pytest.mark.parametrize("orientation,side", [(0, (60, 120)), (90, (120, 60)), (180, (60, 0)), (270, (0, 60))])
def test_the_bright_side_lies_in_the_direction_of_the_orientation(orientation, side):
    opposite = (120 - side[0], 120 - side[1])
    bright = edge("luminance_edge", orientation=orientation)[0]
    assert bright[side] == pytest.approx(0.65)
    assert bright[opposite] == pytest.approx(0.35)
    red = edge("colour_edge", orientation=orientation)[0]
    assert red[side] > 0.7 > 0.3 > red[opposite]


@pytest.mark.parametrize("orientation", [0, 90, 180, 270])
def test_the_texture_lies_in_the_direction_of_the_orientation(orientation):
    # Turned so that the orientation points to the right.
    picture = np.rot90(edge("contrast_edge", orientation=orientation)[0], orientation // 90)
    axis = families.offsets(121, 60)
    plaid = stimuli.uniform_plaid(axis, axis, wavelength=tensor(15), rotation_deg=tensor(0), phase_deg=tensor(0))[0]
    np.testing.assert_allclose(picture[:, :57], 0.5, atol=1e-6)
    np.testing.assert_allclose(picture[:, 64:], plaid[:, 64:], atol=1e-5)
    np.testing.assert_allclose(picture[:, 60], 0.25 + plaid[:, 60] / 2, atol=1e-5)
    assert np.sqrt(np.mean((picture[:, 61:] - 0.5) ** 2)) == pytest.approx(0.15, rel=0.05)


def test_the_contrast_edge_is_the_high_side_of_ratio_one():
    axis = families.offsets(61, 30)
    turned = {"orientation_deg": tensor(50), "phase_deg": tensor(90), "pattern_size": tensor(60)}
    high_low = stimuli.high_low(axis, axis, ratio=tensor(1), **turned)[0]
    ours = stimuli.contrast_edge(axis, axis, **turned)[0]
    theta = np.deg2rad(50)
    u = axis.numpy() * np.cos(theta) + axis.numpy()[:, None] * np.sin(theta)
    np.testing.assert_allclose(ours[u > 3], high_low[u > 3], atol=1e-6)
    np.testing.assert_allclose(ours[u < -3], 0.5, atol=1e-6)


@pytest.mark.parametrize("name", ["luminance_edge", "colour_edge"])
@pytest.mark.parametrize("offset", [-7, 12])
def test_the_offset_moves_an_edge_along_its_orientation(name, offset):
    np.testing.assert_allclose(
        edge(name, orientation=90, offset=offset)[:, 20:100],
        edge(name, orientation=90)[:, 20 - offset : 100 - offset],
        atol=1e-6,
    )
    middle = edge(name, orientation=180, offset=offset)[0, 60]
    assert middle[60 - offset] == pytest.approx(0.5)
    assert middle[60 - offset - 1] > 0.5 > middle[60 - offset + 1]


@pytest.mark.parametrize("name", ["luminance_edge", "colour_edge"])
def test_edges_are_as_steep_as_the_boundary_of_high_low(name):
    profile = edge(name)[0, 60] - 0.5
    ramp = stimuli.side_mask(families.offsets(121, 60)[None, None], tensor(60))[0, 0]
    assert ((ramp > 0) & (ramp < 1)).sum() == 5
    np.testing.assert_allclose(profile / profile[-1], 2 * ramp - 1, atol=1e-6)


@pytest.mark.parametrize("name", list(families.FUNCTIONS))
def test_pictures_lie_between_0_and_1(name):
    family = families.family(name, **GRID)
    axis = families.offsets(80, 40)
    pictures = family.render(np.linspace(0, len(family) - 1, 40).astype(int), axis, axis)
    assert pictures.shape == (40, 3, 80, 80)
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    assert pictures.std() > 0.05


@pytest.mark.parametrize(
    "name,axes,shape",
    [
        ("high_low", "ratio orientation phase", (7, 13, 3)),
        ("high_low_balanced", "ratio orientation phase", (7, 13, 3)),
        ("uniform", "wavelength rotation phase", (30, 60, 3)),
        ("uniform_plaid", "wavelength rotation phase", (24, 6, 3)),
        ("grating", "wavelength orientation phase", (12, 12, 3)),
        ("luminance_edge", "orientation offset", (24, 3)),
        ("colour_edge", "pair orientation offset", (2, 24, 3)),
        ("contrast_edge", "orientation phase", (24, 3)),
    ],
)
def test_the_last_axis_is_the_phase_or_what_takes_its_place(name, axes, shape):
    family = families.family(name, **GRID)
    assert " ".join(family.axes) == axes
    assert family.shape == shape
    assert len(family) == np.prod(shape)
    if name in EDGES:
        np.testing.assert_allclose(family.axes["orientation"], np.arange(0, 360, 15))
    if name == "grating":
        np.testing.assert_allclose(family.axes["orientation"], np.arange(0, 180, 15))
        np.testing.assert_allclose(family.axes["wavelength"][[0, -1]], [60, 2])
    last = list(family.axes.values())[-1]
    samples = {"offset": [-7.5, 0, 7.5], "phase": [0, 1, 2] if name == "high_low_balanced" else [0, 120, 240]}
    np.testing.assert_allclose(last, samples[axes.split()[-1]])


@pytest.mark.parametrize("seed", [0, 7])
def test_noise_is_drawn_as_in_the_first_version(seed):
    family = families.family("high_low_balanced", **(GRID | {"seed": seed}))
    generator = np.random.default_rng([seed, 1])
    for name, low, high in (("angle_deg", 0, 360), ("phase_deg", 0, 360), ("octave", -0.25, 0.25)):
        axes, values = family.parameters[f"wave_{name}"]
        assert axes == ("phase",)
        np.testing.assert_array_equal(values, low + (high - low) * generator.random((3, 2, 12)))


def test_balanced_sides_have_equal_mean_and_contrast():
    family = families.family("high_low_balanced", **GRID)
    half = int(family.parameters["aperture"][1][0]) // 2
    axis = families.offsets(2 * half + 1, half)
    ratio = family.axes["ratio"]
    chosen = [i for i in range(len(family)) if 2.5 <= ratio[np.unravel_index(i, family.shape)[0]] <= 7.5]
    pictures = family.render(np.array(chosen), axis, axis, channels=1)[:, 0].double().numpy()
    for index, picture in zip(chosen, pictures, strict=True):
        angle = np.deg2rad(family.axes["orientation"][np.unravel_index(index, family.shape)[1]])
        u = axis.numpy()[None, :] * np.cos(angle) + axis.numpy()[:, None] * np.sin(angle)
        high, low = picture[u > 3], picture[u < -3]
        assert abs(high.mean() - low.mean()) < 0.04
        assert 0.75 < high.std() / low.std() < 1.33
    clipped = np.mean((pictures == 0) | (pictures == 1))
    assert clipped < 0.01


def test_published_high_low_sheet(reference_dir):
    sheet = np.asarray(Image.open(reference_dir / "stimuli" / "space.png").convert("L")) / 255
    axis = families.offsets(60, 30)
    for row, j in enumerate(range(0, 60, 8)):
        for column, i in enumerate(range(0, 360, 20)):
            tile = sheet[2 + 64 * row : 62 + 64 * row, 2 + 64 * column : 62 + 64 * column]
            ours = stimuli.high_low(
                axis,
                axis,
                orientation_deg=tensor(families.orientations(360)[i]),
                ratio=tensor(families.ratios(60)[j]),
                phase_deg=tensor(0),
                pattern_size=tensor(60),
            )[0]
            assert np.abs(ours.numpy() - tile).mean() < 0.005, (j, i)


def test_published_uniform_sheet(reference_dir):
    sheet = np.asarray(Image.open(reference_dir / "stimuli" / "hf_lf_grid.png").convert("L")) / 255
    family = families.family("uniform", **(GRID | {"pattern_size": 40, "phase_count": 1}))
    axis = families.offsets(40, 20)
    ours = family.render(np.arange(len(family)), axis, axis, channels=1)[:, 0].numpy()
    tiles = sheet.reshape(30, 40, 60, 40).transpose(0, 2, 1, 3).reshape(-1, 40, 40)
    assert np.abs(ours - tiles).mean(axis=(1, 2)).max() < 0.005


@pytest.mark.parametrize("name", list(families.FUNCTIONS))
def test_family_is_the_same_after_a_round_trip(tmp_path, name):
    family = families.family(name, **GRID)
    families.write(str(tmp_path / "a.h5"), family, 60, {})
    families.write(str(tmp_path / "b.h5"), family, 60, {})
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    again = families.read(str(tmp_path / "a.h5"))
    assert again.name == name
    assert list(again.axes) == list(family.axes)
    for axis, values in family.axes.items():
        np.testing.assert_array_equal(again.axes[axis], values)
    assert {key: axes for key, (axes, _) in again.parameters.items()} == {
        key: axes for key, (axes, _) in family.parameters.items()
    }
    axis = families.offsets(20, 10)
    indices = np.arange(0, len(family), 7)
    assert torch.equal(again.render(indices, axis, axis), family.render(indices, axis, axis))


def test_preview_tiles_are_the_stimuli_of_their_coordinates():
    family = families.family("high_low", **GRID)
    sheet, ratios, orientations = families.preview(family, 60)
    assert sheet.shape == (len(ratios), len(orientations), 60, 60)
    twin = twins.high_low(60, orientations[4], ratios[5], 0, 60, 30)
    assert np.abs(sheet[5, 4] / 255 - twin).max() < 0.004


def test_preview_of_a_coloured_family_has_channels(tmp_path):
    family = families.family("colour_edge", **GRID)
    sheet, pairs, orientations = families.preview(family, 32)
    assert sheet.shape == (2, len(orientations), 3, 32, 32)
    twin = twins.colour_edge(32, pairs[1], orientations[5], -7.5, 60, 16)
    assert np.abs(sheet[1, 5] / 255 - twin).max() < 0.004
    families.write(str(tmp_path / "family.h5"), family, 32, {})
    with h5py.File(tmp_path / "family.h5") as file:
        np.testing.assert_array_equal(file["preview"], sheet)
        labels = [dimension.label for dimension in file["preview"].dims]
        assert labels == ["preview_row", "preview_column", "channel", "y", "x"]


@pytest.mark.parametrize("name", ["luminance_edge", "contrast_edge", "grating"])
def test_preview_of_a_grey_family_has_no_channels(name):
    family = families.family(name, **GRID)
    sheet, rows, columns = families.preview(family, 32)
    assert sheet.shape == (len(rows), len(columns), 32, 32)
    last = {"luminance_edge": "offset", "contrast_edge": "phase"}.get(name, "orientation")
    np.testing.assert_array_equal(columns, family.axes[last])


def test_preview_of_the_articles_grid_is_the_articles_sheet(reference_dir):
    published = np.asarray(Image.open(reference_dir / "stimuli" / "space.png").convert("L"))
    grid = {"orientation_count": 360, "ratio_count": 60, "phase_count": 1, "pattern_size": 60, "seed": 0}
    sheet, ratios, orientations = families.preview(families.family("high_low", **grid), 60)
    assert sheet.shape == (8, 18, 60, 60)
    tiles = published.reshape(8, 64, 18, 64)[:, 2:62, :, 2:62].transpose(0, 2, 1, 3)
    error = np.abs(sheet.astype(float) - tiles).mean(axis=(2, 3)) / 255
    assert error.max() < 0.005
    np.testing.assert_allclose(ratios, 10 ** (np.arange(0, 60, 8) / 59))
    np.testing.assert_allclose(orientations, np.arange(0, 360, 20) * 360 / 359)


def test_render_broadcasts_to_equal_colour_channels():
    family = families.family("high_low", **GRID)
    axis = families.offsets(8, 4)
    pictures = family.render(np.array([0, 5]), axis, axis)
    assert pictures.shape == (2, 3, 8, 8)
    assert torch.equal(pictures[:, 0], pictures[:, 2])


def test_unknown_family_names_the_nearest():
    with pytest.raises(HighlowError, match="did you mean 'uniform'"):
        families.family("unifrm", **GRID)


def test_another_generator_version_is_refused(tmp_path):
    path = str(tmp_path / "family.h5")
    families.write(path, families.family("uniform", **GRID), 60, {})
    with h5py.File(path, "a") as file:
        file.attrs["generator_version"] = 0
    checksums.seal(path)
    with pytest.raises(HighlowError, match="another generator version"):
        families.read(path)
