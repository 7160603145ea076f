"""Caffe models: a serialized NetParameter, of the current format or of the one before (V1).

Format: src/caffe/proto/caffe.proto of https://github.com/BVLC/caffe; the rule for shapes is Blob::FromProto there.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto
from google.protobuf.message import DecodeError

from highlow.runs.errors import HighlowError

ONE, MANY = FieldDescriptorProto.LABEL_OPTIONAL, FieldDescriptorProto.LABEL_REPEATED
SCALARS = {
    "bytes": FieldDescriptorProto.TYPE_BYTES,
    "double": FieldDescriptorProto.TYPE_DOUBLE,
    "float": FieldDescriptorProto.TYPE_FLOAT,
    "int32": FieldDescriptorProto.TYPE_INT32,
    "int64": FieldDescriptorProto.TYPE_INT64,
}
# The fields needed of each message: name, number, how many, type. On the wire, the enum of V1's types is an int32, and
# a string is bytes: protobuf's libraries differ in what they make of a string that is not UTF-8.
MESSAGES = {
    "BlobShape": (("dim", 1, MANY, "int64"),),
    "BlobProto": (
        ("num", 1, ONE, "int32"),
        ("channels", 2, ONE, "int32"),
        ("height", 3, ONE, "int32"),
        ("width", 4, ONE, "int32"),
        ("data", 5, MANY, "float"),
        ("shape", 7, ONE, "BlobShape"),
        ("double_data", 8, MANY, "double"),
    ),
    "V1LayerParameter": (("name", 4, ONE, "bytes"), ("type", 5, ONE, "int32"), ("blobs", 6, MANY, "BlobProto")),
    "LayerParameter": (("name", 1, ONE, "bytes"), ("type", 2, ONE, "bytes"), ("blobs", 7, MANY, "BlobProto")),
    "NetParameter": (("layers", 2, MANY, "V1LayerParameter"), ("layer", 100, MANY, "LayerParameter")),
}
INNER_PRODUCT = (14, b"InnerProduct")  # the type's names in V1 and now
MOST_AXES = 32  # kMaxBlobAxes of Caffe's blob.hpp
OLD_AXES = ("num", "channels", "height", "width")


def read(path: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield `<layer>.weight` and `<layer>.bias` of the layers that have one or two blobs.

    Layers without blobs have nothing to read. Layers with more (batch normalization) hold statistics rather than a
    weight and a bias, and are left out. Grouped convolutions come as stored, (out, in / groups, height, width).

    Raises
    ------
    HighlowError
        If it is not a Caffe model, or a layer's shape and numbers disagree.
    """
    try:
        network = _network_class().FromString(path.read_bytes())
        for layer in (*network.layers, *network.layer):
            if len(layer.blobs) in (1, 2):
                yield from _layer(layer, path)
    except (DecodeError, UnicodeDecodeError) as error:
        raise HighlowError(f"{path}: damaged, or not a Caffe model; replace it") from error


def _layer(layer: Any, path: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield the weight and, if there is one, the bias of a layer."""
    name = layer.name.decode()
    weight, *bias = (_values(blob, f"{path}: layer {name!r}") for blob in layer.blobs)
    if layer.type in INNER_PRODUCT and weight.shape[:-2] == (1, 1):
        weight = weight[0, 0]
    yield f"{name}.weight", weight
    for values in bias:
        yield f"{name}.bias", values.flatten()  # (1, 1, 1, n) in old files


def _values(blob: Any, what: str) -> torch.Tensor:
    """Return a blob's numbers in its shape.

    Raises
    ------
    HighlowError
        If the shape has an axis below one, or another number of elements than there are numbers.
    """
    old = any(blob.HasField(axis) for axis in OLD_AXES)
    shape = [getattr(blob, axis) for axis in OLD_AXES] if old else list(blob.shape.dim)
    numbers = blob.double_data or blob.data
    if not 1 <= len(shape) <= MOST_AXES or min(shape) < 1 or math.prod(shape) != len(numbers):
        raise HighlowError(f"{what} has {len(numbers)} numbers for the shape {shape}; replace the file")
    return torch.from_numpy(np.array(numbers)).reshape(shape)


def _network_class() -> Any:
    """Return the message class of NetParameter, in a pool of its own."""
    file = descriptor_pb2.FileDescriptorProto(name="caffe.proto", package="caffe", syntax="proto2")
    for message, fields in MESSAGES.items():
        descriptor = file.message_type.add(name=message)
        for name, number, label, kind in fields:
            field = descriptor.field.add(name=name, number=number, label=label)
            if kind in SCALARS:
                field.type = SCALARS[kind]
            else:
                field.type_name = f".caffe.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("caffe.NetParameter"))
