"""Writers of every weight file that `highlow.networks.readers` reads, each through a library that it does not use.

The exceptions are PyTorch and safetensors, which have one library each. Tensors are given in PyTorch's layout. The
Caffe model is encoded by hand (https://protobuf.dev/programming-guides/encoding/, caffe.proto of BVLC/caffe).
"""

import struct
import zipfile

import h5py
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from tensorboard.compat.proto import graph_pb2, types_pb2

from highlow.networks import readers
from highlow.reference import Part
from highlow.runs.errors import HighlowError
from highlow.storage import checksums

GRAPH_TYPES = {
    torch.float16: (types_pb2.DT_HALF, "<f2"),
    torch.float32: (types_pb2.DT_FLOAT, "<f4"),
    torch.float64: (types_pb2.DT_DOUBLE, "<f8"),
    torch.int32: (types_pb2.DT_INT32, "<i4"),
}
OLD_TYPES = {4: 4, 2: 14}  # CONVOLUTION and INNER_PRODUCT, by the axes of the weight
NEW_TYPES = {4: "Convolution", 2: "InnerProduct"}


def write_safetensors(path, tensors):
    save_file({name: values.contiguous() for name, values in tensors.items()}, path)


def write_pytorch(path, tensors, legacy=False):
    torch.save(dict(tensors), path, _use_new_zipfile_serialization=not legacy)


def write_graphdef(path, tensors):
    """Write constants between a placeholder and an operation that uses them."""
    graph = graph_pb2.GraphDef()
    graph.node.add(name="input", op="Placeholder").attr["dtype"].type = types_pb2.DT_FLOAT
    for name, values in tensors.items():
        kind, code = GRAPH_TYPES[values.dtype]
        array = values.numpy()
        if array.ndim == 4:
            array = np.moveaxis(array, (2, 3, 1, 0), (0, 1, 2, 3))
        elif array.ndim == 2:
            array = array.T
        node = graph.node.add(name=name, op="Const")
        node.attr["dtype"].type = kind
        constant = node.attr["value"].tensor
        constant.dtype = kind
        for size in array.shape:
            constant.tensor_shape.dim.add(size=size)
        constant.tensor_content = array.astype(code).tobytes()
        graph.node.add(name=f"{name}/use", op="Identity", input=[name]).attr["T"].type = kind
    path.write_bytes(graph.SerializeToString())


def write_zip(path, graph):
    """Write a zip of a graph, given as bytes or as the path of a `.pb` file, with the labels beside it."""
    content = graph if isinstance(graph, bytes) else graph.read_bytes()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("LICENSE", "Apache License")
        archive.writestr("graph/labels.txt", "dog\ncat\n")
        archive.writestr("graph/graph.pb", content)


def write_caffemodel(path, layers, old):
    """Write weights and biases by layer, in the V1 format or the current one; a bias may be None."""
    encoded = [_bytes(1, b"network")]
    # Caffe's layers without weights are in the file too.
    encoded.append(_bytes(2, _bytes(4, b"relu") + _integer(5, 18)) if old else _bytes(100, _bytes(1, b"relu")))
    for name, blobs in layers.items():
        present = [blob for blob in blobs if blob is not None]
        if old:
            parts = [_bytes(4, name.encode()), _integer(5, OLD_TYPES.get(present[0].ndim, 0))]
            parts += [_bytes(6, old_blob(blob.shape, blob)) for blob in present]
            encoded.append(_bytes(2, b"".join(parts)))
        else:
            parts = [_bytes(1, name.encode()), _bytes(2, NEW_TYPES.get(present[0].ndim, "Scale").encode())]
            parts += [_bytes(7, new_blob(blob.shape, blob)) for blob in present]
            encoded.append(_bytes(100, b"".join(parts)))
    path.write_bytes(b"".join(encoded))


def old_blob(shape, values):
    """Return a BlobProto with the four fixed axes, padded with ones in front."""
    shape = (1,) * (4 - len(shape)) + tuple(shape)
    return b"".join(_integer(field, size) for field, size in enumerate(shape, start=1)) + _numbers(values)


def new_blob(shape, values):
    """Return a BlobProto with a BlobShape."""
    return _numbers(values) + _bytes(7, _bytes(1, b"".join(_varint(size) for size in shape)))


def new_layer(name, kind, blobs):
    """Return one current layer of encoded blobs as the content of a Caffe model."""
    return _bytes(
        100, _bytes(1, name.encode()) + _bytes(2, kind.encode()) + b"".join(_bytes(7, blob) for blob in blobs)
    )


def _numbers(values):
    """Return the packed field `data`, or `double_data` for float64."""
    numbers = values.flatten().tolist()
    if values.dtype == torch.float64:
        return _bytes(8, struct.pack(f"<{len(numbers)}d", *numbers))
    return _bytes(5, struct.pack(f"<{len(numbers)}f", *numbers))


def _varint(value):
    value &= 2**64 - 1  # negative numbers are in two's complement
    result = bytearray()
    while value > 127:
        result.append(value & 127 | 128)
        value >>= 7
    return bytes(result) + bytes([value])


def _integer(field, value):
    return _varint(field << 3) + _varint(value)


def _bytes(field, content):
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def network():
    """Return tensors as of a small network, with no two axes of one length."""
    generator = torch.Generator().manual_seed(0)
    shapes = {
        "conv.weight": (4, 3, 5, 2),
        "conv.bias": (4,),
        "block/1x1.weight": (1, 1, 2, 3),
        "block/1x1.bias": (1,),
        "logits.weight": (6, 7),
        "logits.bias": (6,),
        "score.weight": (1, 8),
        "score.bias": (1,),
    }
    return {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}


def write_hdf5(path, tensors):
    """Write arrays at the top of an HDF5 file; a name with a slash would be a group."""
    with h5py.File(path, "w") as file:
        for name, values in tensors.items():
            if "/" not in name:
                file[name] = values.numpy()


def write_hdf5_files(folder, tensors):
    """Write a file a tensor, `<name>.h5`, and return what a table of them holds."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = []
    for name, values in tensors.items():
        path = folder / f"{name}.h5"
        write_hdf5(path, {name: values})
        parts.append(Part(path.name, path.stat().st_size, checksums.sha256(path)))
    return tuple(parts)


def caffe_layers(tensors):
    layers = sorted({name.rsplit(".", 1)[0] for name in tensors})
    return {layer: (tensors[f"{layer}.weight"], tensors[f"{layer}.bias"]) for layer in layers}


def write_zipped_graph(path, tensors):
    graph = path.with_name("inside.pb")
    write_graphdef(graph, tensors)
    write_zip(path, graph)


WRITERS = {
    "new.safetensors": write_safetensors,
    "zip.pth": write_pytorch,
    "legacy.pt": lambda path, tensors: write_pytorch(path, tensors, legacy=True),
    "graph.pb": write_graphdef,
    "graph.zip": write_zipped_graph,
    "old.caffemodel": lambda path, tensors: write_caffemodel(path, caffe_layers(tensors), old=True),
    "new.caffemodel": lambda path, tensors: write_caffemodel(path, caffe_layers(tensors), old=False),
}


def const(values, shape, kind=types_pb2.DT_FLOAT, name="constant", field="float_val"):
    """Return a GraphDef of one constant with its numbers in a typed field."""
    graph = graph_pb2.GraphDef()
    constant = graph.node.add(name=name, op="Const").attr["value"].tensor
    constant.dtype = kind
    for size in shape:
        constant.tensor_shape.dim.add(size=size)
    getattr(constant, field).extend(values)
    return graph.SerializeToString()


def refusal(path):
    """Return the message that a file is refused with: one line that names the file."""
    with pytest.raises(HighlowError) as caught:
        readers.tensors(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path}: ")
    return message


def assert_same(found, expected):
    assert set(found) == set(expected)
    for name, values in expected.items():
        assert found[name].dtype == torch.float32
        assert found[name].is_contiguous()
        assert not found[name].requires_grad
        assert torch.equal(found[name], values), name
