"""What is known of each photograph of the sample before a network sees it: boundaries, and how fine both sides are."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from highlow.experiments.boundaries import annotated
from highlow.experiments.boundaries.annotated import Annotated
from highlow.experiments.boundaries.sides import Sides, cells, sides

IMAGES = 30  # of the folder: the intervals then have a width of about 0.06
# Of the pattern size: at 60 px, a disc of the 43 px that a detector of InceptionV1 sees.
RADIUS = 0.35
CUT = 0.1  # of the pattern size: the longest wavelength on the high side of the stimuli that tuning is measured with
DIFFERENCE_DB, NO_DIFFERENCE_DB = 6.0, 3.0  # four times the energy on one side, and less than twice
NEAR = 4.0  # pixels: nearer than half the stride of mixed3a

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Scene:
    """A photograph with human boundaries, and what lies on both sides of each of its places.

    Attributes
    ----------
    photograph : Annotated
    sides : Sides
    radius : float
        Of the disc in which sides were compared, pixels.
    nearest : ndarray
        Pixels to the nearest boundary that anybody drew, (y, x), float32.
    agreed : ndarray
        Pixels to the nearest that at least half of the people drew, (y, x), float32.
    """

    photograph: Annotated
    sides: Sides
    radius: float
    nearest: NDArray[np.float32]
    agreed: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, int]:
        """Its pixels, (y, x)."""
        height, width = self.nearest.shape
        return height, width


@dataclass(frozen=True)
class Places:
    """Places of a photograph by what is there, (place,).

    Attributes
    ----------
    boundary, empty : ndarray of bool
        At least half of the people drew a boundary within 4 px; nobody drew one anywhere in the disc around it.
    different, alike : ndarray of bool
        One side has at least 6 dB more energy of high frequencies; no side has 3 dB more.
    direction_deg : ndarray
        Direction of the finer side.
    cell : ndarray of int
        Places in the same cell are as fine on the finer side, and have as large a step of luminance.
    """

    boundary: Bools
    empty: Bools
    different: Bools
    alike: Bools
    direction_deg: NDArray[np.float64]
    cell: NDArray[np.intp]


def scene(photograph: Annotated, pattern_size: float) -> Scene:
    """Return what is known of a photograph, for detectors of patterns of a size in pixels."""
    ranked = photograph.distances()
    nearest, agreed = ranked[0].copy(), ranked[(len(ranked) - 1) // 2].copy()
    radius = RADIUS * pattern_size
    return Scene(photograph, sides(photograph.pixels, radius, CUT * pattern_size), radius, nearest, agreed)


@lru_cache(maxsize=1)
def scenes(folder: str, seed: int, pattern_size: float) -> tuple[Scene, ...]:
    """Return the sample of a folder; it is kept, because a network and its controls look at the same one."""
    names = annotated.sample(folder, IMAGES, seed)
    return tuple(scene(annotated.read(folder, name), pattern_size) for name in names)


def places(known: Scene, y: NDArray[np.float64], x: NDArray[np.float64]) -> Places:
    """Return what is at some places of a photograph, given by pixel coordinates of one shape."""
    at = known.sides.index(y.ravel(), x.ravel())
    pixel = np.rint(y.ravel()).astype(np.intp), np.rint(x.ravel()).astype(np.intp)
    difference = known.sides.difference_db[at]
    return Places(
        known.agreed[pixel] <= NEAR,
        known.nearest[pixel] > known.radius,
        difference >= DIFFERENCE_DB,
        difference <= NO_DIFFERENCE_DB,
        known.sides.direction_deg[at],
        cells(known.sides.finer_db[at], known.sides.step[at]),
    )
