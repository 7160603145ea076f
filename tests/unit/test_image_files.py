"""Reading any image file, and naming them."""

import io
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from highlow.pictures import image_files, image_names, image_reader, image_table
from highlow.runs.errors import HighlowError

RED, GREEN = (200, 30, 40), (20, 180, 60)


def picture(width=96, height=80):
    """Return an image that is red in its left half and green in its right one."""
    pixels = np.full((height, width, 3), RED, dtype=np.uint8)
    pixels[:, width // 2 :] = GREEN
    return Image.fromarray(pixels)


def noise(side=70):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8))


@pytest.fixture
def folder(tmp_path):
    """Return a folder with one file of every difficult kind."""
    root = tmp_path / "images"
    root.mkdir()
    picture().save(root / "plain.png")
    (root / "below").mkdir()
    picture().save(root / "below" / "plain.png")
    picture().convert("CMYK").save(root / "cmyk.tif")
    grey = np.full((70, 70), 51400, dtype=np.uint16)
    Image.fromarray(grey).save(root / "grey16.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate by 90 degrees clockwise to see it upright
    picture().save(root / "turned.jpg", exif=exif, quality=95, subsampling=0)
    picture(20, 16).save(root / "tiny.png")
    (root / "empty.jpg").touch()
    noise().save(root / "cut.png")
    content = (root / "cut.png").read_bytes()
    (root / "cut.png").write_bytes(content[: len(content) // 2])
    (root / "text.txt").write_text("no image")
    return root


def test_every_difficult_file_is_handled_and_listed(folder):
    names = image_names.file_names(folder)
    files = {name: image_files.read(str(folder), name) for name in names}
    reasons = {name: file.reason.split(":")[0] for name, file in files.items()}
    assert reasons == {
        "below/plain.png": "",
        "cmyk.tif": "",
        "cut.png": "damaged",
        "empty.jpg": "empty file",
        "grey16.png": "",
        "plain.png": "",
        "text.txt": "no image of a known format",
        "tiny.png": "smaller than 64 px",
        "turned.jpg": "",
    }
    used = {name: file for name, file in files.items() if not file.reason}
    for file in used.values():
        assert file.pixels.shape == (224, 224, 3)
        assert file.pixels.dtype == np.uint8
    for name in ("plain.png", "cmyk.tif"):
        np.testing.assert_allclose(used[name].pixels[112, 10], RED, atol=1)
        np.testing.assert_allclose(used[name].pixels[112, -10], GREEN, atol=1)
    assert np.all(used["grey16.png"].pixels == 200)  # 51400 / 257
    assert (used["turned.jpg"].width, used["turned.jpg"].height) == (80, 96)
    np.testing.assert_allclose(used["turned.jpg"].pixels[10, 112], RED, atol=6)
    np.testing.assert_allclose(used["turned.jpg"].pixels[-10, 112], GREEN, atol=6)


def test_the_table_has_every_file_and_comes_back(folder, tmp_path):
    names = image_names.file_names(folder)
    files = image_reader.read_all(str(folder), names)
    counts = image_table.write(tmp_path / "images.tsv", image_table.rows_of(files), {})
    assert counts == (5, 4)
    read = pd.DataFrame(image_table.rows(tmp_path / "images.tsv"))
    assert read["file"].tolist() == names
    assert read["index"].tolist() == list(range(len(names)))
    assert (read["status"] == "used").sum() == 5
    assert (read["reason"] != "").tolist() == (read["status"] == "skipped").tolist()
    plain = image_files.read(str(folder), "plain.png")
    assert read.set_index("file").loc["plain.png", ["sha256", "width", "height"]].tolist() == [plain.sha256, 96, 80]


def test_shards_of_the_search_are_contiguous_ranges_of_the_used_images(folder, tmp_path):
    files = image_reader.read_all(str(folder), image_names.file_names(folder))
    image_table.write(tmp_path / "images.tsv", image_table.rows_of(files), {})
    for shards in (1, 2, 3, 7):
        parts = [image_table.shard(tmp_path / "images.tsv", number, shards) for number in range(shards)]
        found = [[row.index for row in rows] for _, rows in parts]
        assert [count for count, _ in parts] == [len(indices) for indices in found]
        assert [index for part in found for index in part] == [0, 1, 4, 5, 8]
        assert max(map(len, found)) - min(map(len, found)) <= 1


def test_files_are_read_in_order_by_processes_of_either_kind(folder):
    names = image_names.file_names(folder) * 3
    wanted = [image_files.read(str(folder), name) for name in names]
    for method in ("fork", "spawn"):
        found = list(image_reader.read_all(str(folder), names, processes=2, start_method=method))
        assert [file.name for file in found] == names
        for one, other in zip(found, wanted, strict=True):
            assert one.sha256 == other.sha256
            np.testing.assert_array_equal(one.pixels, other.pixels)


def test_only_few_files_are_read_ahead(folder):
    taken = []

    def names():
        for _ in range(1000):
            taken.append(1)
            yield "plain.png"

    files = image_reader.read_all(str(folder), names())
    next(files)
    assert len(taken) <= image_reader.AHEAD
    files.close()


def test_a_reader_that_dies_is_said_in_one_line(folder, monkeypatch):
    monkeypatch.setattr(image_reader, "read", _die)
    with pytest.raises(HighlowError, match="images died, at or after"):
        list(image_reader.read_all(str(folder), ["plain.png"]))


def _die(root, name):
    os._exit(1)


def test_palettes_and_transparency():
    shown = image_files.upright_rgb(_encoded(picture().quantize(4), "PNG"))
    np.testing.assert_allclose(np.asarray(shown)[5, 5], RED, atol=3)
    for mode in ("RGBA", "LA"):
        clear = picture().convert(mode)
        clear.putalpha(0)
        assert np.all(np.asarray(image_files.upright_rgb(_encoded(clear, "PNG"))) == 255)
    grey = Image.new("L", (70, 70), 90)
    content = _encoded(grey, "PNG", transparency=90)
    assert np.all(np.asarray(image_files.upright_rgb(content)) == 255)


@pytest.mark.parametrize(
    ("image", "form", "reason"),
    [
        (Image.new("F", (70, 70), 0.5), "TIFF", "floating-point"),
        (Image.new("I", (70, 70), 70000), "TIFF", "32-bit"),
        (picture(), "EPS", "no image of a known format"),  # Pillow would start another program for it
    ],
)
def test_pixels_without_a_white_and_programs_are_refused(image, form, reason):
    with pytest.raises(image_files.UnusableImageError, match=reason):
        image_files.upright_rgb(_encoded(image, form))


def test_decompression_bombs_are_refused(monkeypatch):
    content = _encoded(picture(), "PNG")
    for limit in (96 * 80 - 1, 96 * 80 // 3):  # Pillow warns of the first and refuses the second
        monkeypatch.setattr(image_files, "LARGEST_PIXELS", limit)
        with pytest.raises(image_files.UnusableImageError, match=f"more than {limit} pixels"):
            image_files.upright_rgb(content)


def test_damaged_files_never_raise_anything_else():
    generator = random.Random(0)
    for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"):
        content = _encoded(noise(), form)
        for _ in range(15):
            damaged = bytearray(content[: generator.randrange(len(content))])
            for _ in range(generator.randrange(4)):
                if damaged:
                    damaged[generator.randrange(len(damaged))] = generator.randrange(256)
            try:
                assert image_files.upright_rgb(bytes(damaged)).mode == "RGB"
            except image_files.UnusableImageError as error:
                assert str(error)


def test_the_middle_square_is_taken():
    pixels = np.zeros((300, 500, 3), dtype=np.uint8)
    pixels[:, 100:400] = np.arange(300)[None, :, None] % 256
    found = image_files.fitted(Image.fromarray(pixels), 300)
    np.testing.assert_array_equal(found, pixels[:, 100:400])
    wide = image_files.fitted(Image.fromarray(np.repeat(pixels[:, 100:400], 2, axis=0)[:, :, :]), 150)
    assert wide.shape == (150, 150, 3)
    tensor = image_files.as_input(found)
    assert tensor.dtype == np.float32
    np.testing.assert_array_equal(tensor[2], found[..., 2] / np.float32(255))


def _encoded(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


NAMES = [
    "a b.png",
    "quote\"'.png",
    "é ü 日本.png",
    "line\nbreak\t.png",
    "back\\slash.png",
    "NA",
    "-rf",
    "\\x0a",
    "x\x85y",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_survives_a_table(name, tmp_path):
    picture().save(tmp_path / "one", format="PNG")
    root = tmp_path / "images"
    root.mkdir()
    (tmp_path / "one").rename(root / name)
    (names,) = image_names.file_names(root)
    assert names == name
    escaped = image_names.escaped(name)
    assert image_names.unescaped(escaped) == name
    assert not set(escaped) & set('\n\t\r"\x85')
    rows = image_table.rows_of(image_reader.read_all(str(root), [name]))
    image_table.write(tmp_path / "images.tsv", rows, {})
    assert len((tmp_path / "images.tsv").read_bytes().splitlines()) == 2
    assert [row.file for row in image_table.rows(tmp_path / "images.tsv")] == [name]


def test_names_that_are_no_unicode():
    name = os.fsdecode(b"bad\xff.png")
    assert image_names.escaped(name) == "bad\\udcff.png"
    assert image_names.unescaped("bad\\udcff.png") == name


def test_links_are_followed_and_pipes_are_not_opened(tmp_path):
    root = tmp_path / "images"
    (root / "below").mkdir(parents=True)
    picture().save(tmp_path / "outside.png")
    picture().save(root / "plain.png")
    (root / "out.png").symlink_to(tmp_path / "outside.png")
    (root / "in.png").symlink_to(root / "plain.png")
    (root / "loop").symlink_to(root)
    (root / "broken.png").symlink_to(root / "none.png")
    (root / ".hidden").mkdir()
    picture().save(root / ".hidden" / "plain.png")
    os.mkfifo(root / "pipe.png")
    (root / "to_pipe.png").symlink_to("pipe.png")
    (root / "to_device.png").symlink_to("/dev/zero")
    found = {name: image_files.read(str(root), name).reason for name in image_names.file_names(root)}
    assert found == {
        "broken.png": "no such file: a link leads to it",
        "in.png": "",
        "loop": "a folder that is listed already: a link leads to it",
        "out.png": "",
        "pipe.png": "no regular file",
        "plain.png": "",
        "to_device.png": "no regular file",
        "to_pipe.png": "no regular file",
    }


def test_missing_and_empty_sources_are_one_line(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "list.txt").write_text("\n\n")
    picture().save(tmp_path / "plain.png")
    wanted = {
        "none": "no such folder or list",
        "empty": "has no files",
        "list.txt": "names no files",
        "plain.png": "neither a folder nor a text file",
    }
    for name, message in wanted.items():
        for function in (image_names.file_names, image_names.check):
            with pytest.raises(HighlowError, match=f"{name}: .*{message}"):
                function(tmp_path / name)
    image_names.check(tmp_path)
    rows = image_table.rows_of(image_reader.read_all(str(tmp_path), ["list.txt"]))
    image_table.write(tmp_path / "shard.tsv", rows, {})
    with pytest.raises(HighlowError, match=r"none of 1 files is a usable image \(list.txt: no image"):
        image_table.merge([tmp_path / "shard.tsv"], tmp_path / "images.tsv", {})
    assert not (tmp_path / "images.tsv").exists()


def test_the_manifest_is_keyed_by_what_files_hold(tmp_path, monkeypatch):
    first, second = tmp_path / "first", tmp_path / "second"
    for root in (first, second):
        root.mkdir()
        for number in range(3):
            (root / f"{number}.png").write_bytes(bytes([number]) * 10)
    os.utime(second / "1.png", (1, 1))
    hashed = image_names.manifest_hash(first)
    assert image_names.manifest_hash(second) == hashed
    (second / "1.png").write_bytes(b"x" * 10)
    assert image_names.manifest_hash(second) != hashed
    (second / "1.png").write_bytes(bytes([1]) * 10)
    (second / "1.png").rename(second / "4.png")
    assert image_names.manifest_hash(second) != hashed
    monkeypatch.setattr(image_names, "LARGEST_HASHED_TOTAL", 20)
    monkeypatch.setattr(image_names, "sha256", lambda path: pytest.fail("read"))
    assert image_names.manifest_hash(first) != hashed


def test_names_need_neither_numpy_nor_torch():
    code = "import sys, highlow.pictures.image_names; assert not {'numpy', 'torch', 'PIL'} & set(sys.modules)"
    source = Path(image_names.__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | {"PYTHONPATH": str(source)})


def test_limits_that_a_program_set_for_pillow_do_not_count(monkeypatch):
    whole = io.BytesIO()
    noise().save(whole, "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)
    assert image_files.upright_rgb(whole.getvalue()).size == (70, 70)
    with pytest.raises(image_files.UnusableImageError, match="damaged"):
        image_files.upright_rgb(whole.getvalue()[:-3000])
    assert Image.MAX_IMAGE_PIXELS == 10
