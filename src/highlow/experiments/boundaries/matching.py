"""How well a map of boundaries agrees with those that people drew: the benchmark's precision and recall.

Martin, Fowlkes and Malik, "Learning to detect natural image boundaries using local brightness, color, and texture
cues" (PAMI 2004): pixels of a map and of an annotator are matched one to one within a tolerance. Precision counts a
pixel that any annotator's pixel is matched to; recall sums matched pixels over annotators.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph

TOLERANCE = 0.0075  # of the image's diagonal, as in the benchmark
BLUR = 2.0  # pixels, standard deviation: every map is blurred alike before its ridges are looked for

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Counts:
    """Pixels that were counted at each of some thresholds, (threshold,); they add up over images.

    Attributes
    ----------
    matched, found : ndarray
        Pixels of the map that any annotator's pixel is matched to, and all of them.
    recalled, drawn : ndarray
        Annotators' pixels that are matched, and all of them, summed over annotators.
    """

    matched: NDArray[np.int64]
    found: NDArray[np.int64]
    recalled: NDArray[np.int64]
    drawn: NDArray[np.int64]

    def stacked(self) -> NDArray[np.int64]:
        """Return them as (matched, found, recalled, drawn; threshold)."""
        return np.stack([self.matched, self.found, self.recalled, self.drawn])


def tolerance_px(shape: tuple[int, int]) -> float:
    """Return the benchmark's tolerance in pixels for an image of (y, x) pixels."""
    return TOLERANCE * float(np.hypot(*shape))


def ridges(response: Floats, blur: float = BLUR) -> NDArray[np.float64]:
    """Return a map that is 0 but on its ridges: the blurred map where it is no less than a pixel to either side.

    The side is the direction in which the blurred map bends down most (the eigenvector of its second derivatives).

    Parameters
    ----------
    response : ndarray
        (y, x), not negative.
    blur : float
        Standard deviation in pixels.
    """
    smooth = ndimage.gaussian_filter(np.asarray(response, np.float64), blur, mode="nearest")
    down, right = np.gradient(smooth)
    (yy, yx), (_, xx) = np.gradient(down), np.gradient(right)
    angle = 0.5 * np.arctan2(2 * yx, xx - yy)  # of the eigenvector with the larger eigenvalue
    # The bend is strongest downwards along the other one.
    step_y, step_x = np.cos(angle), -np.sin(angle)
    y, x = np.indices(smooth.shape)
    beside = [
        ndimage.map_coordinates(smooth, [y + sign * step_y, x + sign * step_x], order=1, mode="nearest")
        for sign in (-1, 1)
    ]
    curved = xx + yy < 0
    return np.where(curved & (smooth > 0) & (smooth >= beside[0]) & (smooth >= beside[1]), smooth, 0.0)


def neighbours(found: Bools, drawn: Bools, tolerance: float) -> sparse.csr_array:
    """Return which pixels of two maps lie within a tolerance in pixels of each other, (pixel found, pixel drawn)."""
    if drawn.sum() < found.sum():  # the shifts are tried on the smaller side
        return neighbours(drawn, found, tolerance).T.tocsr()
    reach = int(tolerance)
    height, width = found.shape
    number = np.full((height + 2 * reach, width + 2 * reach), -1, np.int32)
    number[reach : reach + height, reach : reach + width][drawn] = np.arange(int(drawn.sum()), dtype=np.int32)
    y, x = np.nonzero(found)
    shift = np.mgrid[-reach : reach + 1, -reach : reach + 1].reshape(2, -1)
    down, right = shift[:, np.hypot(*shift) <= tolerance]
    partner = number[y[:, None] + reach + down, x[:, None] + reach + right]
    there = partner >= 0
    ends = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int32)
    columns = partner[there]
    return sparse.csr_array((np.ones(len(columns), np.int8), columns, ends), shape=(len(y), int(drawn.sum())))


def matched(near: sparse.csr_array) -> tuple[Bools, Bools]:
    """Return which pixels of either map have a partner in a largest one-to-one matching.

    It is found as a largest flow from a source through pixels found and pixels drawn to a sink, each edge of capacity 1
    (Dinic's algorithm): scipy's own matching takes exponential time on some of these graphs.
    """
    found, drawn = near.shape
    source, sink = 0, found + drawn + 1
    ends = [np.arange(1, found + 1), near.indices + found + 1, np.full(drawn, sink)]
    rows = [[0, found], found + near.indptr[1:], found + near.nnz + np.arange(1, drawn + 1), [found + near.nnz + drawn]]
    edges = sparse.csr_array(
        (
            np.ones(found + near.nnz + drawn, np.int32),
            np.concatenate(ends).astype(np.int32),
            np.concatenate(rows).astype(np.int32),
        ),
        shape=(sink + 1, sink + 1),
    )
    flow = csgraph.maximum_flow(edges, source, sink).flow
    # Each way of an edge has an entry; what flows into the sink is negative in its row.
    ends_of = [flow.indices[flow.indptr[row] : flow.indptr[row + 1]] for row in (source, sink)]
    used = [flow.data[flow.indptr[row] : flow.indptr[row + 1]] != 0 for row in (source, sink)]
    has, reached = np.zeros(found, dtype=bool), np.zeros(drawn, dtype=bool)
    has[ends_of[0][used[0]] - 1] = True
    reached[ends_of[1][used[1]] - found - 1] = True
    return has, reached


@dataclass(frozen=True)
class Agreement:
    """A map at a threshold beside human boundaries.

    Attributes
    ----------
    found : ndarray of bool
        Pixels of the map, (y, x).
    right : ndarray of bool
        Those that any annotator's pixel is matched to, (y, x).
    recalled : ndarray of bool
        Annotators' pixels that are matched, (annotator, y, x).
    """

    found: Bools
    right: Bools
    recalled: Bools


def agreements(ridge: Floats, boundaries: Bools, thresholds: Floats, tolerance: float) -> list[Agreement]:
    """Return how a map's ridges above each of some thresholds agree with human boundaries.

    Parameters
    ----------
    ridge : ndarray
        (y, x), from `ridges`.
    boundaries : ndarray of bool
        (annotator, y, x).
    thresholds : ndarray
        Pixels count that are above 0 and no less.
    tolerance : float
        In pixels.
    """
    any_found = (ridge > 0) & (ridge >= np.min(thresholds))
    values = ridge[any_found]
    near = [neighbours(any_found, drawn, tolerance) for drawn in boundaries]
    result = []
    for threshold in thresholds:
        kept = values >= threshold
        found = (ridge > 0) & (ridge >= threshold)
        right = np.zeros(int(kept.sum()), dtype=bool)
        recalled = np.zeros_like(boundaries)
        for drawn, pairs, hit in zip(boundaries, near, recalled, strict=True):
            has, reached = matched(pairs[np.flatnonzero(kept)])
            right |= has
            hit[drawn] = reached
        image = np.zeros_like(found)
        image[found] = right
        result.append(Agreement(found, image, recalled))
    return result


def counts(agreed: list[Agreement], boundaries: Bools) -> Counts:
    """Return the benchmark's counts of one image."""
    return Counts(
        np.array([int(one.right.sum()) for one in agreed]),
        np.array([int(one.found.sum()) for one in agreed]),
        np.array([int(one.recalled.sum()) for one in agreed]),
        np.full(len(agreed), int(boundaries.sum())),
    )


def precision_recall(counted: NDArray[Any]) -> tuple[Floats, Floats, Floats]:
    """Return precision, recall and their harmonic mean F of counts (matched, found, recalled, drawn; ...).

    Precision is 1 where nothing is found, and F is 0 where both are.
    """
    matched_, found, recalled, drawn = counted.astype(np.float64)
    precision = np.divide(matched_, found, out=np.ones_like(found), where=found > 0)
    recall = np.divide(recalled, drawn, out=np.zeros_like(drawn), where=drawn > 0)
    total = precision + recall
    f = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    return precision, recall, f
