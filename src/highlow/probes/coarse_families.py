"""Stimulus families on a coarser grid, scaled to a layer: for the scan over all layers of a network."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from highlow.networks.pattern_size import SMALLEST_RATIO, largest_ratio
from highlow.probes.families import Family, family

ORIENTATIONS = 24
RATIOS = 4
PHASES = 4
# Of the article's 30 wavelengths and 60 rotations of uniform textures.
WAVELENGTH_STEP, ROTATION_STEP = 2, 10


def coarse_family(name: str, pattern_size: float, seed: int) -> Family:
    """Return a family with 24 orientations, four ratios and four phases.

    The ratios run from 2.5 to where the pattern aliases: those that the statistics use. Of `uniform` every second
    wavelength and every tenth rotation is left; the other control families are whole.

    Parameters
    ----------
    name : str
        As for `families.family`.
    pattern_size : float
        Pixels; `holds_two_frequencies` must be true of it.
    seed : int
        Of the balanced stimuli.
    """
    chosen = family(
        name,
        orientation_count=ORIENTATIONS + 1,
        ratio_count=RATIOS,
        phase_count=PHASES,
        pattern_size=pattern_size,
        seed=seed,
    )
    if name in ("high_low", "high_low_balanced"):
        chosen = _with_axis(chosen, "orientation", chosen.axes["orientation"][:-1])  # the last repeats the first
        return _with_axis(chosen, "ratio", np.geomspace(SMALLEST_RATIO, largest_ratio(pattern_size), RATIOS))
    if name == "uniform":
        chosen = _with_axis(chosen, "wavelength", chosen.axes["wavelength"][::WAVELENGTH_STEP])
        return _with_axis(chosen, "rotation", chosen.axes["rotation"][::ROTATION_STEP])
    return chosen


def _with_axis(chosen: Family, axis: str, values: NDArray[np.float64]) -> Family:
    """Return a family with other coordinates on an axis that is a parameter of its own."""
    parameters = {name: (axes, values if axes == (axis,) else old) for name, (axes, old) in chosen.parameters.items()}
    return replace(chosen, axes={**chosen.axes, axis: values}, parameters=parameters)
