"""Where the frequency is high in stimuli of texture regions."""

import numpy as np
import torch
from numpy.typing import NDArray

from highlow.probes import stimuli
from highlow.probes.families import Family

STEP = 2.0  # pixels; the borders of regions are ramps of a tenth of the pattern

EXTENT = 1.5  # pattern sizes: twice the standard deviation of the widest ideal unit on either side


def map_offsets(pattern_size: float) -> NDArray[np.float64]:
    """Return the pixel offsets from the centre at which maps are sampled, for a pattern size in pixels."""
    count = int(EXTENT * pattern_size / 2 // STEP)
    return STEP * np.arange(-count, count + 1, dtype=np.float64)


def high_frequency_maps(family: Family, offset: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of the high-frequency texture in the stimuli of `texture_regions`.

    Parameters
    ----------
    family : Family
        Of that name.
    offset : ndarray
        Pixel offsets from the centre on both axes, (x,).

    Returns
    -------
    ndarray
        (region * orientation, y, x), regions first; the phase changes nothing.
    """
    regions, turns = (len(family.axes[axis]) for axis in ("region", "orientation"))
    region, turn = np.divmod(np.arange(regions * turns), turns)
    values = {name: torch.as_tensor(value) for name, (_, value) in family.parameters.items()}
    axis = torch.as_tensor(offset)
    u, v = stimuli.rotated(axis, axis, values["orientation_deg"][turn])
    size = values["pattern_size"].expand(len(region))
    inside = stimuli.region_share(u, v, values["layout"][region], values["width"][region], size)
    high = torch.where(values["high_inside"][region][:, None, None] > 0, inside, 1 - inside)
    return np.asarray(high.numpy())
