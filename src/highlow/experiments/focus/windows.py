"""What a unit sees of both photographs of every scene, where a border of focus runs through its field."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.experiments.focus import pairs
from highlow.experiments.focus.borders import Borders, borders, sharpness_difference
from highlow.pictures.image_files import as_input

NO_BORDER = "no border of focus"


@dataclass(frozen=True)
class Windows:
    """Canvases of all scenes.

    Attributes
    ----------
    table : DataFrame
        A row a border: `scene`, `file_a`, `file_b`, `row`, `column` (pixels of the reduced photographs), `true_deg`
        (towards what is sharp in A).
    first, second : ndarray
        Of A and of B, RGB in [0, 1], (border, 3, canvas, canvas).
    skipped : DataFrame
        `scene` and `reason` of those that have none.
    """

    table: pd.DataFrame
    first: NDArray[np.float32]
    second: NDArray[np.float32]
    skipped: pd.DataFrame


@lru_cache(maxsize=1)  # a network and its controls see the same
def windows(folder: str, canvas: int, centre: tuple[float, float], field: int, cut: float) -> Windows:
    """Return the windows of a folder's scenes.

    Parameters
    ----------
    folder : str
        Of the photographs.
    canvas, centre, field
        As of a `BranchReader`.
    cut : float
        Wavelength in pixels below which frequencies are high.

    Raises
    ------
    HighlowError
        If the folder has no pair.
    """
    origin = tuple(int(place) for place in centre)
    tables, seen, skipped = [], [], []
    for scene, photographs, reason in pairs.usable(folder):
        found = None
        if photographs is not None:
            found = borders(sharpness_difference(*photographs, field, cut), field, canvas)
            reason = "" if len(found.row) else NO_BORDER
        if reason or photographs is None or found is None:
            skipped.append({"scene": scene.name, "reason": reason})
            continue
        tables.append(_table(scene, found))
        seen.append([_cut(image, found, canvas, origin) for image in photographs])
    empty = np.zeros((0, 3, canvas, canvas), dtype=np.float32)
    first, second = (np.concatenate([empty, *(part[side] for part in seen)]) for side in (0, 1))
    columns = ["scene", "file_a", "file_b", "row", "column", "true_deg"]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    return Windows(table, first, second, pd.DataFrame(skipped, columns=["scene", "reason"]))


def _table(scene: pairs.Scene, found: Borders) -> pd.DataFrame:
    names = dict(zip(("file_a", "file_b"), scene.files, strict=True))
    places = {"row": found.row, "column": found.column, "true_deg": found.direction_deg}
    return pd.DataFrame({"scene": scene.name, **names, **places})


def _cut(image: NDArray[np.uint8], found: Borders, canvas: int, origin: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the canvases of a photograph, whose field's middle lies on the borders, (border, 3, canvas, canvas)."""
    tops, lefts = (found.row - origin[0]).tolist(), (found.column - origin[1]).tolist()
    parts = [image[top : top + canvas, left : left + canvas] for top, left in zip(tops, lefts, strict=True)]
    return as_input(np.stack(parts))
