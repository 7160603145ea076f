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


def strongest(activation: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int16]]:
    """Return the largest activation of every unit, (unit,), and where it is, (unit, 2), first in reading order.

    Parameters
    ----------
    activation : ndarray
        Of one image, (unit, y, x).
    """
    flat = activation.reshape(len(activation), -1)
    best = flat.argmax(axis=1)
    return flat.max(axis=1), np.stack(np.divmod(best, activation.shape[2]), axis=1).astype(np.int16)


def replaced(
    kept: Examples, image: int, score: NDArray[np.float32], position: NDArray[np.int16]
) -> list[tuple[int, int]]:
    """Put an image into `kept`, in place, where it is better than the worst there; ranks are not in order meanwhile.

    Parameters
    ----------
    kept : Examples
        Changed in place, except for the crops.
    image : int
        Index of the image.
    score, position : ndarray
        Of every unit, as `strongest` returns them. Scores of 0 do not count: the unit does not answer.

    Returns
    -------
    list of (unit, rank)
        Where it was put.
    """
    scores = np.where(np.isnan(kept.score), -np.inf, kept.score)
    worst = scores.min(axis=1)
    # Of equally bad images the last one gives way.
    rank = np.where(scores == worst[:, None], kept.image, -2).argmax(axis=1)
    last = kept.image[np.arange(len(rank)), rank]
    better = (score > 0) & ((score > worst) | ((score == worst) & (image < last)))
    units = np.flatnonzero(better)
    rank = rank[units]
    kept.score[units, rank] = score[units]
    kept.image[units, rank] = image
    kept.position[units, rank] = position[units]
    return list(zip(units.tolist(), rank.tolist(), strict=True))


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
