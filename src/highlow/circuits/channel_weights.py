"""The weights of one unit, channel by channel: how strong each is, and on which side it excites."""

import numpy as np
from numpy.typing import NDArray

LEAST_ALIGNMENT = 0.5  # of a map that counts as having a side

Floats = NDArray[np.floating]
Units = NDArray[np.intp]


def channel_norms(weight: Floats) -> Floats:
    """Return the Euclidean norm over taps of weights (..., channel, y, x)."""
    return np.asarray(np.sqrt((np.asarray(weight, dtype=np.float64) ** 2).sum(axis=(-2, -1))))


def side_alignment(weight: Floats, orientation_deg: float) -> Floats:
    """Return on which side of a unit each channel excites, -1 to 1, (channel,).

    The cosine between a channel's map and a ramp that rises along an orientation: 1 for a map that excites on that
    side and inhibits as much on the other, 0 for a map without a side or without weights. Its sign is that of the
    map's first moment along the orientation.

    Parameters
    ----------
    weight : ndarray
        Expanded weights of one unit, (channel, y, x).
    orientation_deg : float
        Direction of the high-frequency side, degrees clockwise, 0 = right.
    """
    height, width = weight.shape[1:]
    y = np.arange(height) - (height - 1) / 2
    x = np.arange(width) - (width - 1) / 2
    angle = np.deg2rad(orientation_deg)
    ramp = np.cos(angle) * x[None, :] + np.sin(angle) * y[:, None]
    norm = channel_norms(weight) * np.linalg.norm(ramp)
    moment = (weight * ramp).sum(axis=(1, 2))
    return np.asarray(np.divide(moment, norm, out=np.zeros(len(weight)), where=norm > 1e-12))


def strongest_by_side(weight: Floats, orientation_deg: float, count: int) -> tuple[Units, Units]:
    """Return the channels with the largest norm that excite on the high- and on the low-frequency side.

    Channels whose map has a clear side (alignment of at least 0.5) come first. Where fewer than `count` have one, the
    strongest of the others on that side follow.
    """
    alignment, norm = side_alignment(weight, orientation_deg), channel_norms(weight)
    order = np.lexsort((-norm, np.abs(alignment) < LEAST_ALIGNMENT))
    return order[alignment[order] > 0][:count], order[alignment[order] < 0][:count]
