"""HDF5 files of arrays that somebody else made."""

import random

import h5py
import numpy as np
import pytest
import torch

from highlow.networks import readers
from highlow.runs.errors import HighlowError
from tests.reference import weight_files
from tests.reference.weight_files import assert_same, refusal


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.h5"


def test_arrays_keep_their_names_axes_and_numbers(path):
    tensors = {"conv2d0_w": torch.randn(4, 3, 5, 2), "conv2d0_b": torch.tensor([torch.inf, torch.nan, 1.0, -0.0])}
    weight_files.write_hdf5(path, tensors)
    found = readers.tensors(path)
    assert torch.equal(found["conv2d0_b"].isnan(), tensors["conv2d0_b"].isnan())
    assert_same({"conv2d0_w": found["conv2d0_w"]}, {"conv2d0_w": tensors["conv2d0_w"]})


@pytest.mark.parametrize("kind", ["<f2", ">f4", "<f8", ">f8"])
def test_other_floats_become_float32(path, kind):
    numbers = np.array([[0.5, -1.25, 3.0]], dtype=kind)
    with h5py.File(path, "w") as file:
        file["w"] = numbers
    assert_same(readers.tensors(path), {"w": torch.tensor([[0.5, -1.25, 3.0]])})


OTHERS = {
    "group": lambda file: file.create_group("x"),
    "nested": lambda file: file.create_dataset("x/y", data=[1.0]),
    "integers": lambda file: file.create_dataset("x", data=[1, 2]),
    "text": lambda file: file.create_dataset("x", data="text"),
    "number": lambda file: file.create_dataset("x", data=1.5),
    "nothing": lambda file: file.create_dataset("x", data=h5py.Empty("f4")),
    "long": lambda file: file.create_dataset("x", data=np.ones(2, np.longdouble)),
    "huge": lambda file: file.create_dataset("x", (2**40,), "f4", chunks=(1024,)),
    "outside": lambda file: file.__setitem__("x", h5py.ExternalLink("/etc/passwd", "/x")),
    "soft": lambda file: file.__setitem__("x", h5py.SoftLink("/w")),
    "raw": lambda file: file.create_dataset("x", (3,), "f8", external=[("/etc/passwd", 0, 24)]),
    "itself": lambda file: file.__setitem__("x", file["/"]),
}


@pytest.mark.parametrize("other", OTHERS)
def test_anything_but_an_array_of_floats_is_refused(path, other):
    weight_files.write_hdf5(path, {"w": torch.ones(2)})
    with h5py.File(path, "a") as file:
        OTHERS[other](file)
    assert refusal(path) == f"{path}: /x is not what this file should hold; replace it"


@pytest.mark.parametrize("content", [b"", b"<html>404</html>\n", b"\x89HDF\r\n\x1a\n" + bytes(300)])
def test_another_kind_of_file_is_refused(path, content):
    path.write_bytes(content)
    assert refusal(path).endswith("replace it")


def test_a_damaged_file_gives_an_error_or_tensors(path):
    weight_files.write_hdf5(path, {"w": torch.randn(3, 4), "b": torch.randn(3)})
    whole = path.read_bytes()
    errors = 0
    for case in range(100):
        generator = random.Random(case)
        damaged = bytearray(whole)
        if case % 2:
            del damaged[generator.randrange(len(whole)) :]
        for _ in range(generator.randint(0, 4)):
            damaged[generator.randrange(len(damaged))] ^= generator.randint(1, 255)
        path.write_bytes(damaged)
        try:
            readers.tensors(path)
        except HighlowError as error:
            errors += 1
            assert "\n" not in str(error)
            assert str(error).startswith(f"{path}: ")
    assert errors > 50


def test_files_together_have_every_tensor_once(tmp_path):
    tensors = {"a": torch.ones(2), "b": torch.zeros(3)}
    weight_files.write_hdf5_files(tmp_path, tensors)
    assert_same(readers.tensors_together([tmp_path / "a.h5", tmp_path / "b.h5"]), tensors)
    weight_files.write_hdf5(tmp_path / "c.h5", {"b": torch.ones(1)})
    with pytest.raises(HighlowError, match=r"c\.h5: the tensor 'b' is in another file too"):
        readers.tensors_together([tmp_path / "b.h5", tmp_path / "c.h5"])
