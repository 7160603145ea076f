"""The photographs that units answer most, each once, as the networks see them."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from highlow.explorer import data_file, sheets
from highlow.pictures import example_file, image_names, image_reader, image_table

# More photographs than these are kept half as wide, so that the folder stays small.
MOST_AT_FULL_SIZE = 2000
QUALITY = 75


def wanted(examples: Iterable[str | os.PathLike[str]]) -> set[int]:
    """Return the indices of the images that files of dataset examples name."""
    found: set[int] = set()
    for path in examples:
        found.update(example_file.read(path).examples.image.ravel().tolist())
    return found - {-1}


def export(table: str, folder_of_images: str, indices: set[int], output: str | os.PathLike[str]) -> dict[str, Any]:
    """Write the images of some indices as `<index>.jpg`, and the list of their names; return that list."""
    rows = [row for row in image_table.rows(table) if row.index in indices]
    files = image_reader.read_listed(str(image_names.root_of(folder_of_images)), rows)
    names = {}
    for index, file in files:
        assert file.pixels is not None
        image, pixels = Image.fromarray(file.pixels), file.pixels
        if len(indices) > MOST_AT_FULL_SIZE:
            pixels = np.asarray(image.resize((image.width // 2, image.height // 2), Image.Resampling.BOX))
        sheets.write(Path(output) / f"{index}.jpg", pixels, QUALITY)
        names[str(index)] = image_names.escaped(file.name)
    content = {"names": names}
    data_file.write(Path(output) / "names.js", "photographs", content)
    return content
