"""What lies in an image file beside its pixels does not make it unreadable, within a stated limit."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin, TiffImagePlugin

from highlow.pictures import image_files
from tests.odd_images import SIDE, png, png_chunk, slope

NOISE = np.random.default_rng(0)
PIXELS = NOISE.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
MEGABYTES = NOISE.bytes(3 << 20)
COMMENT, APP13 = b"\xff\xfe", b"\xff\xed"


def encoded(form, **options):
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, form, **options)
    return buffer.getvalue()


def same(content, plain):
    """Return whether a file shows what another shows."""
    return np.array_equal(image_files.upright_rgb(content), image_files.upright_rgb(plain))


@pytest.mark.parametrize("profile", [MEGABYTES, bytes(len(MEGABYTES))], ids=["random", "zeros"])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_a_large_colour_profile_changes_nothing(form, profile):
    assert same(encoded(form, icc_profile=profile), encoded(form))


def test_long_texts_of_a_png_change_nothing():
    for packed in (False, True):
        notes = PngImagePlugin.PngInfo()
        notes.add_text("note", "n" * (5 << 20), zip=packed)
        notes.add_itxt("XML:com.adobe.xmp", "x" * (5 << 20), zip=packed)
        assert same(encoded("PNG", pnginfo=notes), encoded("PNG"))
    limits = PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY
    assert limits == (1 << 20, 64 << 20)  # Pillow's own, for whoever else reads with it


def test_a_profile_that_unpacks_to_more_than_the_limit_is_refused():
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(65)) + packer.flush()
    content = png(slope(255), before=png_chunk(b"iCCP", b"p\0\0" + packed))
    assert len(content) < 1 << 20
    with pytest.raises(image_files.UnusableImageError, match=r"^more than 64 MiB of text or profile$"):
        image_files.upright_rgb(content)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_large_exif_data_is_read_for_the_orientation(form):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 3, "x" * (3 << 20)
    found = np.asarray(image_files.upright_rgb(encoded(form, exif=exif)))
    plain = np.asarray(image_files.upright_rgb(encoded(form)))
    np.testing.assert_array_equal(found, plain[::-1, ::-1])


@pytest.mark.parametrize("marker", [APP13, COMMENT])
def test_many_segments_of_a_jpeg_change_nothing(marker):
    plain = encoded("JPEG")
    segment = marker + struct.pack(">H", 65535) + MEGABYTES[:65533]
    assert same(plain[:2] + 200 * segment + plain[2:], plain)


def test_large_tags_of_a_tiff_change_nothing():
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags.tagtype[65000], tags[65000] = 1, MEGABYTES
    for compression in ("raw", "tiff_lzw"):
        assert same(encoded("TIFF", tiffinfo=tags, compression=compression), encoded("TIFF"))


def test_what_lies_behind_a_jpeg_changes_nothing():
    plain = encoded("JPEG")
    for behind in (
        b"\n",
        bytes(5000),
        b"\xff\xda" + MEGABYTES[:5000],
        plain,
        b"\xff\xda" + MEGABYTES[:5000] + bytes(63),
    ):
        assert same(plain + behind, plain)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_without_its_end_is_damaged_whatever_fills_the_place(progressive):
    plain = encoded("JPEG", progressive=progressive)
    for missing in (1, 2, 100, 1000):
        for filling in (0, max(missing, 64), 4096):
            content = plain[:-missing] + bytes(filling)
            with pytest.raises(image_files.UnusableImageError, match=r"^damaged: "):
                image_files.upright_rgb(content)


STAND_INS = {
    b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n": "Git LFS",
    b"/annex/objects/SHA256E-s9--00.jpg\n": "git-annex",
    b"../.git/annex/objects/aa/bb/MD5E-s9--00.jpg/MD5E-s9--00.jpg": "git-annex",
    b"../../../blobs/0": "text of a link",
}


@pytest.mark.parametrize("content", STAND_INS)
def test_a_text_in_the_place_of_an_image_is_called_what_it_is(content):
    with pytest.raises(image_files.UnusableImageError, match=STAND_INS[content]):
        image_files.upright_rgb(content)
