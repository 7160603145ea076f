"""Any number of shards, a folder or a tar: the same table, examples and responses, in constant memory."""

import io
import json
import tarfile
import tracemalloc
from itertools import pairwise

import h5py
import numpy as np
import pytest
import torch
from PIL import Image
from scripts import (
    compute_image_responses,
    list_images,
    merge_examples,
    merge_image_responses,
    merge_image_tables,
    search_examples,
)

from highlow.networks import extracted, planted, registry
from highlow.networks.architectures import architecture
from highlow.networks.model import Network
from highlow.pictures import example_file, image_files, image_names, image_response_file, image_table, tar_members
from highlow.pictures.image_table import Row
from highlow.runs.errors import HighlowError
from highlow.storage import table_files

LAYER = "conv2d1"
RUNS = (("folder", 1), ("folder", 7), ("tars", 1), ("tars", 2))


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """Return a folder with weights, and the same pictures as files and in tars."""
    root = tmp_path_factory.mktemp("work")
    entry = registry.entry("planted")
    studied = extracted.cut("planted", architecture(entry.architecture, entry.padding), planted.generate(0).weights)
    extracted.write(root / "weights.h5", studied, entry, {})
    generator = np.random.default_rng(0)
    for name in ("a/b.png", "a/c.png", "d.png", "e/f/g.png", "z.png"):
        path = root / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        small = generator.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(small).resize((230, 250), Image.Resampling.BICUBIC).save(path)
    (root / "folder" / "text.txt").write_text("no image")
    (root / "tars").mkdir()
    with tarfile.open(root / "tars" / "0.tar", "w") as first, tarfile.open(root / "tars" / "1.tar", "w") as second:
        for archive, names in ((first, ("d.png", "a/c.png", "a/b.png")), (second, ("z.png", "e/f/g.png"))):
            for name in names:
                archive.add(root / "folder" / name, name)
    return root


def run(script, output, *words):
    assert script.main(["--output", str(output), *map(str, words)]) == 0
    return output


@pytest.fixture(scope="module")
def done(work):
    """Run every script for some numbers of shards on the folder and on the tars; return the folders of results."""
    result = {}
    for kind, count in RUNS:
        place = work / f"{kind}{count}"
        parts = {name: [place / f"{name}{shard}_of_{count}" for shard in range(count)] for name in ("t", "e", "r")}
        data = ["--images", work / kind]
        for shard in range(count):
            run(list_images, parts["t"][shard], *data, "--shard", shard, "--shards", count)
        run(merge_image_tables, place / "images.tsv", "--shards", *parts["t"])
        used = [*data, "--image-table", place / "images.tsv", "--weights", work / "weights.h5", "--device", "cpu"]
        for shard in range(count):
            here = [*used, "--shard", shard, "--shards", count]
            layers = ["--layers", LAYER, "--cropped", LAYER, "--count", 3]
            run(search_examples, parts["e"][shard], *here, *layers)
            run(compute_image_responses, parts["r"][shard], *here, "--layer", LAYER)
        run(merge_examples, place / "examples.h5", "--shards", *parts["e"], "--layer", LAYER)
        run(merge_image_responses, place / "responses.h5", "--shards", *parts["r"])
        result[kind, count] = place
    return result


@pytest.mark.slow
def test_any_number_of_shards_gives_the_same_bytes(done):
    for kind in ("folder", "tars"):
        for name in ("images.tsv", "images.provenance.json", "examples.h5", "responses.h5"):
            contents = {(place / name).read_bytes() for (run_of, _), place in done.items() if run_of == kind}
            assert len(contents) == 1, name


def test_a_tar_gives_what_the_folder_gives(done):
    folder, tars = done["folder", 7], done["tars", 2]
    one, other = (
        [row for row in image_table.rows(place / "images.tsv") if row.status == "used"] for place in (folder, tars)
    )
    assert [row.file for row in one] == ["a/b.png", "a/c.png", "d.png", "e/f/g.png", "z.png"]
    assert [row.file for row in other] == [
        "0.tar/a/b.png",
        "0.tar/a/c.png",
        "0.tar/d.png",
        "1.tar/e/f/g.png",
        "1.tar/z.png",
    ]
    assert [(row.sha256, row.width, row.height) for row in one] == [
        (row.sha256, row.width, row.height) for row in other
    ]
    # The folder has a file that is no image; indices count it.
    number = {row.index: place for place, row in enumerate(one)} | {-1: -1}
    found, again = (example_file.read(place / "examples.h5").examples for place in (folder, tars))
    np.testing.assert_array_equal(np.vectorize(number.get)(found.image), again.image)
    for name in ("score", "position", "crop"):
        np.testing.assert_array_equal(getattr(found, name), getattr(again, name))
    with h5py.File(folder / "responses.h5") as first, h5py.File(tars / "responses.h5") as second:
        for name in ("response", "position"):
            np.testing.assert_array_equal(first[name][...], second[name][...])


def test_responses_are_the_networks_own_and_the_searchs(done, work):
    place = done["folder", 7]
    rows = [row for row in image_table.rows(place / "images.tsv") if row.status == "used"]
    studied = extracted.read(work / "weights.h5")
    network = Network(studied.architecture, studied.weights, LAYER)
    (block,) = image_response_file.blocks(place / "responses.h5")
    assert block.image.tolist() == [row.index for row in rows]
    assert block.response.dtype == np.float32
    assert block.position.dtype == np.int16
    for row, response, position in zip(rows, block.response, block.position, strict=True):
        pixels = image_files.as_input(image_files.read(str(work / "folder"), row.file).pixels)
        with torch.inference_mode():
            planes = network(torch.from_numpy(pixels)[None])[0].numpy()
        np.testing.assert_array_equal(response, planes.max(axis=(1, 2)))
        # The twin: the first of the largest in reading order.
        for unit, plane in enumerate(planes):
            assert position[unit].tolist() == list(np.argwhere(plane == plane.max())[0])
    examples = example_file.read(place / "examples.h5").examples
    best = np.argsort(-block.response, axis=0, kind="stable")[:3].T
    active = np.take_along_axis(block.response.T, best, axis=1) > 0
    np.testing.assert_array_equal(examples.image, np.where(active, block.image[best], -1))
    np.testing.assert_array_equal(examples.score[active], np.take_along_axis(block.response.T, best, axis=1)[active])


def test_responses_have_named_axes(done):
    with h5py.File(done["tars", 2] / "responses.h5") as file:
        assert [axis.label for axis in file["response"].dims] == ["image", "unit"]
        assert [axis.label for axis in file["position"].dims] == ["image", "unit", "y_x"]
        assert file["response"].dims[0][0] == file["image"]
        assert file["response"].compression == "gzip"
        assert file["response"].chunks == (image_response_file.BLOCK, 64)
        assert (file.attrs["network"], file.attrs["layer"]) == ("planted", LAYER)


def test_responses_of_many_blocks_and_empty_shards_come_back(work, tmp_path, monkeypatch):
    monkeypatch.setattr(image_response_file, "BLOCK", 4)
    cut = architecture("planted").truncated(LAYER)
    generator = np.random.default_rng(0)
    response = generator.random((11, 64), dtype=np.float32)
    position = generator.integers(0, 50, (11, 64, 2), dtype=np.int16)
    answers = [(3 * row, response[row], position[row]) for row in range(11)]
    bounds = {"one": (0, 11), "two": (0, 5, 11), "empty": (0, 0, 3, 3, 11, 11)}
    for name, ends in bounds.items():
        parts = []
        for number, (start, stop) in enumerate(pairwise(ends)):
            parts.append(tmp_path / f"{name}{number}")
            image_response_file.write(parts[-1], cut, answers[start:stop], {"seed": 1})
        assert image_response_file.merge(parts, tmp_path / name) == 11
    assert len({(tmp_path / name).read_bytes() for name in bounds}) == 1
    blocks = list(image_response_file.blocks(tmp_path / "two"))
    assert [len(block.image) for block in blocks] == [4, 4, 3]
    np.testing.assert_array_equal(np.concatenate([block.response for block in blocks]), response)
    np.testing.assert_array_equal(np.concatenate([block.position for block in blocks]), position)
    with pytest.raises(HighlowError, match="not the next shard"):
        image_response_file.merge([tmp_path / "two1", tmp_path / "two0"], tmp_path / "wrong")
    image_response_file.write(tmp_path / "other", cut, answers[5:], {"seed": 2})
    with pytest.raises(HighlowError, match="different computations"):
        image_response_file.merge([tmp_path / "two0", tmp_path / "other"], tmp_path / "wrong")
    assert not (tmp_path / "wrong").exists()


def rows(count):
    return (Row(index, f"{index:07d}.png", "0" * 64, 300, 200, "used", "") for index in range(count))


def test_damaged_and_foreign_tables_are_said(tmp_path):
    path = tmp_path / "images.tsv"
    origin = {"config": {"manifest": "a"}}
    image_table.write(path, rows(3), origin)
    whole = path.read_bytes()
    wrong = (whole[:-1], whole.replace(b"\t300", b"\tx", 1), whole.replace(b"\n1\t", b"\n2\t"), whole[:-20])
    for content in (*wrong, whole.replace(b"used", b"maybe"), whole + b"\xff\n", b"index\n", b""):
        path.write_bytes(content)
        with pytest.raises(HighlowError, match="does not match its checksum"):
            list(image_table.rows(path))
        table_files.write_provenance(path, origin)
        with pytest.raises(HighlowError, match=r"not a (readable )?table.*; delete it and run again"):
            list(image_table.rows(path))
    with pytest.raises(HighlowError, match="no such file"):
        list(image_table.rows(tmp_path / "none.tsv"))
    image_table.write(path, rows(3), origin)
    with pytest.raises(HighlowError, match="not of this listing"):
        image_table.merge([path], tmp_path / "all.tsv", {"config": {"manifest": "b"}})
    with pytest.raises(HighlowError, match="images changed while they were listed"):
        image_table.merge([path, path], tmp_path / "all.tsv", origin)
    path.with_suffix(".provenance.json").unlink()
    with pytest.raises(HighlowError, match=r"provenance\.json: no such file"):
        image_table.merge([path], tmp_path / "all.tsv", {})
    assert not (tmp_path / "all.tsv").exists()


@pytest.mark.slow
def test_memory_does_not_grow_with_the_table(tmp_path):
    peaks = []
    for count in (2000, 20000):
        parts = [tmp_path / f"{count}_{shard}.tsv" for shard in range(2)]
        for shard, path in enumerate(parts):
            chosen = image_names.part(count, shard, 2)
            names = (f"{index:07d}.png" for index in chosen)
            files = (image_files.ImageFile(name, "0" * 64, 300, 200) for name in names)
            image_table.write(path, image_table.rows_of(files), {})
        tracemalloc.start()
        image_table.merge(parts, tmp_path / "images.tsv", {})
        number, chosen = image_table.shard(tmp_path / "images.tsv", 1, 2)
        assert number == sum(1 for _ in chosen) == count // 2
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.05, peaks


def test_memory_does_not_grow_with_the_responses(tmp_path):
    cut = architecture("planted").truncated(LAYER)
    response, position = np.ones(64, dtype=np.float32), np.ones((64, 2), dtype=np.int16)
    peaks = []
    for count in (1000, 10000):
        answers = ((index, response, position) for index in range(count))
        tracemalloc.start()
        image_response_file.write(tmp_path / "shard", cut, answers, {})
        image_response_file.merge([tmp_path / "shard"], tmp_path / "whole")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.05, peaks


def test_ranges_cover_everything_once():
    for count in (0, 1, 5, 1000):
        for shards in (1, 2, 7, 64):
            parts = [image_names.part(count, shard, shards) for shard in range(shards)]
            assert [number for part in parts for number in part] == list(range(count))


def test_shards_do_not_say_which_they_are(done):
    shards = [json.loads((done["tars", 2] / f"t{shard}_of_2.provenance.json").read_text()) for shard in range(2)]
    assert shards[0]["config"] == shards[1]["config"] == {"manifest": ""}


def test_of_a_tar_of_many_members_their_places_are_kept(tmp_path):
    with tarfile.open(tmp_path / "many.tar", "w") as archive:
        for index in range(3000):
            archive.addfile(tarfile.TarInfo(f"{index}.png"), io.BytesIO())
    tracemalloc.start()
    members = tar_members.of(tmp_path / "many.tar")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(members.places) == 3000
    assert peak < 3000 * 400
