"""Responses of a layer to images on disk: an image a row, written and read in blocks of constant size.

A block is a chunk of the file. Whatever shards the rows come from, the file is written by the same calls, so that its
bytes do not depend on their number.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import h5py
import numpy as np
from numpy.typing import NDArray

from highlow.networks.graph import Architecture
from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_fields, hdf5_files
from highlow.storage.hdf5_fields import INTEGERS

BLOCK = 256  # images; of 256 units 256 KiB of responses

Answer = tuple[int, NDArray[np.float32], NDArray[np.int16]]


class Block(NamedTuple):
    """Some images.

    Attributes
    ----------
    image : ndarray
        Index in the table of images, int32, (image,), rising.
    response : ndarray
        Largest activation of every unit in the image, float32, (image, unit).
    position : ndarray
        Row and column of the layer where it is, int16, (image, unit, 2).
    """

    image: NDArray[np.int32]
    response: NDArray[np.float32]
    position: NDArray[np.int16]


def write(
    path: str | os.PathLike[str], architecture: Architecture, answers: Iterable[Answer], origin: Mapping[str, Any]
) -> int:
    """Write what images give and return how many there are.

    Parameters
    ----------
    path : path
    architecture : Architecture
        Truncated at the layer.
    answers : iterable of (int, ndarray, ndarray)
        Index of an image, the response of every unit and its position, (unit,) and (unit, 2).
    origin : mapping
        Provenance of the whole computation: it does not say which shard this is.
    """
    layer = architecture.nodes[-1]
    with hdf5_files.create(path, origin) as file:
        _create(file, architecture.name, layer.name, layer.channels)
        return _append(file, _blocks(answers))


def merge(shards: Sequence[str | os.PathLike[str]], output: str | os.PathLike[str]) -> int:
    """Write the rows of shards, one after another, into one file and return how many there are.

    Raises
    ------
    HighlowError
        If a shard is missing or damaged, or the shards are not of one computation and in order.
    """
    with hdf5_files.opened(shards[0]) as first:
        network, layer, units = str(first.attrs["network"]), str(first.attrs["layer"]), len(first["unit"])
        origin = str(first.attrs["provenance"])
    with hdf5_files.create(output, json.loads(origin)) as file:
        _create(file, network, layer, units)
        return _append(file, _blocks(_answers(shards, origin)))


def blocks(path: str | os.PathLike[str], origin: str = "") -> Iterator[Block]:
    """Yield the content of a file in blocks of at most 256 images.

    Raises
    ------
    HighlowError
        If the file is missing, damaged or, where `origin` is given, of another computation.
    """
    with hdf5_fields.opened(path) as fields:
        if origin and fields.group.attrs["provenance"] != origin:
            raise HighlowError(f"{path}: shards of different computations; delete the folder and run again")
        image = fields.dataset("image", ["image"], INTEGERS)
        response = fields.dataset("response", ("image", "unit"))
        position = fields.dataset("position", ("image", "unit", 2), INTEGERS)
        for start in range(0, len(image), BLOCK):
            yield Block(*(values[start : start + BLOCK] for values in (image, response, position)))


def _answers(shards: Sequence[str | os.PathLike[str]], origin: str) -> Iterator[Answer]:
    last = -1
    for path in shards:
        for block in blocks(path, origin):
            for image, response, position in zip(*block, strict=True):
                if image <= last:
                    raise HighlowError(f"{path}: not the next shard after the one before it")
                last = int(image)
                yield last, response, position


def _blocks(answers: Iterable[Answer]) -> Iterator[Block]:
    remaining = iter(answers)
    while some := list(islice(remaining, BLOCK)):
        images, responses, positions = zip(*some, strict=True)
        yield Block(np.array(images, dtype=np.int32), np.stack(responses), np.stack(positions))


def _create(file: h5py.File, network: str, layer: str, units: int) -> None:
    file.attrs["network"] = network
    file.attrs["layer"] = layer
    hdf5_files.write_scale(file, "unit", np.arange(units))
    shapes = {"image": (), "response": (units,), "position": (units, 2)}
    kinds = {"image": np.int32, "response": np.float32, "position": np.int16}
    for name, shape in shapes.items():
        file.create_dataset(
            name,
            shape=(0, *shape),
            maxshape=(None, *shape),
            chunks=(BLOCK, *shape),
            dtype=kinds[name],
            **hdf5_files.COMPRESSION,
        )
    file["image"].make_scale("image")
    hdf5_files.label_axes(file, file["response"], ("image", "unit"))
    hdf5_files.label_axes(file, file["position"], ("image", "unit", "y_x"))


def _append(file: h5py.File, content: Iterable[Block]) -> int:
    count = 0
    for block in content:
        for name, values in block._asdict().items():
            file[name].resize(count + len(values), axis=0)
            file[name][count:] = values
        count += len(block.image)
    return count
