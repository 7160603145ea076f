"""Responses on disk: streamed to HDF5, and read without PyTorch."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlow.storage import hdf5_fields, hdf5_files
from highlow.storage.hdf5_fields import FLOATS, INTEGERS, TEXT, Fields


def write(
    path: str | os.PathLike[str],
    batches: Iterable[NDArray[np.float32]],
    *,
    axes: Mapping[str, NDArray[Any]],
    axis_units: Mapping[str, str],
    branches: Sequence[str],
    attributes: Mapping[str, Any],
    origin: Mapping[str, Any],
) -> None:
    """Write responses as they come, `response` (axes, unit), in constant memory.

    Parameters
    ----------
    path : path
        HDF5 file to create.
    batches : iterable of ndarray
        Responses (n, units), in the order of the flat index over the axes.
    axes : mapping
        Coordinates of every axis, in order; `axis_units` are their physical units.
    branches : sequence of str
        Branch of every unit.
    attributes, origin : mapping
        Of the file; provenance.
    """
    shape = tuple(len(values) for values in axes.values())
    units, row = len(branches), int(np.prod(shape[1:]))
    with hdf5_files.create(path, origin) as file:
        file.attrs.update(attributes)
        file.attrs["axes"] = json.dumps([*axes, "unit"])
        for axis, values in axes.items():
            hdf5_files.write_scale(file, axis, values, axis_units[axis])
        hdf5_files.write_scale(file, "unit", np.arange(units))
        hdf5_files.write_array(file, "branch", np.array(branches, dtype="S"), ("unit",))
        dataset = file.create_dataset(
            "response",
            shape=(*shape, units),
            dtype=np.float32,
            chunks=(1, *shape[1:-1], 1, units),
            **hdf5_files.COMPRESSION,
        )
        hdf5_files.label_axes(file, dataset, [*axes, "unit"])
        waiting = np.zeros((0, units), dtype=np.float32)
        written = 0
        for batch in batches:
            waiting = np.concatenate([waiting, batch])
            # Whole rows of the first axis only: each compressed chunk is written once.
            while len(waiting) >= row:
                dataset[written] = waiting[:row].reshape(*shape[1:], units)
                waiting = waiting[row:]
                written += 1


def read(path: str | os.PathLike[str]) -> tuple[NDArray[np.float32], dict[str, NDArray[Any]], list[str]]:
    """Read responses.

    Returns
    -------
    response : ndarray
        (axes of the family, unit).
    axes : dict
        Coordinates of every axis, in order.
    branches : list of str
        Branch of every unit; a missing or damaged file raises a HighlowError."""
    with hdf5_fields.opened(path) as fields:
        names = _axis_names(fields.text("axes"))
        fields.check(names[-1:] == ["unit"], "axes")
        axes = {axis: fields.array(axis, [axis], FLOATS + INTEGERS) for axis in names}
        response = fields.array("response", names)
        return response, axes, _branches(fields)


def read_branches(path: str | os.PathLike[str]) -> list[str]:
    """Return the branch of every unit; a missing or damaged file raises a HighlowError."""
    with hdf5_fields.opened(path) as fields:
        return _branches(fields)


def _branches(fields: Fields) -> list[str]:
    branches = fields.array("branch", ["unit"], TEXT).tolist()
    fields.check(all(name.isascii() for name in branches), "branch")
    return [name.decode() for name in branches]


def _axis_names(text: str) -> list[str]:
    """Return the names in a JSON list of different texts, or nothing."""
    try:
        names = json.loads(text)
    except (ValueError, RecursionError):
        return []
    plain = isinstance(names, list) and all(isinstance(name, str) and name for name in names)
    return names if plain and len(set(names)) == len(names) else []
