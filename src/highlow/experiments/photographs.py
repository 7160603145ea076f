"""Photographs for experiments: some of the pipeline's table of images, the same ones every time."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from highlow.pictures import image_names, image_reader, image_table


@dataclass(frozen=True)
class Photographs:
    """The images of a table, in a folder or a list of files.

    Attributes
    ----------
    table : path
        TSV of all images.
    folder : path
        Their folder, or the text file that lists them.
    """

    table: str | os.PathLike[str]
    folder: str | os.PathLike[str]

    def sample(self, count: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield at most `count` used images, evenly spaced over the table, as (index, RGB in [0, 1], (3, 224, 224)).

        Raises
        ------
        HighlowError
            If the table is damaged, or an image is not what it was when it was listed.
        """
        used = [row for row in image_table.rows(self.table) if row.status == "used"]
        spaced = np.unique(np.linspace(0, len(used) - 1, min(count, len(used))).astype(int))
        root = str(image_names.root_of(Path(self.folder)))
        for index, file in image_reader.read_listed(root, [used[place] for place in spaced]):
            if file.pixels is not None:
                yield index, np.ascontiguousarray(file.pixels.transpose(2, 0, 1), np.float32) / np.float32(255)
