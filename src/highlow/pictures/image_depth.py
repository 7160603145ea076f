"""Decoded pixels of any depth as 8-bit RGB, by one rule of what is white.

White is what a file's format declares: the largest number of its bits (255 of 8 bits, 4095 of 12, 65535 of 16), in PPM
the number in its header. 32-bit integers, signed integers and floating-point numbers declare none: such files are
skipped. So are files of 16 bits a channel without a number above 4095: they hold 12 bits, whose white is 4095, or show
next to nothing, and both look alike.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TWELVE_BITS = 4095
BITS_PER_SAMPLE, PHOTOMETRIC, SAMPLE_FORMAT = 258, 262, 339  # tags of TIFF
WHITE_IS_ZERO, SIGNED = 0, 2  # values of the latter two


class NoWhiteError(Exception):
    """Pixels without a defined white; the message is the reason."""


@dataclass(frozen=True)
class Depth:
    """What a file says of its numbers.

    Attributes
    ----------
    bits : int
        Of a channel; 0 if they need no more care (Pillow has scaled them by a white that the file declares).
    signed : bool
        Whether numbers may be negative.
    inverted : bool
        Whether 0 is white, and Pillow leaves that to the reader (16 bits).
    rounded : bool
        Whether Pillow rounds 16-bit colours to 8 bits; else it keeps the upper 8.
    """

    bits: int = 8
    signed: bool = False
    inverted: bool = False
    rounded: bool = False


def of(image: Image.Image, content: bytes) -> Depth:
    """Return what an opened, not yet loaded image says of its numbers.

    Parameters
    ----------
    image : Image
        As Pillow opened it.
    content : bytes
        The file.
    """
    if image.format == "PNG":
        return Depth(content[24])  # of the header, which is the first chunk
    if image.format == "TIFF":
        tags: Any = image.tag_v2
        bits = max(tags.get(BITS_PER_SAMPLE) or (1,))
        inverted = bits == 16 and tags.get(PHOTOMETRIC) == WHITE_IS_ZERO
        return Depth(bits, SIGNED in tags.get(SAMPLE_FORMAT, ()), inverted)
    if image.format == "PPM":
        arguments = image.tile[0].args
        whole = arguments == "I;16B" or (isinstance(arguments, tuple) and arguments[-1] == 65535)
        return Depth(16 if whole else 0, rounded=True)
    return Depth()


def as_rgb(image: Image.Image, depth: Depth) -> Image.Image:
    """Return a loaded image as 8-bit RGB: 16 bits of grey are rounded, of colour cut (by Pillow); on white.

    Raises
    ------
    NoWhiteError
        If its numbers have no defined white.
    """
    if image.mode == "F":
        raise NoWhiteError("floating-point pixels have no defined white")
    if depth.bits > 16:
        raise NoWhiteError(f"{depth.bits}-bit pixels have no defined white")
    if depth.signed:
        raise NoWhiteError("signed pixels have no defined white")
    if image.mode.startswith("I"):
        return _deep_grey(image, depth)
    if depth.bits == 16:
        largest = max(image.getchannel(band).getextrema()[1] for band in image.getbands() if band not in "Aa")
        _check_twelve_bits(257 * largest - 128 if depth.rounded else 256 * largest)
    if image.mode == "La":  # Pillow converts to nothing else
        image = image.convert("LA")
    if image.has_transparency_data:
        image = _with_scaled_transparency(image, depth).convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _deep_grey(image: Image.Image, depth: Depth) -> Image.Image:
    values: NDArray[np.int64] = np.asarray(image).astype(np.int64)
    white = TWELVE_BITS if depth.bits == 12 else 65535
    if depth.bits == 16:
        _check_twelve_bits(int(values.max()))
    shown = white - values if depth.inverted else values
    grey = np.round(shown * 255 / white).astype(np.uint8)
    if isinstance(clear := image.info.get("transparency"), int):
        grey[values == clear] = 255
    return Image.fromarray(grey).convert("RGB")


def _check_twelve_bits(largest: int) -> None:
    if largest <= TWELVE_BITS:
        raise NoWhiteError(f"16-bit pixels of at most {TWELVE_BITS}: 12 bits, or nearly black")


def _with_scaled_transparency(image: Image.Image, depth: Depth) -> Image.Image:
    """Return an image whose transparent grey or colour is a number of 8 bits, as its pixels are."""
    clear = image.info.get("transparency")
    if image.mode == "L" and depth.bits in (2, 4) and isinstance(clear, int):
        image.info["transparency"] = min(clear * 255 // (2**depth.bits - 1), 255)
    if image.mode == "RGB" and depth.bits == 16 and isinstance(clear, tuple):
        image.info["transparency"] = tuple(value >> 8 for value in clear)
    return image
