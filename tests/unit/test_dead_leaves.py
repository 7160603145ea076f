"""Generated images with known boundaries."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage
from scripts import generate_images

from highlow.pictures import dead_leaves, generated_images
from highlow.pictures.spectral_sides import LUMINANCE, luminance

SIZE = 224


@pytest.fixture(scope="module")
def scenes():
    return dead_leaves.scenes(3, SIZE, seed=0)


def interior(scene, number, margin=6):
    """Return the visible pixels of a leaf that are `margin` pixels away from any other."""
    return ndimage.binary_erosion(scene.label == number, iterations=margin, border_value=1)


def large_leaves(scene, pixels=2500):
    return [
        (leaf, inside)
        for number, leaf in enumerate(scene.leaves)
        if (inside := interior(scene, number)).sum() >= pixels
    ]


def test_the_label_map_is_the_frontmost_disc(scenes):
    y, x = np.mgrid[:SIZE, :SIZE]
    for scene in scenes.values():
        wanted = np.full((SIZE, SIZE), -1)
        for number, leaf in reversed(list(enumerate(scene.leaves))):
            wanted[(x - leaf.x) ** 2 + (y - leaf.y) ** 2 <= leaf.radius**2] = number
        assert wanted.min() >= 0  # nothing shows through
        np.testing.assert_array_equal(scene.label, wanted)


def test_leaves_have_their_colours(scenes):
    found = 0
    for scene in scenes.values():
        for leaf, inside in large_leaves(scene):
            if leaf.wavelength < 12:  # of longer waves few periods fit, whose mean is not 0
                np.testing.assert_allclose(scene.pixels[inside].mean(axis=0) / 255, leaf.colour, atol=0.03)
                found += 1
    assert found > 10


def test_leaves_have_their_frequencies_and_blurs(scenes):
    """The mean frequency of a texture is the root of the energy of its gradient over that of itself."""
    wavelengths = {"frequency": [], "blur": []}
    for name, scene in scenes.items():
        grey = luminance(scene.pixels[None])[0]
        energy = (ndimage.sobel(grey, 0) ** 2 + ndimage.sobel(grey, 1) ** 2) / 64
        for leaf, inside in large_leaves(scene, 1500):
            measured = 2 * np.pi * (grey[inside].var() / energy[inside].mean()) ** 0.5
            if scene.kind in wavelengths:
                wavelengths[scene.kind].append((leaf.wavelength, leaf.blur, measured, grey[inside].std(), name))
    known, _, measured, _, _ = zip(*wavelengths["frequency"], strict=True)
    assert len(known) >= 10
    assert np.corrcoef(np.log(known), np.log(measured))[0, 1] > 0.95
    # A Gaussian blur takes a texture of 6 px away by exp(-2 (pi sigma / 6)^2), up to the width of its band.
    _, blur, _, deviation, _ = map(np.array, zip(*wavelengths["blur"], strict=True))
    assert len(blur) >= 10
    assert np.corrcoef(blur, np.log(deviation))[0, 1] < -0.8
    sharp = deviation[blur < 0.7]
    assert sharp.mean() == pytest.approx(dead_leaves.CONTRAST, rel=0.25)


def test_kinds_differ_in_what_their_names_say(scenes):
    for scene in scenes.values():
        luminances = {round(float(np.array(leaf.colour) @ np.array(LUMINANCE)), 6) for leaf in scene.leaves}
        colours = {leaf.colour for leaf in scene.leaves}
        several = {
            "frequency": len({leaf.wavelength for leaf in scene.leaves}) > 1,
            "blur": len({leaf.blur for leaf in scene.leaves}) > 1,
            "luminance": len(luminances) > 1,
            "colour": len(colours) > 1,
        }
        if scene.kind == "all":
            assert all(several.values())
        elif scene.kind == "luminance":
            assert [name for name, differs in several.items() if differs] == ["luminance", "colour"]
            assert all(leaf.colour[0] == leaf.colour[1] == leaf.colour[2] for leaf in scene.leaves)
        else:
            assert [name for name, differs in several.items() if differs] == [scene.kind]


def test_radii_follow_the_power_law():
    """Of a density r^-3 between a and b, r^-2 is uniform."""
    generator = np.random.default_rng(0)
    radii = np.array([dead_leaves._random_leaf("all", SIZE, generator).radius for _ in range(4000)])
    small, large = dead_leaves.RADII
    quantiles = (small**-2 - radii**-2) / (small**-2 - large**-2)
    assert (radii.min(), radii.max()) == pytest.approx((small, large), rel=0.05)
    np.testing.assert_allclose(np.histogram(quantiles, 10, (0, 1))[0], 400, atol=80)


def test_scenes_depend_on_their_seed_alone(scenes):
    again = dead_leaves.scenes(1, SIZE, seed=0, kinds=("blur",))["blur_00"]
    np.testing.assert_array_equal(again.pixels, scenes["blur_00"].pixels)
    other = dead_leaves.scenes(1, SIZE, seed=1, kinds=("blur",))["blur_00"]
    assert (other.pixels != again.pixels).mean() > 0.5


def test_photographs_are_cut_into_tiles():
    photograph = np.random.default_rng(0).integers(0, 256, (427, 640, 3), dtype=np.uint8)
    tiles = generated_images.tiles(photograph)
    assert list(tiles) == ["0_0", "0_1", "0_2", "1_0", "1_1", "1_2"]
    np.testing.assert_array_equal(tiles["0_0"], photograph[:224, :224])
    np.testing.assert_array_equal(tiles["0_1"], photograph[:224, 208:432])
    np.testing.assert_array_equal(tiles["1_2"], photograph[203:, 416:])


def test_the_script_writes_every_image(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generated_images, "SCENES_A_KIND", 1)
    for name in ("one", "two"):
        assert generate_images.main(["--output", str(tmp_path / name), "--seed", "3"]) == 0
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert len(names) == len(dead_leaves.KINDS) + 12
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    pixels = np.asarray(Image.open(tmp_path / "one" / "dead_leaves_all_00.png"))
    scene = dead_leaves.scenes(1, SIZE, 3, ("all",))["all_00"]
    np.testing.assert_array_equal(pixels, scene.pixels)
    assert "17 images" in capsys.readouterr().err
