"""State dictionaries and safetensors files that are made to do harm."""

import io
import json
import os
import pickle
import subprocess
import sys
import tarfile
import warnings
import zipfile

import pytest
import torch

from highlow.networks import readers
from highlow.networks.architectures import architecture as build
from highlow.networks.extracted import cut
from highlow.runs.errors import HighlowError
from tests.reference.weight_files import assert_same, refusal


class Malicious:
    """Touches a file when it is unpickled."""

    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (os.system, (f"touch '{self.marker}'",))


@pytest.mark.parametrize("writer", ["zip", "legacy", "pickle"])
def test_code_in_a_pickle_is_refused_and_does_not_run(tmp_path, writer):
    marker, path = tmp_path / "marker", tmp_path / "weights.pth"
    entries = {"weight": torch.ones(2), "payload": Malicious(marker)}
    if writer == "pickle":
        path.write_bytes(pickle.dumps({"payload": Malicious(marker)}, protocol=2))
        pickle.loads(path.read_bytes())
        assert marker.exists()  # it is harmful indeed
        marker.unlink()
    else:
        torch.save(entries, path, _use_new_zipfile_serialization=writer == "zip")
    message = refusal(path)
    assert "more than tensors" in message
    assert "could run code" in message
    assert "refused" in message
    assert not marker.exists()


def test_the_environment_cannot_allow_code(tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    torch.save({"payload": Malicious(tmp_path / "marker")}, tmp_path / "weights.pth")
    assert "refused" in refusal(tmp_path / "weights.pth")
    assert not (tmp_path / "marker").exists()


def test_a_pickled_module_is_refused(tmp_path):
    torch.save(torch.nn.Linear(2, 3), tmp_path / "model.pth")
    assert "state_dict()" in refusal(tmp_path / "model.pth")


@pytest.mark.parametrize(
    "entries",
    [
        torch.ones(3),
        [torch.ones(3)],
        {"state_dict": {"weight": "no tensor"}},
        {"weight": torch.ones(3), "epoch": 4},
        {"line\nbreak": "no tensor"},
        {0: torch.ones(3)},
        {"weight": torch.ones(3, dtype=torch.complex64)},
        {"weight": torch.eye(3).to_sparse()},
        {"weight": torch.empty(3, device="meta")},
        {"weight": torch.ones(1).expand(1000)},
    ],
)
def test_anything_but_plain_tensors_by_name_is_refused(tmp_path, entries):
    torch.save(entries, tmp_path / "weights.pth")
    assert "state_dict()" in refusal(tmp_path / "weights.pth")


def header_file(path, header, body=b"", size=None):
    """Write a safetensors file with any header, and any size of it declared."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(text) if size is None else size).to_bytes(8, "little") + text + body)
    return path


def tensor(shape=(2,), offsets=(0, 8), dtype="F32"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


TWICE = b'{"a":' + json.dumps(tensor()).encode() + b',"a":' + json.dumps(tensor(offsets=(8, 16))).encode() + b"}"


LYING_HEADERS = {
    "offsets behind the end": ({"a": tensor((200,), (0, 800))}, 8, None),
    "offsets that overlap": ({"a": tensor(), "b": tensor(offsets=(4, 12))}, 12, None),
    "one place for two": ({"a": tensor(), "b": tensor()}, 8, None),
    "bytes of nothing": ({"a": tensor()}, 16, None),
    "offsets backwards": ({"a": tensor(offsets=(8, 0))}, 8, None),
    "an absurd shape": ({"a": tensor((2**40, 2**40))}, 8, None),
    "a shape that overflows to the right size": ({"a": tensor((2**63, 2**63, 2))}, 8, None),
    "a negative shape": ({"a": tensor((-2,))}, 8, None),
    "a shape of text": ({"a": tensor(("2",))}, 8, None),
    "one name twice": (TWICE, 16, None),
    "a header without end": (b"{}", 0, 2**63),
    "a header longer than the file": (b"{}", 0, 10**8),
    "a header of no text": (b"\xff\xfe", 0, None),
    "a header that nests": (b'{"__metadata__":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, 0, None),
    "a list": ([tensor()], 8, None),
}


@pytest.mark.parametrize("case", LYING_HEADERS)
def test_a_lying_header_is_refused(tmp_path, case):
    header, size, declared = LYING_HEADERS[case]
    path = header_file(tmp_path / "a.safetensors", header, bytes(size), declared)
    assert "not a safetensors file" in refusal(path)


def test_numbers_of_four_bits_and_a_hundred_axes_are_refused(tmp_path):
    path = header_file(tmp_path / "a.safetensors", {"a": tensor((8,), (0, 4), "F4")}, bytes(4))
    assert "float4" in refusal(path).lower()
    header_file(path, {"a\n" * 3000: tensor((1,) * 100 + (2,))}, bytes(8))
    assert "has 101 axes" in refusal(path)
    assert len(refusal(path)) < 2000


def repacked(path, compression, repeat=1):
    """Write a zip of a state_dict anew: compressed, or with its members listed several times."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.filelist *= repeat  # the directory that is written at the end


@pytest.mark.parametrize("compression,repeat", [(zipfile.ZIP_DEFLATED, 1), (zipfile.ZIP_STORED, 3)])
def test_a_state_dict_that_unpacks_to_more_than_it_holds_is_refused(tmp_path, compression, repeat):
    path = tmp_path / "weights.pth"
    torch.save({"weight": torch.zeros(1_000_000)}, path)
    repacked(path, compression, repeat)
    assert "damaged" in refusal(path)
    torch.save({"weight": torch.zeros(1_000_000)}, path)
    repacked(path, zipfile.ZIP_STORED)
    assert_same(readers.tensors(path), {"weight": torch.zeros(1_000_000)})


def test_many_names_of_one_storage_have_a_limit(tmp_path, monkeypatch):
    one = torch.zeros(1000)
    torch.save({str(number): one for number in range(10)}, tmp_path / "weights.pth")
    assert len(readers.tensors(tmp_path / "weights.pth")) == 10
    monkeypatch.setattr(readers, "LARGEST_BYTES", 39_999)
    assert "its tensors need more than" in refusal(tmp_path / "weights.pth")


def test_a_file_that_is_too_large_is_not_opened(tmp_path):
    path = tmp_path / "sparse.pb"
    with path.open("wb") as file:
        file.truncate(readers.LARGEST_FILE + 1)
    assert "larger than 4 GiB" in refusal(path)


def pickled_state(path, body):
    """Write the pickle of a state_dict in PyTorch's zip."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", body)
        archive.writestr("archive/version", "3\n")


# In a process of its own: without a guard the interpreter runs out of stack and ends.
REFUSALS = """
import sys
from pathlib import Path
from tests.reference.weight_files import refusal
print(*(refusal(Path(path)) for path in sys.argv[1:]), sep="\\n")
"""


def test_tuples_inside_each_other_do_not_end_the_process(tmp_path):
    paths = [tmp_path / "few.pth", tmp_path / "many.pth", tmp_path / "many.pt"]
    for path, depth in zip(paths, (20_000, 3_000_000, 3_000_000), strict=True):
        body = b"\x80\x02})" + b"\x85" * depth + b"K\x01s."  # {(((...),),): 1}
        if path.suffix == ".pth":
            pickled_state(path, body)
        else:
            path.write_bytes(legacy_start() + body)
    result = subprocess.run([sys.executable, "-c", REFUSALS, *paths], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr[-500:]
    few, *many = result.stdout.splitlines()
    assert "the entry of type tuple (int) is not a plain tensor" in few
    assert all("refused" in line for line in many)


def legacy_start():
    """Return what a file of PyTorch's older format holds before the state_dict."""
    buffer = io.BytesIO()
    torch.save({}, buffer, _use_new_zipfile_serialization=False)
    content = buffer.getvalue()
    return content[: content.index(b"\x80\x02}q")]


@pytest.mark.parametrize("size", [2**28, 2**34, 2**46])
def test_a_storage_that_says_it_is_larger_is_refused(tmp_path, size):
    path = tmp_path / "weights.pt"
    torch.save({"weight": torch.zeros(7)}, path, _use_new_zipfile_serialization=False)
    content = path.read_bytes()
    assert content.count(b"K\x07") == 2
    path.write_bytes(content.replace(b"K\x07", b"\x8a\x06" + size.to_bytes(6, "little")))
    assert "damaged" in refusal(path)


def test_an_old_archive_is_not_unpacked_to_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    path = tmp_path / "weights.pt"
    with tarfile.open(path, "w") as archive:
        for name in ("storages", "tensors", "pickle", "../outside"):
            member = tarfile.TarInfo(name)
            member.size = 100
            archive.addfile(member, io.BytesIO(bytes(100)))
    assert "damaged" in refusal(path)
    assert {item.name for item in tmp_path.rglob("*")} == {"temporary", "weights.pt"}


with warnings.catch_warnings(action="ignore"):  # PyTorch warns of all of these
    QUANTIZED = torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)
    SPARSE_ROWS = torch.eye(3).to_sparse_csr()
    NESTED_TENSOR = torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])


@pytest.mark.parametrize(
    "value",
    [
        QUANTIZED,
        SPARSE_ROWS,
        torch.ones(2, dtype=torch.uint32),
        NESTED_TENSOR,
    ],
    ids=["quantized", "sparse rows", "unsigned", "nested"],
)
def test_other_kinds_of_tensors_are_refused(tmp_path, value):
    torch.save({"weight": value}, tmp_path / "weights.pth")
    assert "is not a plain tensor" in refusal(tmp_path / "weights.pth")


def test_a_pipe_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe.pb")
    assert "no such file" in refusal(tmp_path / "pipe.pb")


def test_values_that_are_not_finite_are_no_network():
    architecture = build("planted")
    weights = {}
    for node in architecture.nodes:
        if node.has_weights:
            inputs = architecture.by_name[node.inputs[0]].channels
            kernel = (node.window.kernel,) * 2
            weights[node.name] = torch.zeros(node.channels, inputs, *kernel), torch.zeros(node.channels)
    first = next(iter(weights))
    cut("hostile", architecture, weights)
    for value in (torch.nan, torch.inf, -torch.inf):
        weights[first][1][0] = value
        with pytest.raises(HighlowError, match="not finite"):
            cut("hostile", architecture, weights)
