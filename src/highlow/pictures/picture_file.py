"""Pictures of units on disk, written as HDF5 and read without PyTorch."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlow import store


@dataclass(frozen=True)
class Pictures:
    """Feature visualizations of some units of a layer.

    Attributes
    ----------
    network, layer : str
        What was pictured.
    units : ndarray
        Unit numbers, (n,); factors have 0 (HF) and 1 (LF).
    images : ndarray
        RGB, 0 to 255, (n, H, W, 3).
    activation : ndarray
        Activation of the unit at the centre of its clean picture, (n,).
    relative_activation : ndarray
        The same as a multiple of the unit's best over stimuli and photographs, (n,); nan where none is known.
    activated : ndarray
        Whether the unit responded to its picture at all, (n,).
    """

    network: str
    layer: str
    units: NDArray[np.intp]
    images: NDArray[np.uint8]
    activation: NDArray[np.floating]
    relative_activation: NDArray[np.floating]
    activated: NDArray[np.bool_]

    def of(self, unit: int) -> NDArray[np.uint8] | None:
        """Return the picture of a unit, (H, W, 3), or None where there is none."""
        found = np.flatnonzero(self.units == unit)
        return self.images[found[0]] if len(found) else None


def write(
    path: str | os.PathLike[str], pictures: Pictures, settings: Mapping[str, Any], origin: Mapping[str, Any]
) -> None:
    """Write pictures; `settings` become attributes of the file (size, steps), `origin` is their provenance."""
    with store.create_h5(path, origin) as file:
        file.attrs["network"] = pictures.network
        file.attrs["layer"] = pictures.layer
        file.attrs.update(settings)
        store.write_scale(file, "unit", pictures.units)
        store.write_array(file, "image", pictures.images, ("unit", "y", "x", "rgb"), compress=True)
        store.write_array(file, "activation", pictures.activation, ("unit",))
        store.write_array(file, "relative_activation", pictures.relative_activation, ("unit",))
        store.write_array(file, "activated", pictures.activated, ("unit",))


def read(path: str | os.PathLike[str]) -> Pictures:
    """Read pictures.

    Raises
    ------
    HighlowError
        If the file is missing or damaged.
    """
    with store.open_h5(path) as file:
        return Pictures(
            network=str(file.attrs["network"]),
            layer=str(file.attrs["layer"]),
            units=file["unit"][...],
            images=file["image"][...],
            activation=file["activation"][...],
            relative_activation=file["relative_activation"][...],
            activated=file["activated"][...],
        )
