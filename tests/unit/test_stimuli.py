import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from highlow.errors import HighlowError
from highlow.probes import families, stimuli
from tests.reference import twins

GRID = {"orientation_count": 13, "ratio_count": 7, "phase_count": 3, "pattern_size": 60, "seed": 0}


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
    np.testing.assert_allclose(ours, twin, atol=2e-3)


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
    assert again.shape == family.shape
    axis = families.offsets(20, 10)
    indices = np.arange(0, len(family), 7)
    assert torch.equal(again.render(indices, axis, axis), family.render(indices, axis, axis))


def test_preview_tiles_are_the_stimuli_of_their_coordinates():
    family = families.family("high_low", **GRID)
    sheet, ratios, orientations = families.preview(family, 60)
    assert sheet.shape == (len(ratios), len(orientations), 60, 60)
    twin = twins.high_low(60, orientations[4], ratios[5], 0, 60, 30)
    assert np.abs(sheet[5, 4] / 255 - twin).max() < 0.004


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
    import h5py

    with h5py.File(path, "a") as file:
        file.attrs["generator_version"] = 0
    with pytest.raises(HighlowError, match="another generator version"):
        families.read(path)
