"""Which units are pictured, and the best response known of each."""

import os
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.selection import shown_units
from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_fields


def listed_units(tables: Iterable[pd.DataFrame], layer: str) -> set[int]:
    """Return the units of a layer that tables list, a row each (columns `layer` and `unit`)."""
    return {int(unit) for table in tables for unit in table.loc[table["layer"] == layer, "unit"]}


def only_layer(tables: Sequence[pd.DataFrame]) -> str:
    """Return the one layer that tables list.

    Raises
    ------
    HighlowError
        If there are several.
    """
    layers = sorted({str(layer) for table in tables for layer in table["layer"]})
    if len(layers) != 1:
        raise HighlowError(f"the tables list units of {', '.join(layers)}: say which with --layer")
    return layers[0]


def detectors_to_picture(table: pd.DataFrame, branch: str, units: Sequence[int]) -> list[int]:
    """Return the accepted detectors and the units that figures show, in order of their number.

    Parameters
    ----------
    table, branch, units
        As for `highlow.circuits.selection.shown_units`.
    """
    accepted = table.loc[table["is_detector"] == 1, "unit"]
    return sorted({int(unit) for unit in [*accepted, *shown_units(table, branch, units)["unit"]]})


def best_shown(table: pd.DataFrame, branch: str, units: Sequence[int]) -> int:
    """Return the unit with the highest score among those that figures show."""
    shown = shown_units(table, branch, units)
    return int(shown["unit"].iloc[shown["score"].to_numpy().argmax()])


def best_known(paths: Iterable[str | os.PathLike[str]], directions: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the best response along each direction in files of responses, (n,); nan where no file tells.

    Parameters
    ----------
    paths : iterable of path
        Responses to stimuli (`response`, the last axis the unit), and dataset examples (`score`, unit x rank), which
        tell of single units only.
    directions : ndarray
        (n, channels).
    """
    single = (np.count_nonzero(directions, axis=1) == 1) & (directions.max(axis=1) == 1)
    best = np.full(len(directions), np.nan)
    for path in paths:
        with hdf5_fields.opened(path) as fields:
            if "response" in fields.group:
                # The number of axes depends on the family; the last one is the unit.
                axes = [f"axis {number}" for number in range(fields.dataset_axes("response") - 1)]
                response = fields.array("response", [*axes, directions.shape[1]])
                found = (response.reshape(-1, response.shape[-1]) @ directions.T).max(axis=0)
            else:
                score = fields.array("score", (directions.shape[1], "rank"))[:, 0]
                found = np.where(single, score[directions.argmax(axis=1)], np.nan)
        best = np.fmax(best, found)
    return best


def relative(activation: NDArray[np.floating], best: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return activations as multiples of the best known; nan where that is unknown or nothing."""
    known = np.where(best > 0, best, np.nan)
    return np.asarray(activation / known, dtype=np.float64)
