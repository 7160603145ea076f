"""Photographs with the boundaries that people drew, in the folders of the Berkeley Segmentation Data Set.

`images/**/<name>.jpg` belongs to `groundTruth/**/<name>.mat` in a folder of the same name. The files come from others:
what cannot be read ends with one line.
"""

import io
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import io as scipy_io
from scipy import ndimage

from highlow.pictures import image_files
from highlow.runs.errors import HighlowError

IMAGES, TRUTHS = "images", "groundTruth"
ENDINGS = (".jpg", ".jpeg", ".png")
LARGEST_FILE = 2**24  # bytes; the benchmark's largest has a seventieth
LARGEST_UNPACKED = 2**28
LARGEST_IMAGE = 2**21  # pixels; a network runs on all of them
HEADER, TAG, COMPRESSED = 128, 8, 15  # bytes of a MATLAB file's header and of an element's tag, and the tag's type


@dataclass(frozen=True)
class Annotated:
    """A photograph with its human boundaries.

    Attributes
    ----------
    name : str
        Relative to the folder, without its ending.
    pixels : ndarray
        RGB, 0 to 255, (y, x, 3).
    boundaries : ndarray of bool
        (annotator, y, x).
    """

    name: str
    pixels: NDArray[np.uint8]
    boundaries: NDArray[np.bool_]

    def distances(self) -> NDArray[np.float32]:
        """Return the pixels to every person's nearest boundary, the least first, (annotator, y, x)."""
        each = [
            ndimage.distance_transform_edt(~drawn) if drawn.any() else np.full(drawn.shape, np.inf)
            for drawn in self.boundaries
        ]
        return np.sort(np.stack(each).astype(np.float32), axis=0)


def pairs(folder: str | os.PathLike[str]) -> list[str]:
    """Return the images below `images` that have a MATLAB file below `groundTruth`, in order of their names.

    Raises
    ------
    HighlowError
        If there is none.
    """
    root = Path(folder) / IMAGES
    found = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.suffix.lower() in ENDINGS)
    named = [name for name in found if truth_path(folder, name).is_file()]
    if not named:
        raise HighlowError(
            f"boundaries: {folder}: no image below {IMAGES}/ with a .mat of its name below {TRUTHS}/; "
            "give the folder of the Berkeley Segmentation Data Set that holds both"
        )
    return named


def truth_path(folder: str | os.PathLike[str], name: str) -> Path:
    """Return the file of the boundaries of an image."""
    return (Path(folder) / TRUTHS / name).with_suffix(".mat")


def sample(folder: str | os.PathLike[str], count: int, seed: int) -> list[str]:
    """Return at most `count` pairs of a folder, drawn by a seed, in order of their names."""
    names = pairs(folder)
    if len(names) <= count:
        return names
    chosen = np.random.default_rng(seed).choice(len(names), count, replace=False)
    return [names[index] for index in np.sort(chosen)]


def read(folder: str | os.PathLike[str], name: str) -> Annotated:
    """Read an image and its boundaries.

    Raises
    ------
    HighlowError
        If either cannot be read or they do not fit each other.
    """
    root = str(Path(folder) / IMAGES)
    try:
        pixels = np.asarray(image_files.upright_rgb(image_files.content_of(root, name)), dtype=np.uint8)
    except image_files.UnusableImageError as error:
        raise HighlowError(f"boundaries: {Path(root) / name}: {error}; take the image out or replace it") from None
    if pixels.shape[0] * pixels.shape[1] > LARGEST_IMAGE:
        raise HighlowError(f"boundaries: {Path(root) / name}: more than {LARGEST_IMAGE} pixels; give smaller images")
    path = truth_path(folder, name)
    drawn = read_truth(path)
    if drawn.shape[1:] != pixels.shape[:2]:
        raise HighlowError(
            f"boundaries: {path}: boundaries of {drawn.shape[2]} x {drawn.shape[1]} px for an image of "
            f"{pixels.shape[1]} x {pixels.shape[0]} px; give the image's own"
        )
    return Annotated(str(Path(name).with_suffix("")), pixels, drawn)


def read_truth(path: str | os.PathLike[str]) -> NDArray[np.bool_]:
    """Return the boundaries in a MATLAB file of the benchmark, (annotator, y, x).

    Its variable `groundTruth` is a row of cells, one an annotator, each a structure with the field `Boundaries`.

    Raises
    ------
    HighlowError
        If it is missing, damaged, no such file, or too large.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise HighlowError(f"boundaries: {path}: {error.strerror or 'cannot be read'}") from None
    try:
        _check_size(content)
        cells = scipy_io.loadmat(io.BytesIO(content), variable_names=["groundTruth"])["groundTruth"]
        return _stacked([cell["Boundaries"].flat[0] for cell in cells.flat])
    except Exception as error:  # of a damaged file scipy raises nearly anything
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise HighlowError(
            f"boundaries: {path}: not a readable file of human boundaries ({reason}); fetch it again"
        ) from None


def _stacked(drawn: Sequence[NDArray[Any]]) -> NDArray[np.bool_]:
    if not drawn or any(one.ndim != 2 or one.dtype.kind not in "biuf" for one in drawn):
        raise ValueError("no boundary maps")
    return np.stack([np.asarray(one) != 0 for one in drawn])


def _check_size(content: bytes) -> None:
    """Raise a ValueError if a file is too large, or would be once it is unpacked."""
    if len(content) > LARGEST_FILE:
        raise ValueError(f"larger than {LARGEST_FILE >> 20} MiB")
    start, unpacked = HEADER, 0
    while start + TAG <= len(content):
        kind, size = np.frombuffer(content, "<u4", 2, start).tolist()
        if kind == COMPRESSED:
            unpacker = zlib.decompressobj()
            unpacked += len(unpacker.decompress(content[start + TAG : start + TAG + size], LARGEST_UNPACKED))
            if unpacker.unconsumed_tail or unpacked > LARGEST_UNPACKED:
                raise ValueError(f"more than {LARGEST_UNPACKED >> 20} MiB unpacked")
        start += TAG + size
