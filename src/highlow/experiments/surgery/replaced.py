"""What a unit's weights are replaced by: few factors, a circuit written by hand, fewer weights, other channels.

Weights are those of the path from a source layer to one unit, (channel, y, x), unless said otherwise.
"""

import numpy as np
from numpy.typing import NDArray

CORE_SHARE = 0.9  # of a factor's squared weights, which its strongest channels hold

Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]


def of_factors(maps: Floats, channel: Floats) -> Floats:
    """Return the weights that maps (factor, y, x) on channel factors (factor, channel) stand for."""
    return np.asarray(np.einsum("fyx,fc->cyx", maps, channel))


def of_own_factors(weight: Floats, rank: int) -> Floats:
    """Return the nearest weights of a rank (channels by taps): the best factors of this unit alone, signed as they are.

    Singular value decomposition (Eckart and Young 1936).
    """
    left, size, right = np.linalg.svd(weight.reshape(len(weight), -1), full_matrices=False)
    return np.asarray((left[:, :rank] * size[:rank]) @ right[:rank]).reshape(weight.shape)


def oriented_step(orientation_deg: float, height: int, width: int) -> Floats:
    """Return a step from -1 to 1 through the middle of a window, 1 on the side of an orientation, (y, x).

    Degrees clockwise, 0 = right. It rises within one tap on either side of the middle.
    """
    y = np.arange(height)[:, None] - (height - 1) / 2
    x = np.arange(width)[None, :] - (width - 1) / 2
    angle = np.deg2rad(orientation_deg)
    return np.asarray(np.clip(np.cos(angle) * x + np.sin(angle) * y, -1, 1))


def by_hand(maps: Floats, channel: Floats, step: Floats) -> Floats:
    """Return a circuit written by hand: each factor times a step (y, x), with the gain that fits its map best.

    Two gains and the orientation of the step are all that it has of the unit.
    """
    power = float((step**2).sum())
    gains = (maps * step).sum(axis=(1, 2)) / (power or 1)
    return of_factors(gains[:, None, None] * step, channel)


def core_channels(channel: Floats) -> Flags:
    """Return the fewest channels that hold nine tenths of a factor's squared weights, (channel,)."""
    power = np.asarray(channel, dtype=np.float64) ** 2
    order = np.argsort(-power, kind="stable")
    count = int(np.searchsorted(np.cumsum(power[order]), CORE_SHARE * power.sum())) + 1
    core = np.zeros(len(power), dtype=bool)
    core[order[:count]] = True
    return core


def without(weight: Floats, removed: Flags) -> Floats:
    """Return weights with those of some channels, (channel,), set to zero."""
    return np.where(removed[:, None, None], 0, weight)


def as_many(chosen: Flags, generator: np.random.Generator) -> Flags:
    """Return as many channels as are chosen, drawn at random, (channel,)."""
    return generator.permutation(chosen)


def with_other_channels(weight: Floats, generator: np.random.Generator) -> Floats:
    """Return weights with the channels' maps dealt out anew."""
    return weight[generator.permutation(len(weight))]


def only(weight: Floats, kept: NDArray[np.intp]) -> Floats:
    """Return weights with all but some, by flat index, set to zero."""
    result = np.zeros(weight.size)
    result[kept] = weight.ravel()[kept]
    return result.reshape(weight.shape)


def drawn(weight: Floats, count: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """Return so many weights that are not zero, drawn at random, by flat index."""
    return generator.permutation(np.flatnonzero(weight))[:count]
