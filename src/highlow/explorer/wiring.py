"""The strongest inputs and users of every unit, by the norm of the weights in between."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlow.circuits.channel_weights import channel_norms
from highlow.circuits.expanded_weight_file import Branch

SHOWN = 12  # of the strongest on either side


@dataclass(frozen=True)
class Connection:
    """Weights between two units.

    Attributes
    ----------
    layer, unit
        The other unit.
    norm : float
        Euclidean norm of the map.
    weight : ndarray
        (y, x): the weight at a tap is that on the position there of the earlier layer.
    """

    layer: str
    unit: int
    norm: float
    weight: NDArray[np.floating]


def strongest_inputs(branches: Sequence[Branch], source: str) -> dict[int, list[Connection]]:
    """Return the strongest inputs from a layer by unit, the strongest first."""
    found = {}
    for branch in branches:
        for unit, weight in zip(branch.units.tolist(), branch.weight, strict=True):
            norms = channel_norms(weight)
            order = np.argsort(-norms, kind="stable")[:SHOWN].tolist()
            found[unit] = [Connection(source, channel, float(norms[channel]), weight[channel]) for channel in order]
    return found


def strongest_users(branches: Sequence[Branch], target: str) -> dict[int, list[Connection]]:
    """Return the units of a later layer that weigh a channel most, by channel, the strongest first."""
    norms = np.concatenate([np.stack([channel_norms(weight) for weight in branch.weight]) for branch in branches])
    places = [(branch, row) for branch in branches for row in range(len(branch.units))]
    found = {}
    for channel in range(norms.shape[1]):
        order = np.argsort(-norms[:, channel], kind="stable")[:SHOWN].tolist()
        found[channel] = [
            Connection(target, int(branch.units[row]), float(norms[place, channel]), branch.weight[row, channel])
            for place, (branch, row) in ((place, places[place]) for place in order)
        ]
    return found
