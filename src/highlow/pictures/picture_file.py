"""Pictures of units on disk, written as HDF5 and read without PyTorch."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from highlow.storage import atomic_files, checksums, hdf5_fields, hdf5_files, provenance
from highlow.storage.hdf5_fields import BYTES, FLAGS, INTEGERS, Fields


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
    with hdf5_files.create(path, origin) as file:
        _write(file, pictures, settings, "unit", pictures.units)
        hdf5_files.write_array(file, "activated", pictures.activated, ("unit",))


def read(path: str | os.PathLike[str]) -> Pictures:
    """Read pictures; a missing or damaged file raises a HighlowError."""
    with hdf5_fields.opened(path) as fields:
        return Pictures(
            units=fields.array("unit", ["unit"], INTEGERS),
            **_read(fields, "unit"),
            activated=fields.array("activated", ["unit"], FLAGS),
        )


@dataclass(frozen=True)
class Variations:
    """Several feature visualizations of one unit, driven apart.

    Attributes
    ----------
    network, layer, unit
        What was pictured.
    images : ndarray
        RGB, 0 to 255, (variation, H, W, 3).
    activation, relative_activation : ndarray
        As of `Pictures`, (variation,).
    similarity : ndarray
        Mean cosine of a picture's Gram matrix of the layer's activations with those of the others, (variation,).
    """

    network: str
    layer: str
    unit: int
    images: NDArray[np.uint8]
    activation: NDArray[np.floating]
    relative_activation: NDArray[np.floating]
    similarity: NDArray[np.floating]


def write_variations(
    path: str | os.PathLike[str], variations: Variations, settings: Mapping[str, Any], origin: Mapping[str, Any]
) -> None:
    """Write the variations of a unit; `settings` become attributes of the file, `origin` is their provenance."""
    with hdf5_files.create(path, origin) as file:
        numbers = np.arange(len(variations.images))
        _write(file, variations, {"unit": variations.unit, **settings}, "variation", numbers)
        hdf5_files.write_array(file, "similarity", variations.similarity, ("variation",))


def read_variations(path: str | os.PathLike[str]) -> Variations:
    """Read the variations of a unit; a missing or damaged file raises a HighlowError."""
    with hdf5_fields.opened(path) as fields:
        return Variations(
            unit=fields.integer("unit"),
            **_read(fields, "variation"),
            similarity=fields.array("similarity", ["variation"]),
        )


def _write(
    file: h5py.File, found: Pictures | Variations, settings: Mapping[str, Any], axis: str, numbers: NDArray[Any]
) -> None:
    """Write what pictures of units and variations of one have in common."""
    file.attrs["network"] = found.network
    file.attrs["layer"] = found.layer
    file.attrs.update(settings)
    hdf5_files.write_scale(file, axis, numbers)
    hdf5_files.write_array(file, "image", found.images, (axis, "y", "x", "rgb"), compress=True)
    hdf5_files.write_array(file, "activation", found.activation, (axis,))
    hdf5_files.write_array(file, "relative_activation", found.relative_activation, (axis,))


def _read(fields: Fields, axis: str) -> dict[str, Any]:
    """Return what pictures of units and variations of one have in common."""
    return {
        "network": fields.text("network"),
        "layer": fields.text("layer"),
        "images": fields.array("image", (axis, "y", "x", 3), BYTES),
        "activation": fields.array("activation", [axis]),
        "relative_activation": fields.array("relative_activation", [axis]),
    }


def read_field(path: str | os.PathLike[str]) -> tuple[int, int]:
    """Return the first and the last pixel, on both axes, that the pictured units see.

    Raises
    ------
    HighlowError
        If the file is missing or damaged.
    """
    with hdf5_fields.opened(path) as fields:
        return fields.integer("field_first"), fields.integer("field_last")


def write_png(folder: str | os.PathLike[str], pictures: Pictures) -> None:
    """Write a PNG a unit, `<layer>_<unit>.png`, and a manifest with their checksums."""
    names = [f"{pictures.layer}_{unit}.png" for unit in pictures.units]
    for name, image in zip(names, pictures.images, strict=True):
        with atomic_files.atomic_path(Path(folder) / name) as path:
            Image.fromarray(image).save(path)
    files = checksums.hashed(folder, names)
    checksums.write_json(Path(folder) / checksums.MANIFEST, {"files": files, "versions": provenance.versions()})
