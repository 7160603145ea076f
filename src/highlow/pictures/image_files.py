"""One image file as the network's input: 224 x 224 px, RGB, 8 bits."""

import hashlib
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, PngImagePlugin, UnidentifiedImageError
from PIL import ImageFile as PillowFile

from highlow.pictures import image_depth, tar_members
from highlow.pictures.image_names import LINK_TEXT, followed, why_not_read

IMAGE_SIZE = 224  # the input that ImageNet networks of the article's time are trained on
SMALLEST_SIDE = 64  # a smaller image would be enlarged more than 3.5 times and have no high frequencies left
LARGEST_FILE = 2**28
LARGEST_TEXT = 2**26  # of all texts of a PNG together, and of its colour profile, unpacked
LARGEST_PIXELS = 2**28 // 3  # as Pillow has it, unless the program around sets another
# Formats that hold pixels and nothing else: Pillow would run Ghostscript on PostScript.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
SUBFILE_TYPE, REDUCED = 254, 1  # tag of TIFF, and its bit for a page that is a smaller copy of another
# Texts that tools leave where a file has not been fetched.
STAND_INS = {
    rb"version https?://git-lfs\.github\.com/spec/": "a pointer of Git LFS: fetch the file itself",
    rb"(\.{1,2}/[^\n\0]*|/)annex/objects/[^\0]*$": "a pointer of git-annex: get the file itself",
    LINK_TEXT.pattern: "the text of a link: there is no file where it leads",
}


class UnusableImageError(Exception):
    """An image file that is skipped; the message is the reason."""


@dataclass(frozen=True)
class ImageFile:
    """A file that was looked at.

    Attributes
    ----------
    name : str
        Relative to the folder of images.
    sha256 : str
        Of its content; empty if it was not opened.
    width, height : int
        In pixels, upright; 0 if unknown.
    reason : str
        Why it is skipped; empty if it is used.
    pixels : ndarray or None
        RGB, 0 to 255, (224, 224, 3), if it is used.
    """

    name: str
    sha256: str = ""
    width: int = 0
    height: int = 0
    reason: str = ""
    pixels: NDArray[np.uint8] | None = None


def read(root: str, name: str) -> ImageFile:
    """Read a file below `root`; whatever is wrong with it becomes the reason why it is skipped."""
    digest = ""
    try:
        content = content_of(root, name)
        digest = hashlib.sha256(content).hexdigest()
        image = upright_rgb(content)
        if min(image.size) < SMALLEST_SIDE:
            raise UnusableImageError(f"smaller than {SMALLEST_SIDE} px: {image.width} x {image.height}")
    except UnusableImageError as error:
        return ImageFile(name, digest, reason=str(error))
    return ImageFile(name, digest, image.width, image.height, pixels=fitted(image))


def content_of(root: str, name: str) -> bytes:
    """Return the bytes of a file below `root`, or of a member of a tar there.

    Raises
    ------
    UnusableImageError
        If it is not to be read, cannot be, or is larger than 256 MiB.
    """
    tar, member = tar_members.split(root, name)
    reason = why_not_read(root, tar or name) or ("" if tar else tar_members.compressed(name))
    if reason:
        raise UnusableImageError(reason)
    path = Path(root) / (tar or name)
    try:
        path = path if tar else followed(path)
        offset, size = _place(path, member) if tar or tar_members.is_tar(name) else (0, path.stat().st_size)
        if size > LARGEST_FILE:
            raise UnusableImageError(f"larger than {LARGEST_FILE >> 20} MiB")
        with path.open("rb") as file:
            file.seek(offset)
            content = file.read(size)
    except OSError as error:
        raise UnusableImageError(error.strerror or "cannot be read") from None
    if len(content) < size:
        raise UnusableImageError("truncated")
    return content


def _place(tar: Path, member: str) -> tuple[int, int]:
    """Return where in a tar a member lies; raises an UnusableImageError with the reason if it cannot be read."""
    members = tar_members.of(tar)
    if member in members.places:
        return members.places[member]
    missing = "no such member" if member != tar.name else "a tar without images"
    raise UnusableImageError(members.why_not(member) or members.problem or missing)


def upright_rgb(content: bytes) -> Image.Image:
    """Return an encoded image as upright 8-bit RGB.

    The orientation of the EXIF data is applied, where that can be read; CMYK is converted by (1 - ink)(1 - black),
    without colour profiles; more bits become 8 by the white that the format declares (`image_depth`); transparent parts
    lie on white; of several frames the first counts.

    Raises
    ------
    UnusableImageError
        If it is empty, no image of a known format, damaged, of more than 89 million pixels, with texts or a profile of
        more than 64 MiB, or has pixels without a defined white.
    """
    if not content:
        raise UnusableImageError("empty file")
    if _ends_in_zeros(content):
        raise UnusableImageError("damaged: zeros take the place of its end")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with _limits(), Image.open(io.BytesIO(content), formats=FORMATS) as image:
                if image.format == "TIFF" and image.tag_v2.get(SUBFILE_TYPE, 0) & REDUCED:
                    raise UnusableImageError("its first page is a small copy of another, as raw files of cameras have")
                depth = image_depth.of(image, content)
                image.load()
                return image_depth.as_rgb(_upright(image), depth)
        except UnidentifiedImageError:
            raise UnusableImageError(_stand_in(content) or "no image of a known format") from None
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise UnusableImageError(f"more than {LARGEST_PIXELS} pixels") from None
        except UnusableImageError:
            raise
        except image_depth.NoWhiteError as error:
            raise UnusableImageError(str(error)) from None
        except Exception as error:  # decoders of damaged files raise nearly anything
            if "MAX_TEXT" in str(error):
                raise UnusableImageError(f"more than {LARGEST_TEXT >> 20} MiB of text or profile") from None
            detail = " ".join(str(error).split())[:80]
            raise UnusableImageError(f"damaged: {detail or type(error).__name__}") from None


@contextmanager
def _limits() -> Iterator[None]:
    """Read by the limits of this module, whatever the program around has set for Pillow."""
    limits: list[tuple[Any, str, int]] = [
        (PngImagePlugin, "MAX_TEXT_CHUNK", LARGEST_TEXT),  # Pillow takes more than 1 MiB for an attack
        (PngImagePlugin, "MAX_TEXT_MEMORY", LARGEST_TEXT),
        (Image, "MAX_IMAGE_PIXELS", LARGEST_PIXELS),
        (PillowFile, "LOAD_TRUNCATED_IMAGES", False),
    ]
    before = [getattr(module, name) for module, name, _ in limits]
    for module, name, value in limits:
        setattr(module, name, value)
    try:
        yield
    finally:
        for (module, name, _), value in zip(limits, before, strict=True):
            setattr(module, name, value)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # nonsense in the EXIF data, in any way; the pixels are whole
        return image


def _ends_in_zeros(content: bytes) -> bool:
    """Return whether a JPEG was cut where room had been made for all of it: the decoder makes grey of zeros."""
    if not (content.startswith(b"\xff\xd8\xff") and content.endswith(bytes(64))):
        return False
    return content.rfind(b"\xff\xd9") < content.rfind(b"\xff\xda")  # no end of the image behind the last scan's start


def _stand_in(content: bytes) -> str:
    """Return what a small text is that lies where an image is meant to; an empty string of anything else."""
    for start, kind in STAND_INS.items():
        if re.match(start, content[:1000]):
            return kind
    return ""


def fitted(image: Image.Image, size: int = IMAGE_SIZE) -> NDArray[np.uint8]:
    """Return the middle square of an image, resized to `size` pixels (bicubic, antialiased), (size, size, 3)."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    if side == size:
        square = image.crop((left, top, left + side, top + side))
    else:
        box = (left, top, left + side, top + side)
        square = image.resize((size, size), Image.Resampling.BICUBIC, box=box)
    return np.array(square, dtype=np.uint8)


def as_input(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return 8-bit RGB pixels, (..., H, W, 3), as a network's input, float32 in [0, 1], (..., 3, H, W)."""
    return np.ascontiguousarray(np.moveaxis(pixels, -1, -3), dtype=np.float32) / np.float32(255)
