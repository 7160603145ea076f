"""Precision and recall of maps against human boundaries over a sample of photographs, and what they miss."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlow.experiments.boundaries import matching, populations
from highlow.experiments.boundaries.maps import Grid
from highlow.experiments.boundaries.matching import Agreement
from highlow.experiments.boundaries.scenes import DIFFERENCE_DB, NO_DIFFERENCE_DB, Scene
from highlow.experiments.statistics import CONFIDENCE, RESAMPLES

# Thresholds of every map: those above which it has so many times the pixels that one person draws.
PIXELS = (0.125, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0)
LIKE_A_PERSON = PIXELS.index(1.0)

Floats = NDArray[np.floating]
Rows = list[dict[str, Any]]


def interval(parts: NDArray[Any], statistic: Callable[[Floats], Floats], seed: int) -> tuple[float, float, float]:
    """Return a statistic of sums over photographs and its 95 % interval; nan without any.

    Parameters
    ----------
    parts : ndarray
        What each photograph adds, (photograph, ...).
    statistic : callable
        Of sums (..., part), vectorized over the first axis.
    seed : int
        Of the percentile bootstrap over photographs.
    """
    if not len(parts):
        return np.nan, np.nan, np.nan
    flat = parts.reshape(len(parts), -1).astype(np.float64)
    drawn = np.random.default_rng(seed).multinomial(len(parts), np.full(len(parts), 1 / len(parts)), RESAMPLES)
    every = statistic((drawn @ flat).reshape(RESAMPLES, *parts.shape[1:]))
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(every, [tail, 100 - tail])
    return float(statistic(flat.sum(axis=0).reshape(1, *parts.shape[1:]))[0]), float(low), float(high)


def rows(
    grids: Mapping[str, Sequence[Grid]], known: Sequence[Scene], stride: int, seed: int, *, of_people: bool
) -> Rows:
    """Return precision, recall and F of populations' maps, and what each finds and misses at as many pixels as people.

    Parameters
    ----------
    grids : mapping
        Values of each population, (y, x), a grid a photograph.
    known : sequence of Scene
        The photographs.
    stride : int
        Pixels between places of the detectors' layer.
    seed : int
        Of the bootstraps.
    of_people : bool
        Whether to compare a Sobel filter on every pixel too, and one of the people with the others.
    """
    result: Rows = []
    counted: dict[str, NDArray[np.int64]] = {}
    for name, found in grids.items():
        ridges = [matching.ridges(grid.upsampled(scene.shape)) for grid, scene in zip(found, known, strict=True)]
        more, counted[name] = _of_maps(name, ridges, known, stride, seed)
        result += more
    if of_people:
        ridges = [matching.ridges(populations.edges(scene)) for scene in known]
        result += _of_maps(populations.SOBEL, ridges, known, stride, seed)[0]
        result += _people(known, seed)
        result.append(_area(known, seed))
    for name in (populations.BOUNDARY, populations.EDGES):
        if name in counted:
            both = np.stack([counted[name], counted[populations.DETECTORS]], axis=1)
            value, low, high = interval(both, lambda sums: _best(sums[:, 0]) - _best(sums[:, 1]), seed)
            result.append(_row(name, "best_f_minus_detectors", value, low, high, images=len(known)))
    return result


def _best(sums: Floats) -> Floats:
    """Return the largest F over thresholds of counts (sample, count, threshold)."""
    best: Floats = matching.precision_recall(np.moveaxis(sums, 1, 0))[2].max(axis=-1)
    return best


def _of_maps(
    name: str, ridges: Sequence[Floats], known: Sequence[Scene], stride: int, seed: int
) -> tuple[Rows, NDArray[np.int64]]:
    """Return the rows of one population, and its counts by photograph, (photograph, count, threshold)."""
    thresholds = _thresholds(ridges, known)
    counted, wider, split = [], [], []
    for ridge, scene in zip(ridges, known, strict=True):
        drawn = scene.photograph.boundaries
        near = matching.tolerance_px(scene.shape)
        agreed = matching.agreements(ridge, drawn, thresholds, near)
        counted.append(matching.counts(agreed, drawn))
        split.append(_split(agreed[LIKE_A_PERSON], scene))
        far = matching.agreements(ridge, drawn, thresholds[[LIKE_A_PERSON]], near + stride / 2)
        wider.append(matching.counts(far, drawn))
    counts = np.stack([one.stacked() for one in counted])
    tolerance = float(np.median([matching.tolerance_px(scene.shape) for scene in known]))
    result: Rows = []
    for index, measure in enumerate(("precision", "recall", "f")):
        for place, pixels in enumerate(PIXELS):
            found = interval(counts[..., place], _measured(index), seed)
            result.append(_row(name, measure, *found, tolerance, pixels, images=len(known)))
        found = interval(np.stack([one.stacked() for one in wider])[..., 0], _measured(index), seed)
        result.append(_row(name, measure, *found, tolerance + stride / 2, 1.0, images=len(known)))
    result.append(_row(name, "best_f", *interval(counts, _best, seed), tolerance, images=len(known)))
    return result + _split_rows(name, np.array(split), tolerance, seed), counts


def _measured(index: int) -> Callable[[Floats], Floats]:
    """Return what gives precision, recall or F of counts, (sample, count)."""
    return lambda sums: matching.precision_recall(np.moveaxis(sums, 1, 0))[index]


def _thresholds(ridges: Sequence[Floats], known: Sequence[Scene]) -> NDArray[np.float64]:
    """Return the values above which maps have `PIXELS` times what a person draws; 0 where they have not so many."""
    person = sum(float(scene.photograph.boundaries.mean(axis=0).sum()) for scene in known)
    values = np.sort(np.concatenate([ridge[ridge > 0] for ridge in ridges]))[::-1]
    wanted = (np.array(PIXELS) * person).astype(int)
    return np.array([values[count - 1] if 0 < count <= len(values) else 0.0 for count in wanted])


def _split(agreed: Agreement, scene: Scene) -> NDArray[np.float64]:
    """Return pixels of a photograph (recalled, drawn) with and without a difference, and (there, all) false ones."""
    y, x = np.indices(scene.shape)
    difference = scene.sides.difference_db[scene.sides.index(y, x)]
    drawn = scene.photograph.boundaries
    parts = []
    for kind in (difference >= DIFFERENCE_DB, difference <= NO_DIFFERENCE_DB):
        parts += [float((agreed.recalled & kind).sum()), float((drawn & kind).sum())]
    wrong = agreed.found & ~agreed.right
    return np.array([*parts, float((wrong & (difference >= DIFFERENCE_DB)).sum()), float(wrong.sum())])


def _split_rows(name: str, split: NDArray[np.float64], tolerance: float, seed: int) -> Rows:
    measures = {
        "recall_with_difference": lambda sums: sums[:, 0] / sums[:, 1],
        "recall_without_difference": lambda sums: sums[:, 2] / sums[:, 3],
        "recall_with_over_without": lambda sums: sums[:, 0] / sums[:, 1] / (sums[:, 2] / sums[:, 3]),
        "unmatched_on_difference": lambda sums: sums[:, 4] / sums[:, 5],
    }
    result = []
    for measure, statistic in measures.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            found = interval(split, statistic, seed)
        result.append(_row(name, measure, *found, tolerance, 1.0, images=len(split)))
    return result


def _area(known: Sequence[Scene], seed: int) -> dict[str, Any]:
    """Return the share of all places with a frequency difference: where chance puts a pixel."""
    parts = np.array(
        [
            (float((one.sides.difference_db >= DIFFERENCE_DB).sum()), float(one.sides.difference_db.size))
            for one in known
        ]
    )
    found = interval(parts, lambda sums: sums[:, 0] / sums[:, 1], seed)
    return _row("all_places", "on_difference", *found, images=len(known))


def _people(known: Sequence[Scene], seed: int) -> Rows:
    """Return precision, recall and F of one of the people, drawn by the seed, against the others."""
    generator = np.random.default_rng(seed)
    counted = []
    for scene in known:
        drawn = scene.photograph.boundaries
        if len(drawn) < 2:
            continue
        one = int(generator.integers(len(drawn)))
        others = np.delete(drawn, one, axis=0)
        agreed = matching.agreements(
            drawn[one].astype(np.float64), others, np.array([0.5]), matching.tolerance_px(scene.shape)
        )
        counted.append(matching.counts(agreed, others).stacked()[:, 0])
    tolerance = float(np.median([matching.tolerance_px(scene.shape) for scene in known]))
    return [
        _row("people", name, *interval(np.array(counted), _measured(index), seed), tolerance, 1.0, images=len(counted))
        for index, name in enumerate(("precision", "recall", "f"))
    ]


def _row(
    population: str,
    measure: str,
    value: float,
    low: float,
    high: float,
    tolerance: float = np.nan,
    pixels: float = np.nan,
    *,
    images: int,
) -> dict[str, Any]:
    return {
        "population": population,
        "measure": measure,
        "tolerance_px": tolerance,
        "pixels_of_a_person": pixels,
        "value": value,
        "low": low,
        "high": high,
        "images": images,
    }
