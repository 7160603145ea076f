"""High-frequency energy on both sides of an axis."""

import numpy as np
import pytest
from scipy import ndimage

from highlow.pictures import spectral_sides


def textured(side, size=43, seed=0):
    """Return a grey RGB picture with noise on one side of the middle and half as much on the other."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    along = x * np.cos(np.deg2rad(side)) + y * np.sin(np.deg2rad(side))
    noise = np.random.default_rng(seed).normal(size=(size, size)) * 0.05
    return np.repeat((0.5 + noise * np.where(along > 0, 1.0, 0.5))[..., None], 3, axis=-1)


def blurred(grey):
    sigma = spectral_sides.CUT_WAVELENGTH * spectral_sides.SIGMA_OF_HALF
    return ndimage.gaussian_filter(grey, sigma, mode="reflect", truncate=np.ceil(4 * sigma) / sigma)


@pytest.mark.parametrize("side", [0, 45, 90, 137, 271.5])
def test_the_busy_side_is_found(side):
    images = np.stack([textured(side, seed=seed) for seed in range(40)])
    toward = spectral_sides.high_frequency_asymmetry(images, side)
    # Four times the energy on one side: (4 - 1) / (4 + 1), less what the blur carries across.
    assert toward.mean() == pytest.approx(0.6, abs=0.05)
    np.testing.assert_allclose(spectral_sides.high_frequency_asymmetry(images, side + 180), -toward, atol=1e-12)
    assert abs(spectral_sides.high_frequency_asymmetry(images, side + 90).mean()) < 0.06


def test_energies_equal_those_of_scipy_pixel_by_pixel():
    image = np.random.default_rng(1).integers(0, 256, (1, 17, 21, 3), dtype=np.uint8)
    grey = image[0] / 255 @ np.array(spectral_sides.LUMINANCE)
    energy = (grey - blurred(grey)) ** 2
    sides = {1: [], -1: []}
    for y in range(17):
        for x in range(21):
            if np.hypot(y - 8, x - 10) <= 8.5 and y != 8:
                sides[1 if y > 8 else -1].append(energy[y, x])
    high, low = np.mean(sides[1]), np.mean(sides[-1])
    assert spectral_sides.high_frequency_asymmetry(image, 90) == pytest.approx((high - low) / (high + low))


def test_shares_equal_those_of_scipy():
    image = np.random.default_rng(2).uniform(size=(1, 18, 18, 3))
    image[:, :, 9:] = ndimage.gaussian_filter(image[:, :, 9:], (0, 2, 2, 0))
    grey = image[0] @ np.array(spectral_sides.LUMINANCE)
    coarse = blurred(grey)
    y, x = np.mgrid[:18, :18] - 8.5
    disc = np.hypot(x, y) <= 9
    energy, other = (grey - coarse) ** 2, (coarse - coarse[disc].mean()) ** 2
    left, right = (
        energy[disc & side].mean() / (energy[disc & side].mean() + other[disc & side].mean()) for side in (x < 0, x > 0)
    )
    assert left > 2 * right
    found = spectral_sides.high_frequency_share_asymmetry(image, 180)
    assert found == pytest.approx((left - right) / (left + right))


def test_half_of_the_cut_wavelength_passes():
    wave = np.cos(2 * np.pi * np.arange(120) / spectral_sides.CUT_WAVELENGTH)
    passed = spectral_sides.high_passed(np.tile(wave, (1, 120, 1)))
    np.testing.assert_allclose(passed[0, 60, 20:100], wave[20:100] / 2, atol=1e-3)


def test_a_strong_edge_raises_the_energy_of_its_side_but_not_the_share():
    image = textured(0, seed=3)[None]
    image[:, :, :12] += 0.4
    assert spectral_sides.high_frequency_asymmetry(image, 0) < 0
    assert spectral_sides.high_frequency_share_asymmetry(image, 0) > 0.3


def test_an_edge_between_two_flat_sides_has_no_high_side():
    image = np.zeros((1, 44, 44, 3))
    image[:, :, 22:] = 0.8
    assert spectral_sides.high_frequency_asymmetry(image, 0) == pytest.approx(0, abs=1e-9)
    flat = np.full((1, 20, 20, 3), 0.3)
    assert spectral_sides.high_frequency_asymmetry(flat, 0) == 0


def test_pixels_that_are_not_seen_do_not_count():
    image = textured(0)[None]
    other = image.copy()
    other[:, :10] = np.random.default_rng(5).uniform(size=other[:, :10].shape)
    seen = np.ones(image.shape[:3], dtype=bool)
    seen[:, :18] = False  # 8 rows more: the blur reaches that far
    first, second = (spectral_sides.high_frequency_asymmetry(picture, 0, seen) for picture in (image, other))
    assert first == pytest.approx(second)
    assert np.isnan(spectral_sides.high_frequency_asymmetry(image, 0, np.zeros_like(seen)))


def test_one_orientation_an_image():
    images = np.stack([textured(0), textured(90)])
    both = spectral_sides.high_frequency_asymmetry(images, np.array([0.0, 90.0]))
    alone = [spectral_sides.high_frequency_asymmetry(images[[i]], side)[0] for i, side in enumerate((0.0, 90.0))]
    np.testing.assert_allclose(both, alone)
