"""The images that each unit of a layer answers most, kept while images go by.

At most one position an image a unit counts. Of equal scores the image with the smaller index wins, and of equal
positions the first in reading order, so that any division of the images into shards merges to the same result.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Examples:
    """The best images of every unit of a layer, best first.

    Attributes
    ----------
    score : ndarray
        Largest activation in the image, float32, (unit, rank); nan where there are fewer images.
    image : ndarray
        Index of the image, int32, (unit, rank); -1 where there are fewer.
    position : ndarray
        Row and column of the layer where it is, int16, (unit, rank, 2).
    crop : ndarray
        What the unit sees there, RGB, (unit, rank, y, x, 3), in the first rows and columns where the layer's units
        have receptive fields of different sizes; no rows where crops are not kept.
    """

    score: NDArray[np.float32]
    image: NDArray[np.int32]
    position: NDArray[np.int16]
    crop: NDArray[np.uint8]


def empty(units: int, count: int, crop_size: int = 0) -> Examples:
    """Return room for `count` examples of each unit, with none in it."""
    return Examples(
        np.full((units, count), np.nan, dtype=np.float32),
        np.full((units, count), -1, dtype=np.int32),
        np.zeros((units, count, 2), dtype=np.int16),
        np.zeros((units, count, crop_size, crop_size, 3), dtype=np.uint8),
    )


def strongest(activation: NDArray[np.float32]) -> NDArray[np.int16]:
    """Return where every unit's largest activation is, row and column, (unit, 2), first in reading order.

    Parameters
    ----------
    activation : ndarray
        Of one image, (unit, y, x); there may be no units.
    """
    units, height, width = activation.shape
    best = activation.reshape(units, height * width).argmax(axis=1)
    return np.stack(np.divmod(best, width), axis=1).astype(np.int16)


def better(kept: Examples, image: int, score: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the units for which an image is better than the worst that is kept, and the ranks of these.

    Parameters
    ----------
    kept : Examples
    image : int
        Index of the image.
    score : ndarray
        Largest activation of every unit, (unit,). Scores of 0 do not count: the unit does not answer.
    """
    scores = np.where(np.isnan(kept.score), -np.inf, kept.score)
    worst = scores.min(axis=1)
    # Of equally bad images the last one gives way.
    rank = np.where(scores == worst[:, None], kept.image, -2).argmax(axis=1)
    last = kept.image[np.arange(len(rank)), rank]
    units = np.flatnonzero((score > 0) & ((score > worst) | ((score == worst) & (image < last))))
    return units, rank[units]


def put(
    kept: Examples,
    image: int,
    units: NDArray[np.intp],
    ranks: NDArray[np.intp],
    score: NDArray[np.float32],
    position: NDArray[np.int16],
) -> None:
    """Put an image in the place of others, of some units; ranks are not in order meanwhile.

    Parameters
    ----------
    kept : Examples
        Changed in place, except for the crops.
    image : int
        Index of the image.
    units, ranks : ndarray
        As `better` returns them.
    score, position : ndarray
        Of these units, (n,) and (n, 2).
    """
    kept.score[units, ranks] = score
    kept.image[units, ranks] = image
    kept.position[units, ranks] = position


def merged(parts: Sequence[Examples], count: int) -> Examples:
    """Return the `count` best of several sets of examples, in order.

    Parameters
    ----------
    parts : sequence of Examples
        Of the same units and of different images; their ranks may be in any order.
    count : int
        Examples a unit.
    """
    whole = {
        item.name: np.concatenate([getattr(part, item.name) for part in parts], axis=1) for item in fields(parts[0])
    }
    loss = np.where(np.isnan(whole["score"]), np.inf, -whole["score"])
    order = np.lexsort((whole["image"], loss), axis=1)[:, :count]
    rows = np.arange(len(order))[:, None]
    return Examples(**{name: values[rows, order] for name, values in whole.items()})
