"""When detectors appear in training, beside the parts that they are built from.

The article asks whether its detectors are natural; this measurement is not in it. Every checkpoint is put through the
same rule of detection as a finished network, on the coarse grid of the layer scan.
"""

from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from highlow.circuits import detection
from highlow.circuits.layer_scan import Scanned, places, scan_place
from highlow.networks.extracted import Extracted
from highlow.probes.circular import largest_gap
from highlow.training.gabor import gabor_share
from highlow.training.record import COLUMNS

CONVOLUTION = "mixed3a_3x3"
BEST = 6  # units whose medians stand for the layer, as many as the article shows
GABOR_SHARE = 0.8  # a kernel that one Gabor filter explains as far counts as one
LOSS_STEPS = 50  # the loss of a checkpoint is the mean over as many steps before it


def measured(network: Extracted, seed: int, device: torch.device | None = None) -> dict[str, float]:
    """Return what stands for a checkpoint, by the columns' names.

    Returns
    -------
    dict
        `detectors` (accepted units of the 3x3 branch of mixed3a), `candidates` (units with the score from responses);
        `best_score`; over the six best candidates the median `selectivity`, `map_correlation` and absolute
        `orientation_difference_deg` (weights - responses); `largest_gap_deg` between detectors' orientations;
        `factor_separation_octaves`; of conv2d0 the median `gabor_share` and the number of `gabor_filters`.
    """
    place = next(item for item in places(network.architecture) if item.node == CONVOLUTION)
    found = scan_place(network, place, seed, device=device)
    shares = gabor_share(network.weights["conv2d0"][0].numpy())
    return _of_detection(found) | {
        "gabor_share": float(np.median(shares)),
        "gabor_filters": int((shares >= GABOR_SHARE).sum()),
    }


def _of_detection(found: Scanned) -> dict[str, float]:
    table = found.table
    best = table.head(BEST)
    accepted = table[table["is_detector"] == 1]
    return {
        "detectors": len(accepted),
        "candidates": int((table["score"] >= detection.MINIMUM_SCORE).sum()),
        "best_score": float(table["score"].max()),
        "selectivity": float(best["direction_selectivity"].median()),
        "map_correlation": float(best["hf_lf_map_correlation"].median()),
        "orientation_difference_deg": float(best["orientation_difference_deg"].abs().median()),
        "largest_gap_deg": largest_gap(accepted["preferred_orientation_deg"].to_numpy()),
        "factor_separation_octaves": found.separation_octaves,
    }


def learned_before(step: int, history: NDArray[np.floating]) -> dict[str, float]:
    """Return means over the last steps before a checkpoint; of step 0 those of the first step.

    Parameters
    ----------
    step : int
        Steps done at the checkpoint.
    history : ndarray
        (step, 3), what `highlow.training.loop.train` returns.

    Returns
    -------
    dict
        `loss` and `accuracy` of the first task, and `boundary_error`, the mean absolute error of the second.
    """
    means = history[max(step - LOSS_STEPS, 0) : max(step, 1)].mean(axis=0)
    return dict(zip(("loss", "accuracy", "boundary_error"), means.tolist(), strict=True))


def table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the rows of checkpoints as the table `emergence`."""
    return pd.DataFrame(rows)[list(COLUMNS)]
