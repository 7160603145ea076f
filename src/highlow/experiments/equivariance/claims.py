"""What the table of turned stimuli and crops says of the detectors. Imports no PyTorch."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.scorecard import Claim
from highlow.experiments.judged import Limit, judged
from highlow.experiments.statistics import bootstrap

COLUMNS = (
    "layer",
    "kind",
    "family",
    "unit",
    "is_detector",
    "image",
    "rank",
    "turn_deg",
    "true_deg",
    "decoded_deg",
    "error_deg",
    "response",
    "stimulus_response",
    "correlation",
    "p_permuted_turns",
    "q_benjamini_hochberg",
)
SECTION = "Function"
LARGEST_STIMULUS_ERROR, LARGEST_CROP_ERROR, LARGEST_DIFFERENCE = 15.0, 45.0, 7.5  # degrees
SMALLEST_CORRELATION = 0.9
BETWEEN = "Between what four networks gave and what the best candidates of their destroyed copies gave."
Floats = NDArray[np.floating]


def claims(rows: pd.DataFrame, seed: int) -> list[Claim]:
    """Return the claims of one network.

    Parameters
    ----------
    rows : DataFrame
        From `measure`, of one variant.
    seed : int
        Of the bootstrap: over stimuli, and over units.
    """
    of_units = rows[rows["kind"] == "unit"]
    asked = [
        (
            "turned stimuli: decoded direction from the true one, degrees",
            "median",
            _worst_family(rows[rows["kind"] == "stimulus"]),
            Limit("at most", LARGEST_STIMULUS_ERROR),
            f"Chance is 90 degrees. {BETWEEN}",
        ),
        (
            "turned image crops: decoded direction from the true one, degrees",
            "median over units",
            crop_errors(rows),
            Limit("at most", LARGEST_CROP_ERROR),
            f"Half of chance, which is 90 degrees. {BETWEEN}",
        ),
        (
            "tuning on turned crops of other units and on stimuli, correlation",
            "median over units",
            of_units["correlation"].to_numpy(np.float64),
            Limit("at least", SMALLEST_CORRELATION),
            BETWEEN,
        ),
        (
            "preferred orientation on turned crops of other units from that on stimuli, degrees",
            "median over units",
            of_units["error_deg"].to_numpy(np.float64),
            Limit("at most", LARGEST_DIFFERENCE),
            f"Half of the step of 15 degrees between turns. {BETWEEN}",
        ),
    ]
    return [
        judged(text, bootstrap(found, seed), limit, section=SECTION, reason=reason, statistic=statistic)
        for text, statistic, found, limit, reason in asked
    ]


def crop_errors(rows: pd.DataFrame) -> Floats:
    """Return the mean error over the crops and turns of each unit, (unit,): crops of one unit are alike."""
    crops = rows[rows["kind"] == "crop"]
    return np.asarray(crops.groupby("unit")["error_deg"].mean().to_numpy(np.float64))


def _worst_family(stimuli: pd.DataFrame) -> Floats:
    """Return the errors to the family of stimuli whose median is larger."""
    errors = [part["error_deg"].to_numpy(np.float64) for _, part in stimuli.groupby("family")]
    return max(errors, key=lambda values: float(np.median(values)), default=np.zeros(0))
