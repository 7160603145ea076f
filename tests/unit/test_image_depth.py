"""What is white in a file of any depth: by its format, or the file is skipped."""

import io

import numpy as np
import pytest
from PIL import Image

from highlow.pictures import image_files
from tests.odd_images import GREY_ALPHA, RGB, SIDE, png, slope, tiff

DARK = "16-bit pixels of at most 4095: 12 bits, or nearly black"


def shown(content):
    """Return the red channel of what a file shows; its channels are the same."""
    pixels = np.asarray(image_files.upright_rgb(content)).astype(int)
    assert pixels.min(axis=2).tolist() == pixels.max(axis=2).tolist()
    return pixels[..., 0]


def reason(content):
    with pytest.raises(image_files.UnusableImageError) as found:
        image_files.upright_rgb(content)
    return str(found.value)


def written(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def pgm(values, largest):
    return b"P5\n%d %d\n%d\n" % (*values.shape[::-1], largest) + values.astype(">u2").tobytes()


DECLARED = {
    "1-bit PNG": lambda: (png(slope(1), 1), 1),
    "2-bit PNG": lambda: (png(slope(3), 2), 3),
    "4-bit PNG": lambda: (png(slope(15), 4), 15),
    "8-bit PNG": lambda: (png(slope(255)), 255),
    "16-bit PNG": lambda: (png(slope(65535), 16), 65535),
    "8-bit TIFF": lambda: (tiff(slope(255).astype(np.uint8), 8), 255),
    "12-bit TIFF": lambda: (tiff(slope(4095), 12), 4095),
    "16-bit TIFF, Intel": lambda: (tiff(slope(65535).astype(np.uint16), 16), 65535),
    "16-bit TIFF, Motorola": lambda: (tiff(slope(65535).astype(np.uint16), 16, order=">"), 65535),
    "12 bits in a PGM that says so": lambda: (pgm(slope(4095), 4095), 4095),
    "10 bits in a PGM that says so": lambda: (pgm(slope(1023), 1023), 1023),
    "16-bit PGM": lambda: (pgm(slope(65535), 65535), 65535),
}


@pytest.mark.parametrize("kind", DECLARED)
def test_white_is_the_largest_number_that_the_format_declares(kind):
    content, white = DECLARED[kind]()
    np.testing.assert_allclose(shown(content), slope(white) * 255 / white, atol=0.51)


def test_where_0_is_white_16_bits_are_turned_as_8_are():
    eight = tiff(slope(255).astype(np.uint8), 8, photometric=0)
    sixteen = tiff(slope(255).astype(np.uint16) * 257, 16, photometric=0)
    assert shown(eight)[0, 0] == 255
    assert shown(eight)[-1, -1] == 0
    np.testing.assert_array_equal(shown(sixteen), shown(eight))


@pytest.mark.parametrize("largest", [0, 255, 1023, 4095])
def test_12_bits_in_16_are_never_nearly_black_without_a_word(largest):
    colours = np.repeat(slope(largest)[..., None], 3, axis=2)
    with_alpha = np.stack([slope(largest), np.full((SIDE, SIDE), 65535)], axis=2)
    for content in (
        png(slope(largest), 16),
        png(colours, 16, RGB),
        png(with_alpha, 16, GREY_ALPHA),
        tiff(slope(largest).astype(np.uint16), 16),
        tiff(slope(largest).astype(np.uint16), 16, order=">"),
        tiff(slope(largest).astype(np.uint16), 16, photometric=0),
        pgm(slope(largest), 65535),
        b"P6\n%d %d\n65535\n" % (SIDE, SIDE) + colours.astype(">u2").tobytes(),
    ):
        assert reason(content) == DARK


def test_one_brighter_pixel_shows_that_more_than_12_bits_are_meant():
    values = slope(4095)
    values[0, 0] = 4096
    assert shown(png(values, 16)).max() == 16
    assert shown(png(np.repeat(values[..., None], 3, axis=2), 16, RGB)).max() == 16
    # A dark picture whose white is known stays what it is.
    assert shown(png(slope(15))).max() == 15
    assert shown(pgm(slope(200), 4095)).max() == 12


@pytest.mark.parametrize("largest", [255, 65535, 70000, 2**31 - 1])
def test_32_bit_integers_have_no_white(largest):
    wanted = "32-bit pixels have no defined white"
    assert reason(tiff(slope(largest).astype(np.uint32), 32)) == wanted
    for order in "<>":
        assert reason(tiff(slope(largest).astype(np.int32), 32, sample_format=2, order=order)) == wanted
    assert reason(written(Image.fromarray(slope(largest).astype(np.int32)), "TIFF")) == wanted


@pytest.mark.parametrize(("kind", "bits"), [(np.int8, 8), (np.int16, 16)])
def test_signed_integers_have_no_white(kind, bits):
    values = (slope(100) - 50).astype(kind)
    assert reason(tiff(values, bits, sample_format=2)) == "signed pixels have no defined white"


def test_floats_have_no_white():
    values = (slope(100) / 100).astype(np.float32)
    assert reason(tiff(values, 32, sample_format=3)) == "floating-point pixels have no defined white"
    pfm = b"Pf\n%d %d\n-1.0\n" % (SIDE, SIDE) + values.tobytes()
    assert reason(pfm) == "floating-point pixels have no defined white"


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_a_transparent_grey_lies_on_white_at_any_depth(bits):
    white = 2**bits - 1
    values = slope(white)
    for clear in {0, white // 2, white}:
        plain = shown(png(values, bits))
        np.testing.assert_array_equal(shown(png(values, bits, clear=clear)), np.where(values == clear, 255, plain))


@pytest.mark.parametrize("bits", [8, 16])
def test_a_transparent_colour_lies_on_white_at_any_depth(bits):
    scale = 1 if bits == 8 else 257
    values = np.stack([slope(255), 255 - slope(255), slope(100)], axis=2) * scale
    clear = values[20, 20]
    found = np.asarray(image_files.upright_rgb(png(values, bits, RGB, clear)))
    hidden = np.all(values == clear, axis=2)
    assert hidden.any()
    np.testing.assert_array_equal(found, np.where(hidden[..., None], 255, values // scale))


def test_alpha_lies_on_white_in_every_mode():
    alpha = np.where(slope(1) > 0, 255, 0)
    grey = np.stack([slope(255), alpha], axis=2)
    wanted = np.where(alpha > 0, slope(255), 255)
    np.testing.assert_array_equal(shown(png(grey, 8, GREY_ALPHA)), wanted)
    np.testing.assert_array_equal(shown(png(grey * 257, 16, GREY_ALPHA)), wanted)
    with Image.open(io.BytesIO(png(grey, 8, GREY_ALPHA))) as image:
        image.load()
    for form, mode in (("TIFF", "RGBA"), ("TIFF", "LA"), ("WEBP", "RGBA"), ("PNG", "RGBA"), ("TIFF", "PA")):
        options = {"lossless": True} if form == "WEBP" else {}
        np.testing.assert_array_equal(shown(written(image.convert("RGBA").convert(mode), form, **options)), wanted)


def test_grey_multiplied_by_its_alpha_is_read():
    grey = Image.new("LA", (SIDE, SIDE), (200, 128)).convert("La")
    # Neither Pillow nor libtiff writes it from here: ExtraSamples 2 becomes 1.
    content = bytearray(written(Image.merge("LA", (Image.new("L", grey.size, 100), grey.getchannel(1))), "TIFF"))
    place = content.find(bytes([82, 1, 3, 0]))
    assert content[place + 8] == 2
    content[place + 8] = 1
    np.testing.assert_allclose(shown(bytes(content)), 100 + 127, atol=1)
