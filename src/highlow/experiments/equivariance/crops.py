"""The places of images that units answer most, turned about the middle of the receptive field."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlow.experiments.branch_reader import BranchReader
from highlow.experiments.equivariance.turned import turned

# Between the quarter turns, at which no pixel is interpolated: all crops are blurred alike.
TURNS = 7.5 + 15.0 * np.arange(24)
CROPS = 8  # of different images, for each unit


@dataclass(frozen=True)
class Places:
    """Where units answer most, one place an image, best first.

    Attributes
    ----------
    unit, rank, image : ndarray
        Number among the reader's units, rank from 0, and index of the image, (crop,).
    response : ndarray
        To the crops after each turn, of the reader's units, (crop, turn, unit).
    """

    unit: NDArray[np.intp]
    rank: NDArray[np.intp]
    image: NDArray[np.intp]
    response: NDArray[np.float32]


def turned_crops(reader: BranchReader, images: Iterable[tuple[int, NDArray[np.float32]]]) -> Places:
    """Return the places that each unit answers most, and what all units answer to them after each turn.

    Parameters
    ----------
    reader : BranchReader
        Of the units.
    images : iterable of (int, ndarray)
        Index and RGB in [0, 1], (3, size, size). A place lies far enough from the border for the canvas to turn; an
        image that is too small for that is mirrored beyond it.
    """
    shown = dict(images)
    best = {index: _strongest(reader, image) for index, image in shown.items()}
    order = list(best)
    found: dict[str, list[int]] = {"unit": [], "rank": [], "image": []}
    responses = []
    for unit in range(len(reader.units)):
        scores = np.array([best[index][0][unit] for index in order])
        ranked = [int(place) for place in np.argsort(-scores, kind="stable")[:CROPS] if scores[place] > 0]
        for rank, place in enumerate(ranked):
            row, column = (float(axis[unit]) for axis in best[order[place]][1:])
            canvases = turned(shown[order[place]], row, column, TURNS, reader.canvas, reader.centre)
            responses.append(reader.responses(canvases)[:, reader.units])
            for name, value in (("unit", unit), ("rank", rank), ("image", order[place])):
                found[name].append(value)
    empty = np.zeros((0, len(TURNS), len(reader.units)), dtype=np.float32)
    numbers = {name: np.array(values, dtype=np.intp) for name, values in found.items()}
    return Places(**numbers, response=np.stack(responses) if responses else empty)


def _strongest(
    reader: BranchReader, image: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.float64]]:
    """Return each unit's largest response in an image, and the row and column that it looks at there, in pixels."""
    maps, size = reader.maps(image), image.shape[-1]
    centres = [reader.centres(size, axis) for axis in (0, 1)]
    rows, columns = (_inner(axis, size, reader.canvas / np.sqrt(2)) for axis in centres)
    part = maps[:, rows][:, :, columns]
    flat = part.reshape(len(part), -1)
    row, column = np.divmod(flat.argmax(axis=1), part.shape[2])
    return flat.max(axis=1), centres[0][rows][row], centres[1][columns][column]


def _inner(centres: NDArray[np.float64], size: int, margin: float) -> slice:
    """Return the positions whose fields lie that far inside; the one nearest to the middle where none does."""
    inside = np.flatnonzero((centres >= margin) & (centres <= size - 1 - margin))
    if not len(inside):
        inside = np.array([np.abs(centres - (size - 1) / 2).argmin()])
    return slice(int(inside[0]), int(inside[-1]) + 1)
