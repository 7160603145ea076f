"""What the system cannot read is said as the system's: nobody is told to delete or replace a file that may be whole."""

import errno
import fcntl
import os
import resource
import subprocess
import sys
import zipfile

import h5py
import numpy as np
import pytest

from highlow.networks import download
from highlow.networks.readers import zipped_graph
from highlow.runs.errors import HighlowError, os_error_line
from highlow.storage import checksums, hdf5_fields, hdf5_files, table_files, tensor_file, verification
from tests.conftest import HANG

# Holds the lock that HDF5 asks for until its input ends.
HOLDER = "import fcntl, sys; file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_EX); print(flush=True); input()"
READER = (
    "import sys; from highlow.storage import hdf5_files\nwith hdf5_files.opened(sys.argv[1]) as file: file['x'][...]"
)
OF_SYSTEM = (errno.EIO, errno.EACCES, errno.EMFILE, errno.ENOMEM, errno.ESTALE, errno.ETIMEDOUT)


@pytest.fixture
def path(tmp_path):
    with hdf5_files.create(tmp_path / "results/a.h5", {"inputs": {}}) as file:
        hdf5_files.write_array(file, "x", np.arange(600.0), compress=True)
    return tmp_path / "results/a.h5"


def h5pys(number, what="unable to open file"):
    """Return an error as h5py raises it: with the system's number, without a file."""
    return OSError(number, f"Unable to synchronously open file ({what}, errno = {number})")


@pytest.fixture
def locked(path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    holder.stdout.readline()
    yield path
    holder.communicate("\n")


def test_no_lock_is_needed_and_a_user_who_asks_for_one_is_told(locked):
    variables = {key: value for key, value in os.environ.items() if key != hdf5_files.LOCKING}
    for value in (None, "FALSE", "TRUE"):
        done = subprocess.run(
            [sys.executable, "-c", READER, str(locked)],
            env=variables | ({hdf5_files.LOCKING: value} if value else {}),
            capture_output=True,
            text=True,
            timeout=HANG,
        )
        if value == "TRUE":
            last = done.stderr.splitlines()[-1]
            assert "a.h5: HDF5_USE_FILE_LOCKING=TRUE asks HDF5 for a lock, and it gets none here" in last
            assert "unset that variable" in last and "delete" not in last
        else:
            assert done.returncode == 0, done.stderr
    assert verification.verify(locked.parent).findings == []


@pytest.mark.parametrize("number", OF_SYSTEM)
def test_an_error_of_the_system_is_said_as_such(path, number, monkeypatch):
    def fails(*words, **options):
        raise h5pys(number)

    monkeypatch.setattr(h5py, "File", fails)
    with pytest.raises(OSError) as caught, hdf5_files.opened(path):
        pass
    line = os_error_line(caught.value)
    assert line.startswith(f"{path}: {os.strerror(number)}; ") and "delete" not in line
    (finding,) = verification.verify(path.parent).findings
    assert finding.detail == f"cannot be read ({os.strerror(number)})"


def test_a_disk_that_fails_while_an_array_is_read_is_no_damage(path, monkeypatch):
    def fails(self, *words):
        raise h5pys(errno.EIO, "file read failed")

    with hdf5_fields.opened(path) as fields, monkeypatch.context() as patched:
        patched.setattr(h5py.Dataset, "__getitem__", fails)
        with pytest.raises(OSError, match="Input/output error") as caught:
            fields.array("x", ("n",))
    assert caught.value.filename == str(path)


def test_a_full_disk_is_not_blamed_on_the_file_that_is_read(path):
    with pytest.raises(OSError) as caught, hdf5_files.opened(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "output.h5")
    assert os_error_line(caught.value).startswith("output.h5: No space left")


def test_what_is_whole_and_cannot_be_opened_is_not_to_be_deleted(path):
    with path.open("r+b") as file:
        file.seek(checksums.USER_BLOCK)
        file.write(bytes(200))
    checksums.seal(path)
    with pytest.raises(HighlowError, match="as it was written by its checksum, and yet HDF5") as caught:
        hdf5_files.opened(path).__enter__()
    assert "delete" not in str(caught.value)
    with pytest.raises(HighlowError, match=r"unreadable .*; replace it"), hdf5_files.opened(path, foreign=True):
        pass


def readers(folder):
    """Return functions that read a file of each kind."""
    checksums.write_json(folder / "a.json", {})
    (folder / "t.tsv").write_text("unit\n1\n")
    table_files.write_provenance(folder / "t.tsv", {})
    with hdf5_files.create(folder / "a.h5", {}) as file:
        file["x"] = 1
    (folder / "a.safetensors").write_bytes(b"")
    return {
        "a.json": checksums.read_json,
        "t.tsv": table_files.read,
        "a.h5": lambda path: hdf5_files.opened(path).__enter__(),
        "a.safetensors": tensor_file.load,
    }


def test_too_many_open_files_are_said_by_every_reader(tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    for name, read in readers(tmp_path).items():
        with pytest.raises(OSError) as caught:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
                read(tmp_path / name)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert "too many files are open: raise the limit (ulimit -n)" in os_error_line(caught.value)


def test_a_zip_on_a_failing_disk_is_not_damaged(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.pb", "x")

    def fails(*words):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(zipfile.ZipExtFile, "read", fails)
    with pytest.raises(OSError, match="Input/output error"):
        list(zipped_graph.read(tmp_path / "a.zip"))


@pytest.mark.parametrize("number", [*download.WITHOUT_LOCKS, errno.EIO])
def test_a_cache_without_locks_takes_downloads_all_the_same(tmp_path, monkeypatch, number):
    def fails(*words):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", fails)
    entered = []
    try:
        with download._locked(tmp_path / "lock"):
            entered.append(True)
    except OSError as error:
        assert error.errno == errno.EIO
    assert entered == ([] if number == errno.EIO else [True])
