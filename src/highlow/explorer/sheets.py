"""Pictures of units as one JPEG a layer, from which the page cuts each."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from highlow.storage.atomic_files import atomic_path

BLOCK = 8  # of JPEG: cells of whole blocks do not bleed into each other
LONGEST_SIDE = 4096  # pixels that every browser decodes
QUALITY = 88


def sheet(
    images: NDArray[np.uint8], units: NDArray[np.integer], count: int
) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """Return pictures side by side in the order of the units, and where each lies.

    Parameters
    ----------
    images : ndarray
        RGB, (n, size, size, 3).
    units : ndarray
        Whose they are, (n,).
    count : int
        Units of the layer; one without a picture is left grey.

    Returns
    -------
    ndarray, dict
        RGB; `size` of a picture, `cell` from one to the next, in pixels, and `columns`.
    """
    size = images.shape[1]
    cell = -(-size // BLOCK) * BLOCK
    columns = max(1, min(LONGEST_SIDE // cell, int(np.ceil(np.sqrt(count)))))
    rows = -(-count // columns)
    whole = np.full((rows * cell, columns * cell, 3), 128, dtype=np.uint8)
    margin = cell - size
    for unit, image in zip(units.tolist(), images, strict=True):
        top, left = (unit // columns) * cell, (unit % columns) * cell
        whole[top : top + cell, left : left + cell] = np.pad(image, ((0, margin), (0, margin), (0, 0)), mode="edge")
    return whole, {"size": size, "cell": cell, "columns": columns, "rows": rows}


def write(path: str | os.PathLike[str], image: NDArray[np.uint8], quality: int = QUALITY) -> None:
    """Write an image as JPEG, without subsampling of colours."""
    with atomic_path(path) as temporary:
        Image.fromarray(image).save(temporary, format="JPEG", quality=quality, subsampling=0, optimize=True)
