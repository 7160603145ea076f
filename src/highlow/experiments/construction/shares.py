"""How much of a unit's tuning comes from what: the index of construction, and shares of groups of channels.

Tuning here is the first circular harmonic over the direction of a boundary of what a unit adds up before its rectifier:
it is a sum over channels, so that shares add up to 1.
"""

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
GROUPS = 199
CONFIDENCE = 0.95

Floats = NDArray[np.floating]


def moments(drive: Floats, orientation_deg: Floats) -> NDArray[np.complexfloating]:
    """Return sum d exp(i theta) over the first axis of (orientation, ...), orientations over the whole circle."""
    return np.asarray(np.tensordot(np.exp(1j * np.deg2rad(orientation_deg)), drive.astype(np.complex128), axes=1))


def along(part: NDArray[np.complexfloating], whole: NDArray[np.complexfloating]) -> Floats:
    """Return how much of a moment lies in a part of it, as a share of the whole: 1 for all, 0 for none or across."""
    size = np.abs(whole) ** 2
    product = (part * whole.conj()).real
    return np.asarray(np.divide(product, size, out=np.full(product.shape, np.nan), where=size > 0))


def construction_index(
    intact: Floats, averaged: Floats, orientation_deg: Floats, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Return the share of a unit's tuning that is left when its inputs have no orientation, and its 95 % interval.

    Parameters
    ----------
    intact, averaged : ndarray
        What units add up from their inputs as they are, and from inputs averaged over rotations, (orientation, item,
        unit).
    orientation_deg : ndarray
        (orientation,).
    seed : int
        Of the bootstrap over items (percentiles).

    Returns
    -------
    index, low, high : ndarray
        1: built from channels that know no orientation. 0: orientation passed on. (unit,).
    """
    whole, part = (moments(drive, orientation_deg) for drive in (intact, averaged))
    drawn = np.random.default_rng(seed).integers(len(whole), size=(RESAMPLES, len(whole)))
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(along(part[drawn].sum(axis=1), whole[drawn].sum(axis=1)), [tail, 100 - tail], axis=0)
    return along(part.sum(axis=0), whole.sum(axis=0)), low, high


def tuned_share(drive: Floats, orientation_deg: Floats) -> Floats:
    """Return the share of the variance of (orientation, item, unit) that a cosine of direction explains, (unit,)."""
    stimuli = drive.shape[0] * drive.shape[1]
    variance = drive.var(axis=(0, 1))
    explained = 2 * np.abs(moments(drive, orientation_deg).sum(axis=0) / stimuli) ** 2
    return np.asarray(np.divide(explained, variance, out=np.full(len(variance), np.nan), where=variance > 0))


def selectivity(response: Floats, orientation_deg: Floats, harmonic: int) -> Floats:
    """Return how selective channels are for orientation: sum |sum r exp(i harmonic theta)| / sum r, (channel,).

    The inner sum is over orientations, the outer ones over stimuli that differ otherwise, so that those count most
    that a channel answers most. nan for a silent channel.

    Parameters
    ----------
    response : ndarray
        At least 0, (other, orientation, channel), without phases.
    orientation_deg : ndarray
        Evenly spread over 360 / harmonic degrees or more.
    harmonic : int
        1 for directions, 2 for axes.
    """
    turns = np.exp(1j * harmonic * np.deg2rad(orientation_deg))
    found = np.abs(np.einsum("aoc,o->ac", response, turns)).sum(axis=0)
    total = response.sum(axis=(0, 1))
    return np.asarray(np.divide(found, total, out=np.full(len(total), np.nan), where=total > 0))


def channel_shares(responses: Floats, weight: Floats, orientation_deg: Floats, whole: Floats) -> tuple[Floats, Floats]:
    """Return the share of every channel in the tuning and in the variance of units, along the linearized path.

    Parameters
    ----------
    responses : ndarray
        Of the channels, (orientation, item, channel, y, x).
    weight : ndarray
        Expanded weights, (unit, channel, y, x).
    orientation_deg : ndarray
        (orientation,).
    whole : ndarray
        What the shares are of: the sum over all channels for the inputs as they are, (orientation, item, unit).

    Returns
    -------
    tuning, variance : ndarray
        (unit, channel); of the whole's own inputs both add up to 1 over channels.
    """
    total = moments(whole, orientation_deg).sum(axis=0)
    harmonic = moments(responses, orientation_deg).sum(axis=0)
    tuning = along(np.einsum("ucyx,cyx->uc", weight, harmonic), total[:, None])
    # Cov(part, whole) / var(whole): the whole's deviations weigh the responses before they are summed over places.
    deviation = whole - whole.mean(axis=(0, 1))
    size = (deviation**2).sum(axis=(0, 1))
    product = np.einsum("ucyx,ucyx->uc", weight, np.einsum("oiu,oicyx->ucyx", deviation, responses, optimize=True))
    variance = np.divide(product, size[:, None], out=np.full(product.shape, np.nan), where=size[:, None] > 0)
    return tuning, variance


def linear_drive(responses: Floats, weight: Floats) -> Floats:
    """Return what units add up along the linearized path, (orientation, item, unit); arguments as `channel_shares`."""
    return np.asarray(np.tensordot(responses, weight, axes=((2, 3, 4), (1, 2, 3))))


def random_shares(share: Floats, energy: Floats, wanted: float, seed: int) -> Floats:
    """Return the summed share of random groups of channels whose squared weights add up to nearly a wanted sum.

    Parameters
    ----------
    share, energy : ndarray
        Of every channel: what is summed, and its squared weights, (channel,).
    wanted : float
        Sum of squared weights.
    seed : int
        Of 199 random orders of the channels; of each the first ones are a group.
    """
    order = np.random.default_rng(seed).permuted(np.tile(np.arange(len(share)), (GROUPS, 1)), axis=1)
    reached = np.pad(np.cumsum(energy[order], axis=1), ((0, 0), (1, 0)))
    count = np.abs(reached - wanted).argmin(axis=1)
    summed = np.pad(np.cumsum(share[order], axis=1), ((0, 0), (1, 0)))
    return np.asarray(summed[np.arange(GROUPS), count])
