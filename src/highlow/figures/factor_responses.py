"""Responses of channel factors to uniform textures: what figures 7 and 8 share."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from highlow.circuits import factor_file
from highlow.probes import response_file

FACTORS = ("HF", "LF")
TICKS = (400, 200, 100, 60, 40, 20, 10, 6, 4, 2)  # wavelengths in px


def factor_responses(inputs: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Return the responses of both factors of every source layer, relative to the factor's largest.

    Parameters
    ----------
    inputs : mapping
        `factors:<source>` (HDF5 of the fit) and `uniform:<source>` (responses of the source layer).

    Returns
    -------
    dict
        By source layer, a long table with wavelength (px), rotation (degrees), factor and response (0 to 1, the
        mean over phases of the channels weighted by the channel factor).
    """
    sources = [role.split(":")[1] for role in inputs if role.startswith("factors:")]
    return {source: _responses(source, inputs) for source in sources}


def wavelength_axis(axes: Axes, wavelengths: NDArray[np.floating]) -> None:
    """Make the horizontal axis one of wavelengths (px): logarithmic, frequency rises to the right."""
    axes.set_xscale("log")
    shortest, longest = wavelengths.min(), wavelengths.max()
    axes.set_xlim(longest, shortest)
    shown = [tick for tick in TICKS if shortest <= tick <= longest]
    axes.set_xticks(shown, [str(tick) for tick in shown])
    axes.minorticks_off()


def _responses(source: str, inputs: Mapping[str, str]) -> pd.DataFrame:
    channel = factor_file.read(inputs[f"factors:{source}"]).factors.channel
    response, axes, _ = response_file.read(inputs[f"uniform:{source}"])
    answer: NDArray[np.floating] = response.mean(axis=2, dtype=np.float64) @ channel.T
    largest = answer.max(axis=(0, 1))
    answer = answer / np.where(largest > 0, largest, 1)
    wavelength, rotation, factor = np.meshgrid(axes["wavelength"], axes["rotation"], FACTORS, indexing="ij")
    return pd.DataFrame(
        {
            "source": source,
            "wavelength_px": wavelength.ravel(),
            "rotation_deg": rotation.ravel(),
            "factor": factor.ravel(),
            "response": answer.ravel(),
        }
    )
