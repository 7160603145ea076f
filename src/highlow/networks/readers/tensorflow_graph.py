"""Frozen TensorFlow graphs: a GraphDef whose constants are the weights.

Format: graph.proto and tensor.proto of TensorFlow, as compiled in TensorBoard, which is much smaller.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from google.protobuf.message import DecodeError
from tensorboard.compat.proto import graph_pb2, types_pb2
from tensorboard.util import tensor_util

from highlow.runs.errors import HighlowError

# Protobuf reads no more. One stored number can stand for a whole constant, and a zip can hold much in few bytes, so
# the limit is on what a file unpacks to.
LARGEST_BYTES = 2 * 2**30
MOST_AXES = 32  # the product of a million sizes would take hours
FLOATS = (types_pb2.DT_HALF, types_pb2.DT_FLOAT, types_pb2.DT_DOUBLE)
# From TensorFlow's axes to PyTorch's: (height, width, in, out) and (in, out).
AXES = {4: (3, 2, 0, 1), 2: (1, 0)}


def read(path: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield names and values of the float constants in the file of a graph; see `constants`."""
    return constants(path.read_bytes(), path)


def constants(content: bytes, path: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield names and values of a graph's float constants of at least one axis.

    Parameters
    ----------
    content : bytes
        A serialized GraphDef.
    path : Path
        Where it is from, for messages.

    Raises
    ------
    HighlowError
        If it is not a GraphDef, or a constant's shape and values disagree or are too large.
    """
    try:
        graph = graph_pb2.GraphDef.FromString(content)
    except DecodeError as error:
        raise HighlowError(f"{path}: damaged, or not a TensorFlow graph; replace it") from error
    left = LARGEST_BYTES
    for node in graph.node:
        stored = node.attr["value"].tensor
        shape = [axis.size for axis in stored.tensor_shape.dim]
        if node.op != "Const" or stored.dtype not in FLOATS or not shape:
            continue
        if min(shape) < 1 or len(shape) > MOST_AXES:
            raise HighlowError(f"{path}: the constant {node.name!r} has the shape {shape}; replace the file")
        left -= 4 * math.prod(shape)
        if left < 0:
            raise HighlowError(f"{path}: its constants need more than {LARGEST_BYTES} bytes; use a smaller network")
        yield node.name, _values(stored, f"{path}: the constant {node.name!r}")


def _values(stored: Any, what: str) -> torch.Tensor:
    """Return a TensorProto's numbers with PyTorch's axes."""
    try:
        values = torch.from_numpy(tensor_util.make_ndarray(stored))
    except (ValueError, OverflowError) as error:
        raise HighlowError(f"{what} has other numbers than its shape needs; replace the file") from error
    return values.permute(AXES.get(values.ndim, tuple(range(values.ndim))))
