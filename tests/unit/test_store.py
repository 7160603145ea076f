import json

import h5py
import numpy as np
import pandas as pd
import pytest

from highlow.runs.errors import HighlowError
from highlow.storage import atomic_files, checksums, hdf5_files, provenance, table_files


def test_a_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), atomic_files.atomic_path(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["table.tsv"]


@pytest.mark.parametrize("userblock", [0, 512])
def test_an_hdf5_file_of_others_or_one_that_was_not_finished_is_refused(tmp_path, userblock):
    with h5py.File(tmp_path / "a.h5", "w", userblock_size=userblock) as file:
        file["x"] = 1
    with pytest.raises(HighlowError, match=r"a\.h5: does not match its checksum"), hdf5_files.opened(tmp_path / "a.h5"):
        pass


def test_other_programs_read_what_is_written(tmp_path):
    with hdf5_files.create(tmp_path / "a.h5", {"seed": 3}) as file:
        file["x"] = [1, 2]
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["x"][...].tolist() == [1, 2]
        assert json.loads(file.attrs["provenance"]) == {"seed": 3}


def test_what_is_no_hdf5_is_named(tmp_path):
    (tmp_path / "a.h5").write_bytes(b"nonsense")
    with (
        pytest.raises(HighlowError, match=r"a\.h5: does not match its checksum: damaged"),
        hdf5_files.opened(tmp_path / "a.h5"),
    ):
        pass
    with pytest.raises(HighlowError, match="no such file"), hdf5_files.opened(tmp_path / "b.h5"):
        pass
    with pytest.raises(HighlowError, match="a folder, not a file"), hdf5_files.opened(tmp_path):
        pass


def test_a_missing_dataset_is_named(tmp_path):
    with hdf5_files.create(tmp_path / "a.h5", {}) as file:
        file["x"] = 1
    with pytest.raises(HighlowError, match=r"a\.h5: unreadable"), hdf5_files.opened(tmp_path / "a.h5") as file:
        file["y"][...]


def test_tables_round_trip_with_provenance_beside(tmp_path):
    table = pd.DataFrame({"unit": [1, 2], "score": [0.125, np.nan]})
    (tmp_path / "input").write_text("x")
    table_files.write(tmp_path / "t.tsv", table, provenance.made_from(inputs={"input": tmp_path / "input"}, seed=3))
    pd.testing.assert_frame_equal(table_files.read(tmp_path / "t.tsv"), table)
    text = (tmp_path / "t.provenance.json").read_text()
    assert checksums.sha256(tmp_path / "input") in text
    assert str(tmp_path) not in text


def sealed_table(path, text):
    """Write any text as a table, with its true checksum beside it."""
    path.write_text(text)
    checksums.write_json(table_files.provenance_path(path), {"files": checksums.hashed(path.parent, [path.name])})


@pytest.mark.parametrize(
    "text,message",
    [
        ("unit,score\n1,2\n", "no column 'unit'"),
        ("unit\tscore\n1\thigh\n", "column 'score' holds something that is no number"),
        ("unit\tscore\n", "no rows"),
    ],
)
def test_wrong_tables_are_named(tmp_path, text, message):
    sealed_table(tmp_path / "t.tsv", text)
    with pytest.raises(HighlowError, match=message):
        table_files.read(tmp_path / "t.tsv", ("unit", "score"))


def test_numbers_that_are_not_finite_become_null(tmp_path):
    checksums.write_json(tmp_path / "a.json", {"a": [float("nan"), 1.5], "b": np.float64("inf")})
    assert checksums.read_json(tmp_path / "a.json") == {"a": [None, 1.5], "b": None}
    assert set(json.loads((tmp_path / "a.json").read_text())) == {"a", "b", "checksum"}


def test_unreadable_tables_are_named(tmp_path):
    sealed_table(tmp_path / "t.tsv", "")
    with pytest.raises(HighlowError, match="not a readable table"):
        table_files.read(tmp_path / "t.tsv")
    with pytest.raises(HighlowError, match="no such file"):
        table_files.read(tmp_path / "u.tsv")
