"""What HDF5 files must hold before anything relies on them."""

import h5py
import numpy as np
import pytest

from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_files
from highlow.storage.hdf5_fields import INTEGERS, Fields


@pytest.fixture
def file(tmp_path):
    with hdf5_files.create(tmp_path / "other.h5", {}) as other:
        other["x"] = np.arange(3.0)
    with hdf5_files.create(tmp_path / "a.h5", {}) as made:
        made["x"] = np.arange(3.0)
        made["y"] = np.zeros((3, 2))
        made["short"] = np.arange(2.0)
        made["whole"] = np.arange(3)
        made["text"] = "text"
        made["outside"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "/x")
        made["soft"] = h5py.SoftLink("/x")
        made["circle"] = h5py.SoftLink("/circle")
        made.create_dataset("huge", (2**40,), "f4", chunks=(1024,))
        layout = h5py.VirtualLayout((3,), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "x", (3,))
        made.create_virtual_dataset("virtual", layout)
        made.create_dataset("raw", (3,), "f8", external=[(str(tmp_path / "other.h5"), 0, 24)])
        wide = h5py.h5t.IEEE_F64LE.copy()  # an exponent for which numpy has no float
        wide.set_fields(63, 40, 23, 0, 40)
        h5py.h5d.create(made.id, b"wide", wide, h5py.h5s.create_simple((3,)))
        made.create_group("group")
        made.attrs["word"], made.attrs["number"], made.attrs["words"] = "a", 1.5, ["a", "b"]
    with hdf5_files.opened(tmp_path / "a.h5") as opened:
        yield Fields(opened)


def test_what_is_as_it_should_be_is_returned(file):
    np.testing.assert_array_equal(file.array("x", ["n"]), [0, 1, 2])
    assert file.array("y", ("n", 2)).shape == (3, 2)
    assert file.array("whole", ["n"], INTEGERS).dtype.kind == "i"
    assert (file.text("word"), file.number("number"), file.names("words")) == ("a", 1.5, ("a", "b"))
    assert file.fields("group").groups() == {}


@pytest.mark.parametrize(
    "name",
    ["none", "whole", "text", "outside", "soft", "circle", "huge", "virtual", "raw", "group", "short", "y", "wide"],
)
def test_anything_else_is_named(file, name):
    file.array("x", ["n"])
    with pytest.raises(HighlowError, match=rf"a\.h5: /{name} is not what this file should hold; delete it"):
        file.array(name, ["n"])


@pytest.mark.parametrize(
    "get", [Fields.text, Fields.integer, Fields.flag, Fields.integers, Fields.names, Fields.fields, Fields.dataset_axes]
)
@pytest.mark.parametrize("name", ["number", "none"])
def test_attributes_of_another_kind_are_named(file, get, name):
    with pytest.raises(HighlowError, match=rf"/{name} is not what"):
        get(file, name)
