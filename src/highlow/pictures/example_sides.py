"""Whether the crops that detectors answer most have their high frequencies on the side that the tuning says."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.pictures.crops import seen
from highlow.pictures.example_file import LayerExamples
from highlow.pictures.spectral_sides import CUT_WAVELENGTH, high_frequency_asymmetry, high_frequency_share_asymmetry

CONTROL_CROPS = 16  # random crops of the same image for every example
RESAMPLES = 2000
MEASURES = {"share": high_frequency_share_asymmetry, "energy": high_frequency_asymmetry}
VALUES = tuple(f"{prefix}{measure}_asymmetry" for measure in MEASURES for prefix in ("", "control_"))
COLUMNS = ("layer", "unit", "preferred_orientation_deg", "rank", "image", "score", *VALUES)


def measured(
    units: pd.DataFrame,
    found: LayerExamples,
    images: Mapping[int, NDArray[np.uint8]],
    seed: int,
    cut: float = CUT_WAVELENGTH,
) -> pd.DataFrame:
    """Return the high-frequency asymmetry of units' crops along their preferred orientation, a row a crop.

    Parameters
    ----------
    units : DataFrame
        Rows of the detectors table (`unit`, `branch`, `is_detector`, `preferred_orientation_deg`).
    found : LayerExamples
        Dataset examples of the layer, with crops.
    images : mapping of int to ndarray
        Pixels of every image that is an example, (H, W, 3), by index.
    seed : int
        Of the control: crops of the same image, for the same unit, at random positions of the layer, whose means
        stand in the columns `control_...`.
    cut : float
        Wavelength in pixels below which frequencies are high.

    Returns
    -------
    DataFrame
        `COLUMNS`, `branch` and `is_detector`. Pixels beyond the image, which only mirror it, do not count; a crop
        of which one side lies beyond it has no asymmetry, nor has a unit without an orientation.
    """
    known = units[["unit", "branch", "is_detector", "preferred_orientation_deg"]].to_dict("records")
    rows = [
        {"layer": found.layer, **unit, **values}
        for unit in known
        for values in _of_unit(found, unit["unit"], unit["preferred_orientation_deg"], images, seed, cut)
    ]
    return pd.DataFrame(rows, columns=["layer", "unit", "branch", "is_detector", *COLUMNS[2:]])


def _of_unit(
    found: LayerExamples,
    unit: int,
    orientation: float,
    images: Mapping[int, NDArray[np.uint8]],
    seed: int,
    cut: float,
) -> list[dict[str, float]]:
    """Return what is measured of each crop of a unit; of a unit that answers no image one row without values."""
    crops, inside = found.crops(unit)
    if not len(crops):
        return [{"rank": 0, "image": -1}]
    values = {name: measure(crops, orientation, inside, cut) for name, measure in MEASURES.items()}
    rows = []
    for rank, image in enumerate(found.examples.image[unit, : len(crops)].tolist()):
        row = {"rank": rank, "image": image, "score": float(found.examples.score[unit, rank])}
        others, seen_of_others = random_crops(found, unit, images[image], np.random.default_rng([seed, unit, image]))
        for name, measure in MEASURES.items():
            row[f"{name}_asymmetry"] = float(values[name][rank])
            row[f"control_{name}_asymmetry"] = _mean(measure(others, orientation, seen_of_others, cut))
        rows.append(row)
    return rows


def random_crops(
    found: LayerExamples, unit: int, image: NDArray[np.uint8], generator: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return what a unit sees of an image from random positions, (n, size, size, 3), and which pixels lie in it."""
    positions = generator.integers(found.fields.positions, size=(CONTROL_CROPS, 2))
    crops = np.stack([found.fields.crop(image, unit, position) for position in positions])
    return crops, seen(found.fields.outside_of(unit, positions), crops.shape[1])


def unit_means(sides: pd.DataFrame) -> pd.DataFrame:
    """Return the mean asymmetry of crops and controls of each unit with an orientation, in order of that."""
    keys = ["unit", "is_detector", "preferred_orientation_deg"]
    means: pd.DataFrame = sides.groupby(keys, as_index=False)[list(VALUES)].mean()
    return means.sort_values(["preferred_orientation_deg", "unit"], ignore_index=True)


def mean_interval(values: NDArray[np.floating], seed: int) -> tuple[float, float, float]:
    """Return a mean and its 95 % interval (percentile bootstrap); nan without values."""
    values = values[np.isfinite(values)]
    if not len(values):
        return (math.nan, math.nan, math.nan)
    drawn = np.random.default_rng(seed).choice(values, (RESAMPLES, len(values))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(values.mean()), float(low), float(high)


def _mean(values: NDArray[np.floating]) -> float:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else math.nan
