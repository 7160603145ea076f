"""Graphs, zips and Caffe models that are made to do harm."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import torch
from tensorboard.compat.proto import types_pb2

from highlow.networks import readers
from highlow.networks.readers import tensorflow_graph
from tests.reference import weight_files
from tests.reference.weight_files import assert_same, const, refusal


@pytest.mark.parametrize(
    "content,reason",
    [
        (const([1.0, 2.0], (3,)), "other numbers"),
        (const([], (3,)), "other numbers"),
        (const([70000, 1], (2,), types_pb2.DT_HALF, field="half_val"), "other numbers"),
        (const([1.0], (-1, 3)), "shape [-1, 3]"),
        (const([1.0], (0, 3)), "shape [0, 3]"),
        (const([1.0], (2**31, 2**31)), "more than"),
        (const([1.0], (2,)) * 2, "two tensors"),
        (const([1.0], (2, 3), name="line\nbreak") * 2, "two tensors"),
    ],
)
def test_a_wrong_constant_is_refused(tmp_path, content, reason):
    (tmp_path / "graph.pb").write_bytes(content)
    assert reason in refusal(tmp_path / "graph.pb")


def test_the_limit_is_on_all_constants_together(tmp_path, monkeypatch):
    path = tmp_path / "graph.pb"
    path.write_bytes(const([1.0], (10,), name="a") + const([1.0], (15,), name="b"))
    monkeypatch.setattr(tensorflow_graph, "LARGEST_BYTES", 100)
    assert set(readers.tensors(path)) == {"a", "b"}
    monkeypatch.setattr(tensorflow_graph, "LARGEST_BYTES", 99)
    assert "more than 99 bytes" in refusal(path)


@pytest.mark.parametrize("count", [0, 2])
def test_a_zip_needs_one_graph(tmp_path, count):
    path = tmp_path / "graph.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("labels.txt", "dog")
        for number in range(count):
            archive.writestr(f"{number}.pb", const([1.0], (2,)))
    assert f"{count} .pb files" in refusal(path)


@pytest.mark.parametrize("member", ["../outside.pb", "/outside.pb", "a/b/outside.PB"])
def test_nothing_is_extracted(tmp_path, member):
    folder = tmp_path / "folder"
    folder.mkdir()
    with zipfile.ZipFile(folder / "graph.zip", "w") as archive:
        archive.writestr(member, const([1.0], (2,)))
    assert_same(readers.tensors(folder / "graph.zip"), {"constant": torch.ones(2)})
    assert [path.name for path in tmp_path.rglob("*")] == ["folder", "graph.zip"]
    assert not Path("/outside.pb").exists()


def test_an_encrypted_graph_is_refused(tmp_path):
    path = tmp_path / "graph.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("graph.pb", const([1.0], (2,)))
    content = bytearray(path.read_bytes())
    content[content.find(b"PK\x03\x04") + 6] |= 1  # the flags of the file and of its entry in the directory
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "encrypted" in refusal(path)


def test_a_zip_of_something_else_is_refused(tmp_path):
    weight_files.write_zip(tmp_path / "graph.zip", b"\xff" * 50)
    assert "not a TensorFlow graph" in refusal(tmp_path / "graph.zip")


def test_a_graph_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "graph.zip"
    weight_files.write_zip(path, bytes(1_000_000))
    assert path.stat().st_size < 5_000
    monkeypatch.setattr(tensorflow_graph, "LARGEST_BYTES", 999_999)
    assert "unpacks to 1000000 bytes, more than 999999" in refusal(path)


# In a process of its own with little memory to spare: the whole content would not fit.
FORGED = """
import resource, sys
from pathlib import Path
from highlow.runs.errors import HighlowError
from highlow.networks import readers
from highlow.networks.architectures import architecture as build
from highlow.networks.extracted import cut
from highlow.networks.readers import zipped_graph
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 100_000_000, used + 100_000_000))
try:
    readers.tensors(Path(sys.argv[1]))
except HighlowError as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_a_forged_size_does_not_unpack_more(tmp_path):
    path = tmp_path / "graph.zip"
    size = 400_000_000
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("graph.pb", "w") as member:
        for _ in range(size // 1_000_000):
            member.write(bytes(1_000_000))
    content = path.read_bytes()
    assert content.count(size.to_bytes(4, "little")) == 2
    path.write_bytes(content.replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    result = subprocess.run([sys.executable, "-c", FORGED, path], capture_output=True, text=True, check=True)
    assert result.stdout == f"{path}: damaged, or not a zip; replace it\n"


def test_a_lack_of_memory_is_one_line(tmp_path, monkeypatch):
    path = tmp_path / "graph.pb"
    path.write_bytes(const([1.0], (2,)))
    monkeypatch.setattr(tensorflow_graph.tensor_util, "make_ndarray", lack_of_memory)
    assert "more memory than there is" in refusal(path)


def lack_of_memory(_):
    raise MemoryError


def nested_graph(depth):
    """Return a GraphDef whose one attribute holds a function whose attribute holds a function, and so on."""
    parts, length = [], 0
    for _ in range(depth):
        for tag in (b"\x52", b"\x12", b"\x12"):
            parts.append(tag + weight_files._varint(length))
            length += len(parts[-1])
    return weight_files._bytes(
        1, weight_files._bytes(5, b"\x0a\x01a\x12" + weight_files._varint(length) + b"".join(parts[::-1]))
    )


@pytest.mark.parametrize("depth", [10, 100_000])
def test_a_graph_that_nests_ends_in_one_line(tmp_path, depth):
    (tmp_path / "graph.pb").write_bytes(nested_graph(depth))
    assert "replace it" in refusal(tmp_path / "graph.pb")
    (tmp_path / "a.caffemodel").write_bytes(b"\x0b" * depth)
    assert "not a Caffe model" in refusal(tmp_path / "a.caffemodel")


def test_a_constant_of_endless_axes_is_refused_at_once(tmp_path):
    path = tmp_path / "graph.pb"
    path.write_bytes(const([1.0], (2**62,) * 100_000))  # their product has six million bits
    assert "has the shape" in refusal(path)


def test_a_zip_in_a_zip_is_no_graph(tmp_path):
    weight_files.write_zip(tmp_path / "graph.zip", b"\xff" * 50)
    weight_files.write_zip(tmp_path / "outer.zip", (tmp_path / "graph.zip").read_bytes())
    assert "not a TensorFlow graph" in refusal(tmp_path / "outer.zip")
