"""What every unit of a layer answers to stimuli: over orientation and ratio, and to the best of each control."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlow.circuits.candidates import CONTROLS, relative_responses
from highlow.probes import response_file
from highlow.probes.tuning import OrientationTuning, control_peak, orientation_tuning, without_endpoint

LARGEST_GRID = (60, 120)  # ratios and orientations of a surface; of a finer grid every second, third, ... is kept

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Surface:
    """Responses to one of the two high-low families.

    Attributes
    ----------
    response : ndarray
        Mean over phases, float32, (unit, ratio, orientation); 360 degrees, which repeat 0, are left out.
    ratios, orientation_deg : ndarray
        Coordinates.
    tuning : OrientationTuning
        From all ratios and orientations that were shown.
    """

    response: NDArray[np.float32]
    ratios: Floats
    orientation_deg: Floats
    tuning: OrientationTuning


@dataclass(frozen=True)
class Best:
    """The strongest stimulus of a family for each unit.

    Attributes
    ----------
    axes : dict
        Coordinates of every axis; the last one (the phase, or an edge's offset) is averaged over.
    response : ndarray
        Mean over the last axis, (unit,).
    index : ndarray
        Where it is on every other axis, (unit, axis).
    """

    axes: Mapping[str, Floats]
    response: Floats
    index: NDArray[np.intp]


def surface(path: str, pattern_size: float, seed: int) -> tuple[Surface, list[str]]:
    """Return the responses in a file of a high-low family, and the branch of every unit."""
    response, axes, branches = response_file.read(path)
    tuning = orientation_tuning(response, axes["ratio"], axes["orientation"], pattern_size, seed=seed)
    mean, angles = without_endpoint(response.mean(axis=2), axes["orientation"], axis=1)
    ratio_step, angle_step = (
        -(-count // most) for count, most in zip((len(axes["ratio"]), len(angles)), LARGEST_GRID, strict=True)
    )
    kept = mean[::ratio_step, ::angle_step].transpose(2, 0, 1)
    return Surface(kept, axes["ratio"][::ratio_step], angles[::angle_step], tuning), branches


def best(path: str) -> tuple[Best, Floats]:
    """Return the strongest stimuli in a file of responses, and what the control counts: the largest mean, (unit,)."""
    response, axes, _ = response_file.read(path)
    mean = response.mean(axis=-2, dtype=np.float64)
    flat = mean.reshape(-1, mean.shape[-1])
    index = np.stack(np.unravel_index(flat.argmax(axis=0), mean.shape[:-1]), axis=1)
    coordinates = {name: values for name, values in axes.items() if name != "unit"}
    return Best(coordinates, flat.max(axis=0), index), control_peak(response)


def columns(tuning: OrientationTuning, control_peaks: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return columns of `candidates.tsv` for a layer that was not searched for detectors, each (unit,)."""
    silent = np.zeros_like(tuning.peak)
    peaks = {family: control_peaks.get(family, silent) for family in CONTROLS}
    return {
        "preferred_orientation_deg": tuning.preferred_deg,
        "direction_selectivity": tuning.selectivity,
        "polarity_ratio": tuning.polarity_ratio,
        "peak_response": tuning.peak,
        "width_deg": tuning.width_deg,
        **relative_responses(tuning.peak, peaks),
    }


def chosen(found: Best, unit: int) -> dict[str, Any]:
    """Return a unit's strongest stimulus: the response, and the coordinates on every axis but the last."""
    names = list(found.axes)[:-1]
    place = {name: float(found.axes[name][index]) for name, index in zip(names, found.index[unit], strict=True)}
    return {"response": float(f"{found.response[unit]:.9g}"), "at": place}
