"""Images and lists of images that are made to do harm."""

import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from highlow.pictures import image_files, image_names, image_reader, image_table
from highlow.runs.errors import HighlowError
from highlow.storage import table_files

SIDE = 70


def picture(side=SIDE, mode="RGB"):
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)).convert(mode)


def encoded(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def reason(content):
    """Return why an image is not used: one line; an empty one if it is."""
    try:
        image = image_files.upright_rgb(content)
    except image_files.UnusableImageError as error:
        assert str(error)
        assert "\n" not in str(error)
        return str(error)
    assert image.mode == "RGB"
    return ""


def png_chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_claiming(width, height):
    """Return a PNG of a few bytes that says it is as large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header)
    return start + png_chunk(b"IDAT", zlib.compress(bytes(1000))) + png_chunk(b"IEND", b"")


def tiff_claiming(width, height):
    content = bytearray(encoded(picture(), "TIFF"))
    for tag, value in ((256, width), (257, height)):
        start = content.find(struct.pack("<HH", tag, 4))
        start = start if start >= 0 else content.find(struct.pack("<HH", tag, 3))
        content[start : start + 12] = struct.pack("<HHII", tag, 4, 1, value)
    return bytes(content)


def gif_claiming(width, height):
    content = bytearray(encoded(picture(mode="P"), "GIF"))
    content[6:10] = struct.pack("<HH", width, height)
    return bytes(content)


def bmp_claiming(width, height):
    content = bytearray(encoded(picture(), "BMP"))
    content[18:26] = struct.pack("<ii", width, height)
    return bytes(content)


def webp_claiming(width, height):
    """Return an extended WebP whose canvas says it is as large (VP8X of the container's specification)."""
    size = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = encoded(picture(), "WEBP")[12:]
    content = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + bytes(4) + size + body
    return b"RIFF" + struct.pack("<I", len(content)) + content


@pytest.mark.parametrize(
    "content",
    [
        png_claiming(2**31 - 1, 2**31 - 1),
        png_claiming(20_000, 20_000),
        tiff_claiming(2**31, 2**31),
        tiff_claiming(60_000, 60_000),
        gif_claiming(65_535, 65_535),
        bmp_claiming(30_000, 30_000),
        webp_claiming(16_383, 16_383),
        b"P6 99999 99999 255\n" + bytes(100),
    ],
    ids=["png", "png small", "tiff", "tiff small", "gif", "bmp", "webp", "ppm"],
)
def test_a_small_file_of_a_large_image_is_refused_before_it_unpacks(content, monkeypatch):
    monkeypatch.setattr(Image.core, "new", forbidden)
    monkeypatch.setattr(Image.core, "fill", forbidden)
    assert reason(content) == "more than 89478485 pixels"


def forbidden(*_):
    pytest.fail("memory for the pixels was asked for")


@pytest.mark.parametrize("form", ["GIF", "WEBP", "TIFF"])
def test_of_many_frames_the_first_alone_is_read(form):
    frames = [Image.new("RGB", (SIDE, SIDE), (number % 256, 0, 0)) for number in range(300)]
    content = encoded(frames[0], form, save_all=True, append_images=frames[1:])
    assert np.asarray(image_files.upright_rgb(content)).max() <= 3


def test_a_text_that_unpacks_to_much_is_not_read():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("note", "a" * (image_files.LARGEST_TEXT + 1), zip=True)
    content = encoded(picture(), "PNG", pnginfo=notes)
    assert len(content) < 1 << 20
    assert reason(content) == "more than 64 MiB of text or profile"
    notes = PngImagePlugin.PngInfo()
    for number in range(3):
        notes.add_text(f"note {number}", "a" * (image_files.LARGEST_TEXT // 2 - 100), zip=True)
    assert reason(encoded(picture(), "PNG", pnginfo=notes)) == "more than 64 MiB of text or profile"


@pytest.mark.parametrize("profile", [b"", b"junk" * 100, bytes(200)])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_colour_profiles_are_not_looked_at(form, profile):
    assert reason(encoded(picture(), form, icc_profile=profile)) == ""


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    "exif",
    [b"Exif\0\0", b"Exif\0\0MM\0*" + b"\xff" * 50, b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(30), b"junk"],
)
def test_nonsense_in_exif_is_passed_over(form, exif):
    assert reason(encoded(picture(), form, exif=exif)) == ""


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_leaves_the_image(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert image_files.upright_rgb(encoded(picture(), "JPEG", exif=exif)).size == (SIDE, SIDE)


def test_a_tiff_whose_directories_go_round_is_read_once():
    content = bytearray(encoded(picture(), "TIFF", compression="raw"))
    first = struct.unpack("<I", content[4:8])[0]
    count = struct.unpack("<H", content[first : first + 2])[0]
    content[first + 2 + 12 * count :][:4] = struct.pack("<I", first)
    assert reason(bytes(content)) == ""


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
def test_the_suffix_says_nothing(tmp_path, form):
    (tmp_path / "image.txt").write_bytes(encoded(picture(), form))
    assert image_files.read(str(tmp_path), "image.txt").reason == ""


@pytest.mark.parametrize(
    "content", [b"#!/bin/sh\ntouch canary\n", b"%!PS\n(canary) (w) file\n", b"<svg/>", b"\x00" * 99]
)
def test_a_suffix_makes_no_image(tmp_path, content):
    (tmp_path / "image.png").write_bytes(content)
    assert image_files.read(str(tmp_path), "image.png").reason == "no image of a known format"
    assert [path.name for path in tmp_path.iterdir()] == ["image.png"]


def test_a_large_file_is_not_opened(tmp_path, monkeypatch):
    with (tmp_path / "sparse.png").open("wb") as file:
        file.truncate(image_files.LARGEST_FILE + 1)
    assert image_files.read(str(tmp_path), "sparse.png").reason == "larger than 256 MiB"


def test_links_that_go_round_and_names_that_are_too_long(tmp_path):
    (tmp_path / "a.png").symlink_to("b.png")
    (tmp_path / "b.png").symlink_to("a.png")
    (tmp_path / "here").symlink_to(tmp_path)
    found = {name: image_files.read(str(tmp_path), name).reason for name in image_names.file_names(tmp_path)}
    assert set(found) == {"a.png", "b.png", "here"}
    assert "links" in found["a.png"]
    assert found["here"].startswith("a folder that is listed already")
    assert "too long" in image_files.read(str(tmp_path), "x" * 300).reason.lower()


LIST = [
    "../secret.png",
    "a/../../secret.png",
    "/etc/passwd",
    "//etc/passwd",
    "~/x.png",
    "zero\0byte.png",
    ".",
    "..",
    "-rf",
]


def test_what_a_list_names_is_an_image_or_a_reason(tmp_path):
    root = tmp_path / "images"
    root.mkdir()
    picture().save(tmp_path / "secret.png")  # the list names it; that is enough
    picture().save(root / "good.png")
    (root / "list.txt").write_text("\n".join([*LIST, "good.png", "./good.png", "  ", "\ufeffgood.png"]))
    names = image_names.file_names(root / "list.txt")
    found = {name: image_files.read(str(root), name).reason for name in names}
    assert [name for name, why in found.items() if not why] == ["../secret.png", "good.png"]
    assert found["/etc/passwd"] == "no image of a known format"
    assert found["~/x.png"] == "no such file"  # nothing is expanded
    assert found["zero\0byte.png"] == "no file can have this name"
    assert image_names.manifest_hash(root / "list.txt")


def test_names_that_no_disk_can_hold_are_reasons(tmp_path):
    for name in ("\ud800.png", "zero\0byte.png"):
        assert image_files.read(str(tmp_path), name).reason == "no file can have this name"


NAMES = [
    "$(touch canary).png",
    "`touch canary`.png",
    "; touch canary;.png",
    "-n.png",
    "{input}.png",
    "\x1b[31m.png",
    "*.png",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_a_shell_would_run_are_names(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "images"
    root.mkdir()
    picture().save(root / "x.png")
    (root / "x.png").rename(root / name)
    rows = image_table.rows_of(image_reader.read_all(str(root), image_names.walk(root)))
    image_table.write(tmp_path / "images.tsv", rows, {})
    assert [row.file for row in image_table.rows(tmp_path / "images.tsv")] == [name]
    assert b"\x1b" not in (tmp_path / "images.tsv").read_bytes()
    assert not list(tmp_path.rglob("canary"))


ROW = "0\ta.png\t00\t70\t70\tused\t\n"
HEADER = "\t".join(image_table.COLUMNS) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        HEADER + ROW.replace("0\t", "zero\t", 1),
        HEADER + ROW.replace("0\t", "9" * 30 + "\t", 1),
        HEADER + ROW.replace("used", "maybe"),
        HEADER + "shifted\t" + ROW,
        HEADER + ROW + "shifted\t" + ROW,
        HEADER + "0\ta.png\n",
        HEADER.replace("index\t", "") + ROW,
        HEADER + ROW.replace("70", "inf", 1),
        "\0" * 100,
    ],
)
def test_a_table_that_was_changed_is_refused(tmp_path, text):
    path = tmp_path / "images.tsv"
    path.write_text(text)
    table_files.write_provenance(path, {})
    with pytest.raises(HighlowError, match="table"):
        list(image_table.rows(path))


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(HighlowError, match="no such folder or list"):
        image_names.check(tmp_path / "pipe")
