"""Whether the crops that detectors answer most have their high frequencies on the side that the tuning says."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.pictures.crops import seen
from highlow.pictures.example_file import LayerExamples
from highlow.pictures.spectral_sides import high_frequency_asymmetry, high_frequency_share_asymmetry

CONTROL_CROPS = 16  # random crops of the same image for every example
RESAMPLES = 2000
MEASURES = {"share": high_frequency_share_asymmetry, "energy": high_frequency_asymmetry}
VALUES = tuple(f"{prefix}{measure}_asymmetry" for measure in MEASURES for prefix in ("", "control_"))
COLUMNS = ("layer", "unit", "preferred_orientation_deg", "rank", "image", "score", *VALUES)


def measured(
    units: pd.DataFrame, found: LayerExamples, images: Mapping[int, NDArray[np.uint8]], seed: int
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

    Returns
    -------
    DataFrame
        `COLUMNS`, `branch` and `is_detector`. Pixels beyond the image, which only mirror it, do not count; a crop
        of which one side lies beyond it has no asymmetry.
    """
    rows = []
    for unit, branch, is_detector, orientation in zip(
        *(units[name] for name in ("unit", "branch", "is_detector", "preferred_orientation_deg")), strict=True
    ):
        crops, inside = found.crops(unit)
        values = {name: measure(crops, orientation, inside) for name, measure in MEASURES.items()}
        for rank, image in enumerate(found.examples.image[unit, : len(crops)].tolist()):
            generator = np.random.default_rng([seed, unit, image])
            others = random_crops(found, unit, images[image], generator)
            rows.append(
                {
                    "layer": found.layer,
                    "unit": unit,
                    "branch": branch,
                    "is_detector": is_detector,
                    "preferred_orientation_deg": orientation,
                    "rank": rank,
                    "image": image,
                    "score": found.examples.score[unit, rank],
                }
                | {f"{name}_asymmetry": value[rank] for name, value in values.items()}
                | {
                    f"control_{name}_asymmetry": _mean(measure(others[0], orientation, others[1]))
                    for name, measure in MEASURES.items()
                }
            )
    return pd.DataFrame(rows, columns=["layer", "unit", "branch", "is_detector", *COLUMNS[2:]])


def random_crops(
    found: LayerExamples, unit: int, image: NDArray[np.uint8], generator: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return what a unit sees of an image from random positions, (n, size, size, 3), and which pixels lie in it."""
    positions = generator.integers(found.fields.positions, size=(CONTROL_CROPS, 2))
    crops = np.stack([found.fields.crop(image, unit, position) for position in positions])
    return crops, seen(found.fields.outside_of(unit, positions), crops.shape[1])


def unit_means(sides: pd.DataFrame) -> pd.DataFrame:
    """Return the mean asymmetry of each unit's crops and controls, in order of preferred orientation."""
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
