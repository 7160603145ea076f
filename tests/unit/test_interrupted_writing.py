"""Writing that fails or is interrupted: one clear error, nothing half written, no process left."""

import errno
import os
import signal
import subprocess
import sys
from io import FileIO
from pathlib import Path

import numpy as np
import pytest

from highlow.runs import command_line
from highlow.storage import atomic_files, hdf5_files
from tests.workflow.faults import members, until

SPACE = 6000  # bytes
READER = """
import sys
from highlow.pictures.image_reader import read_all
files = read_all(".", [f"{index}.png" for index in range(100)], processes=2)
next(files)
print("reading", flush=True)
sys.stdin.read()
"""


class FullDisk(FileIO):
    """A file on a disk with little room, where a write may stop half way."""

    def write(self, data):
        room = SPACE - self.tell()
        if room <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data[: max(1, min(room, len(data) // 2))])


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("size", [100, 2000])
def test_a_full_disk_is_one_error_with_the_files_name(tmp_path, monkeypatch, capfd, size, compress):
    monkeypatch.setattr("highlow.storage.deferred_errors.FileIO", FullDisk)
    path = tmp_path / "x.h5"
    values = np.random.default_rng(0).random(size)
    with pytest.raises(OSError) as caught, hdf5_files.create(path, {}) as file:
        for index in range(40):
            hdf5_files.write_array(file, f"a{index}", values, compress=compress)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(path))
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().err == ""


def test_what_fits_is_written_whole_though_every_write_stops_half_way(tmp_path, monkeypatch):
    monkeypatch.setattr("highlow.storage.deferred_errors.FileIO", FullDisk)
    monkeypatch.setattr(sys.modules[__name__], "SPACE", 100_000)
    values = np.arange(50.0)
    for name in ("a", "b"):
        with hdf5_files.create(tmp_path / name, {}) as file:
            hdf5_files.write_array(file, "values", values)
        monkeypatch.undo()
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    with hdf5_files.opened(tmp_path / "a") as file:
        assert (file["values"][...] == values).all()


def test_a_full_disk_names_the_file_and_not_the_temporary_one(tmp_path):
    with (
        pytest.raises(OSError) as caught,
        atomic_files.atomic_path(tmp_path / "x.tsv"),
        Path("/dev/full").open("w") as file,
    ):
        file.write("1\n" * 10_000)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(tmp_path / "x.tsv"))


def test_an_error_of_the_block_itself_is_not_replaced(tmp_path):
    with pytest.raises(ZeroDivisionError), hdf5_files.create(tmp_path / "x.h5", {}):
        1 / 0  # noqa: B018
    assert list(tmp_path.iterdir()) == []


def test_sigterm_ends_a_script_as_ctrl_c_and_leaves_nothing(tmp_path, capsys):
    def program(options):
        with hdf5_files.create(tmp_path / "x.h5", {}):
            os.kill(os.getpid(), signal.SIGTERM)
        return "made"

    before = signal.getsignal(signal.SIGTERM)
    assert command_line.run(program, command_line.parser("Test.", "test"), []) == 130
    assert capsys.readouterr().err.startswith("error: interrupted; no half-written result was kept")
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_interruption_while_libraries_load_is_one_line():
    program = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    program += "from highlow.runs import command_line; signal.raise_signal(signal.SIGINT)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert done.stderr == command_line.INTERRUPTED + "\n"


def test_a_log_that_cannot_be_written_changes_nothing(tmp_path, capsys):
    (tmp_path / "file").touch()
    options = ["--log", str(tmp_path / "file/log")]
    assert command_line.run(lambda chosen: "made", command_line.parser("Test.", "test"), options) == 0
    assert capsys.readouterr().err == "made\n"


def test_processes_that_read_images_end_with_a_killed_parent(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", READER],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        assert process.stdout.readline() == b"reading\n"
        assert len(members(process.pid)) == 3
        process.kill()
    assert until(lambda: not members(process.pid))
