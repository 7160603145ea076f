"""The search for the images that units answer most."""

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from scripts import list_images, measure_examples, merge_examples, search_examples

from highlow.networks import extracted, planted, registry
from highlow.networks.architectures import architecture
from highlow.pictures import (
    crops,
    dataset_examples,
    example_file,
    example_sides,
    image_files,
    image_names,
    image_reader,
    image_table,
    top_examples,
)
from highlow.pictures.top_examples import Examples
from highlow.runs.errors import HighlowError
from highlow.storage import table_files

LAYERS = ["conv2d0", "conv2d1"]
COUNT = 4


@pytest.fixture(scope="module")
def studied():
    entry = registry.entry("planted")
    return extracted.cut("planted", architecture(entry.architecture, entry.padding), planted.generate(0).weights)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """Return a folder of images, two of them equal, and files that are none."""
    root = tmp_path_factory.mktemp("images")
    generator = np.random.default_rng(0)
    for name in ("b", "c c", "d'\"", "e\nf", "g"):
        small = generator.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(small).resize((230, 250), Image.Resampling.BICUBIC).save(root / f"{name}.png")
    (root / "a.png").write_bytes((root / "g.png").read_bytes())
    (root / "empty.png").touch()
    (root / "z").mkdir()
    Image.new("RGB", (100, 70), (90, 120, 30)).save(root / "z" / "flat.jpg")
    return root


@pytest.fixture(scope="module")
def searched(studied, photographs, tmp_path_factory):
    """Run the scripts for 1, 2 and 7 shards; return the folder of each."""
    work = tmp_path_factory.mktemp("work")
    extracted.write(work / "weights.h5", studied, registry.entry("planted"), {})
    common = ["--images", str(photographs)]
    assert list_images.main([*common, "--output", str(work / "images.tsv")]) == 0
    result = {}
    for shards in (1, 2, 7):
        folder = work / str(shards)
        parts = [str(folder / f"{shard}_of_{shards}.h5") for shard in range(shards)]
        for shard, part in enumerate(parts):
            options = [
                "--weights",
                str(work / "weights.h5"),
                "--image-table",
                str(work / "images.tsv"),
                "--output",
                part,
            ]
            options += ["--layers", *LAYERS, "--cropped", "conv2d1", "--count", str(COUNT), "--device", "cpu"]
            assert search_examples.main([*common, *options, "--shard", str(shard), "--shards", str(shards)]) == 0
        options = ["--layer", *LAYERS, "--output", *(str(folder / f"{layer}.h5") for layer in LAYERS)]
        assert merge_examples.main(["--shards", *parts, *options]) == 0
        result[shards] = folder
    return result


def test_any_number_of_shards_gives_the_same_bytes(searched):
    for layer in LAYERS:
        contents = {(folder / f"{layer}.h5").read_bytes() for folder in searched.values()}
        assert len(contents) == 1


def test_as_many_layers_as_files_are_merged(searched, tmp_path, capsys):
    part, output = str(searched[1] / "0_of_1.h5"), tmp_path / "merged.h5"
    assert merge_examples.main(["--shards", part, "--layer", *LAYERS, "--output", str(output)]) == 1
    assert f"error: {len(LAYERS)} layers need as many outputs, not 1\n" == capsys.readouterr().err
    assert not output.exists()


def test_examples_are_those_of_sorting_everything(searched, studied, photographs):
    images = pd.DataFrame(image_table.rows(searched[1].parent / "images.tsv"))
    used = images[images["status"] == "used"]
    assert used["file"].tolist() == sorted(used["file"])
    assert len(used) == 7
    pixels = {row.index: image_files.read(str(photographs), row.file).pixels for row in used.itertuples()}
    network = dataset_examples.network_of(studied, LAYERS)
    batch = torch.from_numpy(np.stack([image_files.as_input(picture) for picture in pixels.values()]))
    with torch.inference_mode():
        alive = network.run(batch, keep=LAYERS)
    for layer in LAYERS:
        found = example_file.read(searched[2] / f"{layer}.h5")
        activation = alive[layer].numpy()
        assert found.examples.score.shape == (activation.shape[1], COUNT)
        for unit in range(activation.shape[1]):
            best = [
                (-activation[place, unit].max(), index)
                for place, index in enumerate(pixels)
                if activation[place, unit].max() > 0
            ]
            wanted = sorted(best)[:COUNT]
            present = found.examples.image[unit] >= 0
            assert found.examples.image[unit, present].tolist() == [index for _, index in wanted]
            np.testing.assert_allclose(found.examples.score[unit, present], [-score for score, _ in wanted], rtol=1e-5)
            assert np.isnan(found.examples.score[unit, ~present]).all()
            for index, (y, x) in zip(found.examples.image[unit, present], found.examples.position[unit], strict=False):
                plane = activation[list(pixels).index(index), unit]
                assert plane[y, x] >= plane.max() * (1 - 1e-5)
    # a.png and g.png are equal: wherever both are examples they have the same score, and a.png comes first.
    first, second = used[used["file"].isin(["a.png", "g.png"])]["index"]
    listed = [row.tolist() for row in found.examples.image if {first, second} <= set(row)]
    assert listed
    assert all(row.index(second) == row.index(first) + 1 for row in listed)


def test_crops_are_what_the_unit_sees(searched, studied, photographs):
    images = pd.DataFrame(image_table.rows(searched[1].parent / "images.tsv"))
    found = example_file.read(searched[7] / "conv2d1.h5")
    size = int(found.fields.size[0])
    assert size == studied.architecture.receptive_field("conv2d1", 0, 224).size
    reflected = 0
    for unit in range(0, len(found.examples.image), 7):
        shown, inside = found.crops(unit)
        for rank, crop in enumerate(shown):
            pixels = image_files.read(str(photographs), images["file"][found.examples.image[unit, rank]]).pixels
            y, x = (
                studied.architecture.receptive_field("conv2d1", int(place), 224).first
                for place in found.examples.position[unit, rank]
            )
            # The twin: a mirrored frame around the whole image.
            framed = np.pad(pixels, ((size, size), (size, size), (0, 0)), mode="reflect")
            np.testing.assert_array_equal(crop, framed[y + size : y + 2 * size, x + size : x + 2 * size])
            rows, columns = np.arange(y, y + size), np.arange(x, x + size)
            seen = ((rows >= 0) & (rows < 224))[:, None] & ((columns >= 0) & (columns < 224))
            np.testing.assert_array_equal(inside[rank], seen)
            reflected += int(not seen.all())
    assert reflected
    assert example_file.read(searched[7] / "conv2d0.h5").crops(0)[0].shape[1:] == (0, 0, 3)


def test_an_image_gives_the_same_numbers_whatever_came_before(studied, photographs):
    network = dataset_examples.network_of(studied, LAYERS)
    names = [name for name in image_names.file_names(photographs) if name != "empty.png"]
    files = list(enumerate(image_reader.read_all(str(photographs), names)))
    forward = dataset_examples.search(network, files, LAYERS, 3, cropped="conv2d0")
    backward = dataset_examples.search(network, files[::-1], LAYERS, 3, cropped="conv2d0")
    for layer in LAYERS:
        for name in ("score", "image", "position", "crop"):
            one, other = (getattr(found[layer][0], name) for found in (forward, backward))
            np.testing.assert_array_equal(one, other)


def put(kept, image, score, position):
    units, ranks = top_examples.better(kept, image, score)
    top_examples.put(kept, image, units, ranks, score[units], position[units])


def test_ties_go_to_the_first_image_and_the_first_position():
    activation = np.zeros((2, 3, 4), dtype=np.float32)
    activation[0, 1, 2] = activation[0, 1, 3] = activation[0, 2, 0] = 5
    score, position = activation.max(axis=(1, 2)), top_examples.strongest(activation)
    assert position[0].tolist() == [1, 2]
    for order in ([3, 1, 2, 0], [0, 1, 2, 3], [2, 3, 0, 1]):
        kept = top_examples.empty(2, 3)
        for image in order:
            put(kept, image, score, position)
        found = top_examples.merged([kept], 3)
        assert found.image.tolist() == [[0, 1, 2], [-1, -1, -1]]  # a unit that does not answer has no examples
        assert np.isnan(found.score[1]).all()


def test_the_best_are_kept_against_sorting():
    generator = np.random.default_rng(1)
    scores = generator.integers(0, 6, (40, 5)).astype(np.float32)  # many ties
    positions = generator.integers(0, 9, (40, 5, 2)).astype(np.int16)
    parts = [top_examples.empty(5, 6) for _ in range(3)]
    for image in range(40):
        put(parts[image % 3], image, scores[image], positions[image])
    found = top_examples.merged(parts, 6)
    for unit in range(5):
        order = sorted((-scores[image, unit], image) for image in range(40) if scores[image, unit] > 0)[:6]
        assert found.image[unit].tolist() == [image for _, image in order]
        assert found.score[unit].tolist() == [-loss for loss, _ in order]
        np.testing.assert_array_equal(found.position[unit], positions[found.image[unit], unit])


def test_fields_of_branches_differ(studied):
    fields = crops.receptive_fields(studied.architecture, "mixed3a", 224)
    branches = np.array(studied.architecture.branch_of_unit("mixed3a"))
    assert {branch: set(fields.size[branches == branch].tolist()) for branch in ("1x1", "3x3", "5x5")} == {
        "1x1": {27},
        "3x3": {43},
        "5x5": {59},
    }
    assert (fields.stride, fields.positions) == (8, 28)
    position = np.array([[0, 27], [13, 14]], dtype=np.int16)
    outside = fields.outside_of(64, position)
    first, last = (studied.architecture.receptive_field("mixed3a_3x3", place, 224) for place in (0, 27))
    assert outside.tolist() == [[-first.first, 0, 0, last.last - 223], [0, 0, 0, 0]]


def test_nothing_outside_of_a_crop_matters(studied):
    """Whatever lies outside of what a unit sees is replaced; its activation there stays."""
    layer = "mixed3a"
    generator = np.random.default_rng(0)
    pixels = np.array(Image.fromarray(generator.integers(0, 256, (40, 40, 3), dtype=np.uint8)).resize((224, 224)))
    network = dataset_examples.network_of(studied, [layer])
    file = image_files.ImageFile("one", pixels=pixels)
    examples, fields = dataset_examples.search(network, [(5, file)], [layer], 1, cropped=layer)[layer]
    outside = fields.outside(examples.position)
    branches = np.array(studied.architecture.branch_of_unit(layer))
    inner = (examples.image[:, 0] == 5) & (outside[:, 0].sum(axis=1) == 0)
    for branch in dict.fromkeys(branches):
        unit = int(np.flatnonzero(inner & (branches == branch))[0])
        size = int(fields.size[unit])
        top, left = fields.start(unit, examples.position[unit, 0])
        other = generator.integers(0, 256, pixels.shape, dtype=np.uint8)
        other[top : top + size, left : left + size] = examples.crop[unit, 0, :size, :size]
        with torch.inference_mode():
            answer = network(torch.from_numpy(image_files.as_input(other))[None])[0, unit]
        y, x = examples.position[unit, 0]
        assert float(answer[y, x]) == pytest.approx(float(examples.score[unit, 0]), rel=1e-4)


def test_a_crop_larger_than_the_image_is_mirrored_again():
    image = np.arange(3 * 3 * 3, dtype=np.uint8).reshape(3, 3, 3)
    found = crops.reflected_crop(image, -7, -7, 17)
    np.testing.assert_array_equal(found, np.pad(image, ((7, 7), (7, 7), (0, 0)), mode="reflect"))
    assert (crops.reflected_crop(image[:1, :1], -2, -2, 5) == image[0, 0]).all()


def test_layers_that_one_pass_does_not_give_are_said(studied):
    with pytest.raises(HighlowError, match="does not depend on"):
        dataset_examples.network_of(studied, ["mixed3a_1x1", "mixed3a_3x3"])
    with pytest.raises(HighlowError, match="no layer 'conv9'"):
        dataset_examples.network_of(studied, ["conv9"])


def test_an_image_that_changed_since_it_was_listed_is_said(studied, tmp_path, capsys):
    extracted.write(tmp_path / "weights.h5", studied, registry.entry("planted"), {})
    folder = tmp_path / "images"
    folder.mkdir()
    Image.new("RGB", (80, 80), "red").save(folder / "one.png")
    table = str(tmp_path / "images.tsv")
    assert list_images.main(["--images", str(folder), "--output", table]) == 0
    Image.new("RGB", (80, 80), "blue").save(folder / "one.png")
    options = ["--image-table", table, "--images", str(folder), "--layers", "conv2d0", "--device", "cpu"]
    files = ["--weights", str(tmp_path / "weights.h5"), "--output", str(tmp_path / "shard.h5")]
    assert search_examples.main([*options, *files]) == 1
    assert "'one.png' has changed since it was listed" in capsys.readouterr().err
    assert not (tmp_path / "shard.h5").exists()


def test_shards_of_different_searches_do_not_merge(tmp_path):
    fields = crops.Fields(np.array([-3], dtype=np.int32), np.array([7], dtype=np.int32), 2, 224, 112)
    for name, origin in (("a", {"seed": 1}), ("b", {"seed": 2})):
        example_file.write_shard(tmp_path / name, "n", {"l": (top_examples.empty(1, 2), fields)}, origin)
    with pytest.raises(HighlowError, match="different searches"):
        example_file.merge([tmp_path / "a", tmp_path / "b"], "l", tmp_path / "c")


def sided(count=30):
    """Return examples of one unit with noise on the right side and none on the left, inside images of noise."""
    generator = np.random.default_rng(4)
    images = {number: generator.integers(0, 256, (224, 224, 3), dtype=np.uint8) for number in range(count)}
    position = np.zeros((1, count, 2), dtype=np.int16)
    position[0] = generator.integers(8, 20, (count, 2))
    fields = crops.Fields(np.array([-15], dtype=np.int32), np.array([43], dtype=np.int32), 8, 224, 28)
    shown = np.zeros((1, count, 43, 43, 3), dtype=np.uint8)
    for number, image in images.items():
        top, left = fields.start(0, position[0, number])
        image[top : top + 43, left : left + 21] = 240
        shown[0, number] = fields.crop(image, 0, position[0, number])
    examples = Examples(np.ones((1, count), dtype=np.float32), np.arange(count, dtype=np.int32)[None], position, shown)
    return example_file.LayerExamples("n", "l", examples, fields), images


@pytest.mark.parametrize(("orientation", "sign"), [(0, 1), (180, -1), (90, 0)])
def test_crops_are_measured_against_random_ones(orientation, sign):
    found, images = sided()
    units = pd.DataFrame(
        {"unit": [0], "branch": ["3x3"], "is_detector": [1], "preferred_orientation_deg": [float(orientation)]}
    )
    sides = example_sides.measured(units, found, images, seed=0)
    assert len(sides) == 30
    means = example_sides.unit_means(sides)
    for measure in example_sides.MEASURES:
        assert means[f"{measure}_asymmetry"][0] == pytest.approx(0.92 * sign, abs=0.1)
        assert abs(means[f"control_{measure}_asymmetry"][0]) < 0.1
    again = example_sides.measured(units, found, images, seed=0)
    pd.testing.assert_frame_equal(sides, again)


def test_silent_units_have_rows_without_values():
    found, images = sided(3)
    silent = top_examples.empty(1, 3, 43)
    none = example_file.LayerExamples("n", "l", silent, found.fields)
    for examples, rows in ((found, 3), (none, 1)):
        unit = {"unit": [0], "branch": ["3x3"], "is_detector": [0], "preferred_orientation_deg": [np.nan]}
        sides = example_sides.measured(pd.DataFrame(unit), examples, images, seed=0)
        assert len(sides) == rows
        assert sides[list(example_sides.VALUES)].isna().all(axis=None)
        assert example_sides.unit_means(sides).empty


def test_intervals_hold_the_mean():
    values = np.append(np.random.default_rng(2).normal(1, 1, 400), np.nan)
    mean, low, high = example_sides.mean_interval(values, 0)
    assert mean == pytest.approx(np.nanmean(values))
    half = 1.96 * np.nanstd(values) / 20
    assert (low, high) == pytest.approx((mean - half, mean + half), abs=0.03)
    assert np.isnan(example_sides.mean_interval(np.array([np.nan]), 0)).all()


def test_the_script_measures_the_detectors(searched, photographs, tmp_path):
    found = example_file.read(searched[1] / "conv2d1.h5")
    units = np.arange(len(found.examples.image))
    table = pd.DataFrame(
        {"layer": "conv2d1", "unit": units, "branch": "conv2d1", "is_detector": (units < 3).astype(int)}
    )
    table["preferred_orientation_deg"] = 40.0 * units
    for column in ("score", "weight_orientation_deg", "hf_lf_map_correlation"):
        table[column] = 0.5
    for column in measure_examples.detection.COLUMNS:
        table[column] = table.get(column, 0.5)
    table_files.write(tmp_path / "detectors.tsv", table, {})
    output = tmp_path / "sides.tsv"
    arguments = {
        "--detectors": tmp_path / "detectors.tsv",
        "--examples": searched[1] / "conv2d1.h5",
        "--images": photographs,
        "--image-table": searched[1].parent / "images.tsv",
        "--branch": "conv2d1",
        "--output": output,
    }
    assert measure_examples.main([str(word) for pair in arguments.items() for word in pair]) == 0
    sides = pd.read_csv(output, sep="\t")
    assert set(sides["unit"]) == set(range(6))  # three detectors and the best others, as the figure shows them
    assert "e\\x0af.png" in set(sides["file"])
    assert sides[list(example_sides.VALUES)].abs().max().max() <= 1
