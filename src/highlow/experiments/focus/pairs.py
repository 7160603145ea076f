"""Scenes that were photographed twice, in focus near and far."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from highlow.pictures import image_files, image_names
from highlow.runs.errors import HighlowError

LONGEST_SIDE = 520  # pixels: blur of larger photographs would be coarser than a receptive field
SIDES = ("A", "B")


@dataclass(frozen=True)
class Scene:
    """Two photographs of a scene.

    Attributes
    ----------
    name : str
        What their file names share, with the folders above.
    files : (str, str)
        Both, relative to the folder.
    """

    name: str
    files: tuple[str, str]


def scenes(folder: str) -> list[Scene]:
    """Return the scenes of a folder, by name: files of one folder whose names end in `_A` and `_B` before the suffix.

    Raises
    ------
    HighlowError
        If there is none.
    """
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name in image_names.walk(folder):
        path = PurePosixPath(name)
        if path.stem[-2:] in tuple(f"_{side}" for side in SIDES):
            found[str(path.with_name(path.stem[:-2]))][path.stem[-1]].append(name)
    chosen = [
        Scene(name, (files["A"][0], files["B"][0]))
        for name, files in sorted(found.items())
        if all(len(files[side]) == 1 for side in SIDES)
    ]
    if not chosen:
        raise HighlowError(
            f"focus_pairs: {folder}: no two photographs of a scene; name them alike, with _A and _B at the end"
        )
    return chosen


def read(folder: str, scene: Scene) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return both photographs of a scene, RGB, 0 to 255, (H, W, 3), reduced to at most 520 px a side.

    Raises
    ------
    UnusableImageError
        If one cannot be read, or their sizes differ.
    """
    root = str(image_names.root_of(Path(folder)))
    first, second = (image_files.upright_rgb(image_files.content_of(root, name)) for name in scene.files)
    if first.size != second.size:
        raise image_files.UnusableImageError(
            f"{first.width} x {first.height} px beside {second.width} x {second.height} px"
        )
    return _reduced(first), _reduced(second)


def _reduced(image: Image.Image) -> NDArray[np.uint8]:
    share = LONGEST_SIDE / max(image.size)
    if share < 1:
        size = (max(round(image.width * share), 1), max(round(image.height * share), 1))
        image = image.resize(size, Image.Resampling.BICUBIC)
    return np.array(image, dtype=np.uint8)


def usable(folder: str) -> Iterator[tuple[Scene, tuple[NDArray[np.uint8], NDArray[np.uint8]] | None, str]]:
    """Yield every scene with its photographs, or with None and why it is left out."""
    for scene in scenes(folder):
        try:
            yield scene, read(folder, scene), ""
        except image_files.UnusableImageError as error:
            yield scene, None, str(error)
