"""How units of a later layer use the detectors: their expanded weights from them, and their share of all weights."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.candidates import factor_units
from highlow.circuits.expanded_weight_file import Branch
from highlow.runs.errors import HighlowError

TOP = 20  # rows of the article's table
FEWEST_DETECTORS = 4  # fewer cannot point in every direction
RANDOM_DRAWS = 200

Floats = NDArray[np.floating]
Units = NDArray[np.intp]


def branch_of(branches: list[Branch], unit: int) -> Branch:
    """Return the branch that a unit is in."""
    return next(branch for branch in branches if unit in branch.units)


def weights_of(branches: list[Branch], unit: int) -> Floats:
    """Return the expanded weights of a unit, (channel, y, x)."""
    return branch_of(branches, unit).of(unit)


def used_detectors(table: pd.DataFrame, branch: str) -> tuple[pd.DataFrame, str]:
    """Return the rows of the units that count as detectors, and what they are.

    Parameters
    ----------
    table : DataFrame
        Detectors table, best first.
    branch : str
        Branch whose candidates stand in where fewer than four units were accepted.

    Returns
    -------
    DataFrame, str
        In order of preferred orientation; `detectors`, or `candidates` where too few were accepted: the units that
        the factors were fitted on, as far as they respond at all.

    Raises
    ------
    HighlowError
        If fewer than two of these respond.
    """
    accepted = table[table["is_detector"] == 1]
    source = "detectors"
    if len(accepted) < FEWEST_DETECTORS:
        accepted = table[table["unit"].isin(factor_units(table, branch)) & table["preferred_orientation_deg"].notna()]
        source = "candidates"
    if len(accepted) < 2:
        raise HighlowError(f"fewer than two units of the {branch} branch respond to high-low stimuli")
    return accepted.sort_values(["preferred_orientation_deg", "unit"], ignore_index=True), source


def norms(branches: list[Branch], channels: Units | None = None) -> Floats:
    """Return the Euclidean norm of every unit's weights from some channels, (unit,); default all channels.

    The article's measure, over all taps; units in the order of the layer.
    """
    parts = []
    for branch in branches:
        weight = branch.weight if channels is None else branch.weight[:, channels]
        parts.append(np.sqrt((weight.astype(np.float64) ** 2).sum(axis=(1, 2, 3))))
    return np.concatenate(parts)


def random_norms(branches: list[Branch], detectors: Units, draws: int, seed: int) -> Floats:
    """Return the norms of weights from random sets of channels that are no detectors, (draw, unit).

    Every set has as many channels as there are detectors: a control for the norm of the weights from them.
    """
    squared = np.concatenate([(branch.weight.astype(np.float64) ** 2).sum(axis=(2, 3)) for branch in branches])
    others = np.setdiff1d(np.arange(squared.shape[1]), detectors)
    generator = np.random.default_rng(seed)
    count = min(len(detectors), len(others))
    drawn = np.array([generator.choice(others, count, replace=False) for _ in range(draws)])
    return np.asarray(np.sqrt(squared[:, drawn].sum(axis=2)).T)


def usage_table(layer: str, branches: list[Branch], detectors: Units, seed: int) -> pd.DataFrame:
    """Return every unit of the later layer with its use of the detectors, strongest first.

    Returns
    -------
    DataFrame
        layer, unit, branch, `norm` (of the weights from all detectors), `share` (of the squared norm of all its
        weights that the detectors' are), and two controls, medians over random sets of as many other units:
        `random_norm`, the norm of the same unit's weights from them, and `random_rank_norm`, the norm of the unit
        that has the same rank there. Only the second is free of the choice of the strongest.
    """
    from_detectors, total = norms(branches, detectors), norms(branches)
    control = random_norms(branches, detectors, RANDOM_DRAWS, seed)
    table = pd.DataFrame(
        {
            "layer": layer,
            "unit": np.concatenate([branch.units for branch in branches]),
            "branch": np.repeat([branch.name for branch in branches], [len(branch.units) for branch in branches]),
            "norm": from_detectors,
            "share": _ratio(from_detectors, total) ** 2,
            "random_norm": np.median(control, axis=0),
        }
    )
    table = table.sort_values(["norm", "unit"], ascending=[False, True], ignore_index=True)
    return table.assign(random_rank_norm=np.median(np.sort(control, axis=1)[:, ::-1], axis=0))


def _ratio(first: Floats, second: Floats) -> Floats:
    return np.divide(first, second, out=np.zeros_like(first), where=second > 0)
