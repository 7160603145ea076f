"""Weight files of every format."""

import io
import json
import pickle
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import torch

from highlow.networks import readers
from tests.fuzz.mutations import INTERESTING, mutated
from tests.fuzz.target import Target
from tests.reference import weight_files

FLAT = {"flat.h5": weight_files.write_hdf5}  # takes no names with slashes, as the other writers do


def read(path):
    for name, values in readers.tensors(path).items():
        assert isinstance(name, str)
        assert values.dtype == torch.float32
        assert values.is_contiguous()
        assert values.layout == torch.strided
        assert values.ndim <= readers.MOST_AXES
        values.sum()  # every number is there
    return True


@cache
def sample(file):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / file
        (weight_files.WRITERS | FLAT)[file](path, weight_files.network())
        return path.read_bytes()


def changed(file, *others):
    """Return a function that gives a changed file of a format, or one of `others`, made by the generator."""

    def make(generator):
        if others and generator.random() < 0.4:
            return generator.choice(others)(generator)
        return mutated(generator, sample(file), sample(generator.choice(list(weight_files.WRITERS))))

    return make


def lying_header(generator):
    """Return a safetensors file whose header is made up."""
    names = ["a", "b", "a\n", "", "\U0001f600", "__metadata__"]
    kinds = ["F32", "F16", "F64", "F4", "F8_E4M3", "BF16", "I64", "BOOL", "C64", "X", 3, None]
    header = {}
    for _ in range(generator.randint(0, 4)):
        shape = [generator.choice((*INTERESTING, -1, 2, 2)) for _ in range(generator.randint(0, 5))]
        start = generator.choice((0, 0, 4, 8, *INTERESTING))
        offsets = [start, start + generator.choice((0, 4, 8, 16, *INTERESTING))]
        header[generator.choice(names)] = {"dtype": generator.choice(kinds), "shape": shape, "data_offsets": offsets}
    text = json.dumps(header).encode()
    size = len(text) if generator.random() < 0.7 else generator.choice(INTERESTING)
    return (size & (2**64 - 1)).to_bytes(8, "little") + text + bytes(generator.choice((0, 8, 16, 64)))


def zip_of_state(generator):
    """Return PyTorch's zip with a changed pickle, or other members, in a zip that is whole."""
    result = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if generator.random() < 0.1 else zipfile.ZIP_STORED
    with zipfile.ZipFile(io.BytesIO(sample("zip.pth"))) as archive, zipfile.ZipFile(result, "w", kind) as other:
        for name in archive.namelist():
            content = archive.read(name)
            if generator.random() < (0.7 if name.endswith(".pkl") else 0.1):
                content = mutated(generator, content) if generator.random() < 0.8 else pickled(generator)
            if generator.random() > 0.03:
                other.writestr(name, content)
    return result.getvalue()


class Call:
    """Pickles as a call of any function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def pickled(generator):
    """Return a pickle of odd content, calls of functions among it."""
    import builtins
    import os

    values = [
        Call(os.system, "touch canary"),
        Call(builtins.eval, "open('canary', 'w')"),
        Call(open, "canary", "w"),
        Call(bytearray, 2**40),
        Call(torch.Size, [2**40]),
        {"a": {"b": [1, (2, 3)]}},
        [[]] * 50,
        float("nan"),
        10 ** generator.randrange(400),
        "\ud800",
        None,
    ]
    content = {generator.choice(("a", "b", 1, (1, 2), b"c")): generator.choice(values) for _ in range(3)}
    try:
        return mutated(generator, pickle.dumps(content, 2)) if generator.random() < 0.3 else pickle.dumps(content, 2)
    except UnicodeEncodeError:
        return b"\x80\x02}."


def made_constant(generator):
    """Return a GraphDef of constants whose shapes and numbers are made up."""
    result = b""
    for _ in range(generator.randint(1, 3)):
        shape = [
            generator.choice((1, 2, 3, 4, 0, -1, *INTERESTING[:14], 2**31, 2**62))
            for _ in range(generator.randint(0, 6))
        ]
        values = [generator.uniform(-1, 1)] * generator.choice((0, 1, 2, 6, 100))
        shape = [size if size < 2**63 else 1 for size in shape]
        name = generator.choice(("a", "b", "a\nb", ""))
        result += weight_files.const(values, shape, generator.choice((1, 2, 19, 3)), name)
    return result


def zip_of_graph(generator):
    """Return a whole zip of a changed graph, or of several."""
    result = io.BytesIO()
    kinds = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    with zipfile.ZipFile(result, "w", generator.choice(kinds)) as archive:
        for number in range(generator.choice((0, 1, 1, 1, 1, 2))):
            content = made_constant(generator) if generator.random() < 0.5 else mutated(generator, sample("graph.pb"))
            archive.writestr(
                generator.choice(("graph.pb", "../graph.pb", "/graph.PB", "a\nb.pb")) + ".pb" * number, content
            )
    content = result.getvalue()
    return mutated(generator, content) if generator.random() < 0.3 else content


def made_layer(generator):
    """Return a Caffe model of layers whose blobs are made up."""
    result = b""
    for _ in range(generator.randint(1, 3)):
        shape = [generator.choice((1, 2, 3, 0, -1, 2**31, 2**62)) for _ in range(generator.randint(0, 6))]
        values = torch.zeros(generator.choice((0, 1, 2, 6)))
        blob = generator.choice((weight_files.old_blob, weight_files.new_blob))(shape[:4] or (1,), values)
        kind = generator.choice(("Convolution", "InnerProduct", "\n"))
        result += weight_files.new_layer(generator.choice("ab"), kind, [blob] * generator.randint(0, 3))
    return result


TARGETS = (
    Target("safetensors", "a.safetensors", changed("new.safetensors", lying_header), read),
    Target("PyTorch zip", "a.pth", changed("zip.pth", zip_of_state), read),
    Target("PyTorch legacy", "a.pt", changed("legacy.pt", pickled), read),
    Target("TensorFlow graph", "a.pb", changed("graph.pb", made_constant), read),
    Target("zipped graph", "a.zip", changed("graph.zip", zip_of_graph), read),
    Target("Caffe model", "a.caffemodel", changed("new.caffemodel", made_layer), read),
    Target("Caffe model, V1", "a.caffemodel", changed("old.caffemodel", made_layer), read),
    Target("HDF5 weights", "a.h5", changed("flat.h5"), read),
)
