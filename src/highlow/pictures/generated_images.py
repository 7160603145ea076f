"""The images that are there without any download: dead leaves, and tiles of the photographs in scikit-learn."""

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from highlow.pictures import dead_leaves
from highlow.pictures.image_files import IMAGE_SIZE
from highlow.storage import atomic_files, checksums, provenance, table_files

SCENES_A_KIND = 12
PHOTOGRAPHS = ("china", "flower")  # 427 x 640 px, CC BY (scikit-learn, `sklearn.datasets`)
TILES = (2, 3)  # rows and columns of each


def images(seed: int) -> dict[str, NDArray[np.uint8]]:
    """Return RGB images, 0 to 255, (224, 224, 3), by name."""
    leaves = dead_leaves.scenes(SCENES_A_KIND, IMAGE_SIZE, seed)
    result = {f"dead_leaves_{name}": scene.pixels for name, scene in leaves.items()}
    for name in PHOTOGRAPHS:
        result |= {f"photograph_{name}_{place}": tile for place, tile in tiles(photograph(name)).items()}
    return result


def photograph(name: str) -> NDArray[np.uint8]:
    """Return a photograph of scikit-learn's, as its `load_sample_image`, without the second that its import takes."""
    library = find_spec("sklearn")
    assert library is not None and library.origin is not None
    with Image.open(Path(library.origin).parent / f"datasets/images/{name}.jpg") as image:
        return np.asarray(image)


def tiles(photograph: NDArray[np.uint8]) -> dict[str, NDArray[np.uint8]]:
    """Return squares of 224 px of a photograph, evenly spaced from border to border, by row and column."""
    tops, lefts = (
        np.linspace(0, length - IMAGE_SIZE, count).round().astype(int)
        for length, count in zip(photograph.shape[:2], TILES, strict=True)
    )
    return {
        f"{row}_{column}": photograph[top : top + IMAGE_SIZE, left : left + IMAGE_SIZE]
        for row, top in enumerate(tops.tolist())
        for column, left in enumerate(lefts.tolist())
    }


def write(folder: str | os.PathLike[str], seed: int) -> int:
    """Write the images as PNG into a folder and return how many there are.

    Their checksums come beside the folder, as `<folder>.provenance.json`: in it they would be listed as no image.
    """
    found = images(seed)
    for name, pixels in found.items():
        with atomic_files.atomic_path(Path(folder) / f"{name}.png") as path:
            Image.fromarray(pixels).save(path)
    files = checksums.hashed(Path(folder).parent, [f"{Path(folder).name}/{name}.png" for name in found])
    checksums.write_json(table_files.provenance_path(folder), {**provenance.made_from(seed=seed), "files": files})
    return len(found)
