"""What the table of turned stimuli and crops says of the detectors. Imports no PyTorch."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.scorecard import Claim
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
    return [
        _most(
            "turned stimuli: decoded direction from the true one, degrees "
            f"(median, interval at most {LARGEST_STIMULUS_ERROR:g})",
            _worst_family(rows[rows["kind"] == "stimulus"]),
            LARGEST_STIMULUS_ERROR,
            f"Chance is 90 degrees. {BETWEEN}",
            seed,
        ),
        _most(
            "turned image crops: decoded direction from the true one, degrees "
            f"(median over units, interval at most {LARGEST_CROP_ERROR:g})",
            crop_errors(rows),
            LARGEST_CROP_ERROR,
            f"Half of chance, which is 90 degrees. {BETWEEN}",
            seed,
        ),
        _at_least(
            "tuning on turned crops of other units and on stimuli, correlation "
            f"(median over units, interval at least {SMALLEST_CORRELATION:g})",
            of_units["correlation"].to_numpy(np.float64),
            seed,
        ),
        _most(
            "preferred orientation on turned crops of other units from that on stimuli, degrees "
            f"(median over units, interval at most {LARGEST_DIFFERENCE:g})",
            of_units["error_deg"].to_numpy(np.float64),
            LARGEST_DIFFERENCE,
            f"Half of the step of 15 degrees between turns. {BETWEEN}",
            seed,
        ),
    ]


def crop_errors(rows: pd.DataFrame) -> Floats:
    """Return the mean error over the crops and turns of each unit, (unit,): crops of one unit are alike."""
    crops = rows[rows["kind"] == "crop"]
    return np.asarray(crops.groupby("unit")["error_deg"].mean().to_numpy(np.float64))


def _worst_family(stimuli: pd.DataFrame) -> Floats:
    """Return the errors to the family of stimuli whose median is larger."""
    errors = [part["error_deg"].to_numpy(np.float64) for _, part in stimuli.groupby("family")]
    return max(errors, key=lambda values: float(np.median(values)), default=np.zeros(0))


def _most(text: str, values: Floats, limit: float, reason: str, seed: int) -> Claim:
    value, low, high = bootstrap(values, seed)
    known = bool(np.isfinite(value))
    interval = (low, high) if known else None
    holds = high <= limit if known else None
    return Claim(text, value, holds, interval, section=SECTION, limit=f"interval at most {limit:g}", reason=reason)


def _at_least(text: str, values: Floats, seed: int) -> Claim:
    value, low, high = bootstrap(values, seed)
    known = bool(np.isfinite(value))
    return Claim(
        text,
        value,
        low >= SMALLEST_CORRELATION if known else None,
        (low, high) if known else None,
        section=SECTION,
        limit=f"interval at least {SMALLEST_CORRELATION:g}",
        reason=BETWEEN,
    )
