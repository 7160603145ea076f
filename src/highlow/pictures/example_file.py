"""Dataset examples on disk: shards of a search, and a file a layer; read without PyTorch."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from highlow.pictures import top_examples
from highlow.pictures.crops import Fields, seen
from highlow.pictures.top_examples import Examples
from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_fields, hdf5_files
from highlow.storage.hdf5_fields import BYTES, INTEGERS

FIELD_NUMBERS = ("stride", "image_size", "positions")


class LayerExamples:
    """The examples of a layer, as `read` returns them.

    Attributes
    ----------
    network, layer : str
        What answers.
    examples : Examples
        Best first.
    outside : ndarray
        Pixels of each crop beyond the image: above, below, left, right, (unit, rank, 4).
    fields : Fields
        Receptive fields of the units.
    """

    def __init__(self, network: str, layer: str, examples: Examples, fields: Fields) -> None:
        self.network, self.layer = network, layer
        self.examples, self.fields = examples, fields
        self.outside = fields.outside(examples.position)

    def crops(self, unit: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Return a unit's crops, (rank, size, size, 3), and which of their pixels lie in the image, (rank, size, size).

        Ranks that are missing are left out; there are none where crops were not kept.
        """
        size = int(self.fields.size[unit]) if self.examples.crop.shape[2] else 0
        present = self.examples.image[unit] >= 0
        crops = self.examples.crop[unit, present, :size, :size]
        return crops, seen(self.outside[unit, present], size)


def write_shard(
    path: str | os.PathLike[str],
    network: str,
    found: Mapping[str, tuple[Examples, Fields]],
    origin: Mapping[str, Any],
) -> None:
    """Write the examples that one shard of the images gave, a group a layer.

    `origin` is the provenance of the whole search: it does not say which shard this is.
    """
    with hdf5_files.create(path, origin) as file:
        file.attrs["network"] = network
        for layer, (examples, fields) in found.items():
            _write(file.create_group(layer), examples, fields)


def merge(shards: Sequence[str | os.PathLike[str]], layer: str, output: str | os.PathLike[str]) -> LayerExamples:
    """Merge the shards of a search into the file of a layer and return what it holds.

    Raises
    ------
    HighlowError
        If a shard is missing or damaged, or the shards are not of one search.
    """
    whole, origin = None, None
    for path in shards:
        with hdf5_fields.opened(path) as found:
            attributes = found.group.attrs
            if origin not in (None, attributes["provenance"]):
                raise HighlowError(f"{path}: shards of different searches; delete the folder and run again")
            network, origin = str(attributes["network"]), str(attributes["provenance"])
            examples, fields = _read(found.fields(layer))
        # One after another: no more than two sets of crops are in memory.
        whole = top_examples.merged([whole, examples], examples.score.shape[1]) if whole else examples
    assert whole is not None and origin is not None
    with hdf5_files.create(output, json.loads(origin)) as file:
        file.attrs["network"] = network
        file.attrs["layer"] = layer
        _write(file, whole, fields)
    return LayerExamples(network, layer, whole, fields)


def read(path: str | os.PathLike[str]) -> LayerExamples:
    """Read the examples of a layer; a missing or damaged file raises a HighlowError."""
    with hdf5_fields.opened(path) as found:
        return LayerExamples(found.text("network"), found.text("layer"), *_read(found))


def _write(group: h5py.Group, examples: Examples, fields: Fields) -> None:
    for name in FIELD_NUMBERS:
        group.attrs[name] = getattr(fields, name)
    hdf5_files.write_scale(group, "unit", np.arange(len(fields.first)))
    hdf5_files.write_scale(group, "rank", np.arange(examples.score.shape[1]))
    hdf5_files.write_array(group, "field_first", fields.first, ("unit",), unit="px")
    hdf5_files.write_array(group, "field_size", fields.size, ("unit",), unit="px")
    axes = ("unit", "rank")
    hdf5_files.write_array(group, "score", examples.score, axes)
    hdf5_files.write_array(group, "image", examples.image, axes)
    hdf5_files.write_array(group, "position", examples.position, (*axes, "y_x"))
    hdf5_files.write_array(
        group, "outside", fields.outside(examples.position), (*axes, "above_below_left_right"), unit="px"
    )
    if examples.crop.shape[2]:
        hdf5_files.write_array(group, "crop", examples.crop, (*axes, "y", "x", "rgb"), compress=True)


def _read(found: hdf5_fields.Fields) -> tuple[Examples, Fields]:
    axes = ("unit", "rank")
    score = found.array("score", axes)
    image = found.array("image", axes, INTEGERS)
    position = found.array("position", (*axes, 2), INTEGERS)
    has_crops = "crop" in found.group
    crop = (
        found.array("crop", (*axes, "side", "side", 3), BYTES) if has_crops else np.zeros((*score.shape, 0, 0, 3), "u1")
    )
    numbers = {name: found.integer(name) for name in FIELD_NUMBERS}
    first = found.array("field_first", ["unit"], INTEGERS)
    size = found.array("field_size", ["unit"], INTEGERS)
    found.check(not has_crops or 0 <= size.min(initial=0) <= size.max(initial=0) <= crop.shape[2], "field_size")
    return Examples(score, image, position, crop), Fields(first, size, **numbers)
