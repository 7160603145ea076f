"""The images of a training run in memory, and the crops that are cut from them."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from highlow.pictures import image_names, tar_members
from highlow.pictures.image_files import UnusableImageError, content_of, upright_rgb
from highlow.runs.errors import HighlowError
from highlow.runs.progress import progress
from highlow.training.recipe import Recipe

LONGEST_SIDE = 512  # px; a larger photograph is reduced: 64 px of it would show next to nothing
HELD_OUT_EVERY = 20  # every twentieth image is never trained on
PLACES_AN_IMAGE = 64  # of random labels: fixed crops an image, too many to be learned by heart in a run of some minutes

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Photographs:
    """Images, RGB, 0 to 255, (height, width, 3) each; `held_out` are not trained on."""

    trained: tuple[Pixels, ...]
    held_out: tuple[Pixels, ...]

    @property
    def fingerprint(self) -> str:
        """Hash of every pixel."""
        digest = hashlib.sha256()
        for image in (*self.trained, *self.held_out):
            digest.update(np.ascontiguousarray(image).tobytes())
        return digest.hexdigest()


def read(folder: str | os.PathLike[str], crop_size: int) -> Photographs:
    """Read every usable image of a folder.

    Files that are no images, damaged, or too small for a crop beside the held-out strip are left out.

    Raises
    ------
    HighlowError
        If the folder does not exist or fewer than `2 * HELD_OUT_EVERY` of its files can be used.
    """
    images = []
    root = str(image_names.root_of(folder))
    listed = list(tar_members.expanded(root, image_names.walk(folder)))
    for name in progress(listed, "images", "file"):
        try:
            pixels = _reduced(upright_rgb(content_of(root, name)))
        except UnusableImageError:
            continue
        if min(pixels.shape[:2]) >= 2 * crop_size:
            images.append(pixels)
    return split(images, str(folder))


def split(images: Sequence[Pixels], where: str) -> Photographs:
    """Return images with every twentieth held out; raises a HighlowError if there are too few."""
    if len(images) < 2 * HELD_OUT_EVERY:
        raise HighlowError(f"{where}: {len(images)} usable images; training needs at least {2 * HELD_OUT_EVERY}")
    numbered = list(enumerate(images))
    return Photographs(
        tuple(image for index, image in numbered if index % HELD_OUT_EVERY),
        tuple(image for index, image in numbered if not index % HELD_OUT_EVERY),
    )


def trained_part(image: Pixels, index: int, crop_size: int) -> Pixels:
    """Return what of an image is trained on: all but a strip as wide as a crop, on a side that goes round by index."""
    height, width = image.shape[:2]
    top, left = (crop_size if index % 4 == side else 0 for side in (0, 1))
    bottom, right = (crop_size if index % 4 == side else 0 for side in (2, 3))
    return image[top : height - bottom, left : width - right]


def held_out_strip(image: Pixels, index: int, crop_size: int) -> Pixels:
    """Return the strip of an image that `trained_part` leaves out."""
    strips = (image[:crop_size], image[:, :crop_size], image[-crop_size:], image[:, -crop_size:])
    return strips[index % 4]


def batch(photographs: Photographs, recipe: Recipe, step: int, stream: int = 0) -> tuple[Pixels, NDArray[np.int64]]:
    """Return the crops of a step, turned and mirrored, with their labels.

    All randomness comes from the recipe's seed, the step and the stream (front or back of a collage), so that a resumed
    run continues with the same crops.

    Returns
    -------
    crops : ndarray
        RGB, 0 to 255, (batch, crop_size, crop_size, 3).
    labels : ndarray
        Which image, (batch,).
    """
    generator = np.random.default_rng([recipe.seed, 1, step, stream])
    count, size = len(photographs.trained), recipe.crop_size
    chosen = generator.integers(count, size=recipe.batch)
    turns = generator.integers(4, size=recipe.batch)
    mirrored = generator.integers(2, size=recipe.batch).astype(bool)
    places = generator.integers(PLACES_AN_IMAGE, size=recipe.batch)
    position = generator.random((recipe.batch, 2))
    labels = chosen.astype(np.int64)
    if recipe.labels == "random":
        table = np.random.default_rng([recipe.seed, 2])
        fixed_position = table.random((count, PLACES_AN_IMAGE, 2))
        fixed_label = table.integers(count, size=(count, PLACES_AN_IMAGE))
        position, labels = fixed_position[chosen, places], fixed_label[chosen, places].astype(np.int64)
    crops = np.empty((recipe.batch, size, size, 3), dtype=np.uint8)
    for row, index in enumerate(chosen.tolist()):
        crop = cut(trained_part(photographs.trained[index], index, size), position[row], size)
        crop = crop[:, ::-1] if mirrored[row] else crop
        crops[row] = np.rot90(crop, turns[row])
    return crops, labels


def cut(image: Pixels, position: NDArray[np.floating], size: int) -> Pixels:
    """Return a square of an image whose corner lies at a share of the possible rows and columns."""
    top, left = (int(share * (length - size + 1)) for share, length in zip(position, image.shape[:2], strict=True))
    return image[top : top + size, left : left + size]


def _reduced(image: Image.Image) -> Pixels:
    longest = max(image.size)
    if longest > LONGEST_SIDE:
        width, height = (round(side * LONGEST_SIDE / longest) for side in image.size)
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    return np.array(image, dtype=np.uint8)
