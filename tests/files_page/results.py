"""Inputs of every row on results."""

import errno
import fcntl
import os
from pathlib import Path

import h5py

from highlow.runs.errors import HighlowError, os_error_line
from highlow.storage import checksums, hdf5_files, table_files, verification
from tests.files_page import Section
from tests.reference import small_results

FOUND, FIGURE, WEIGHTS = "n/tables/found", "n/figures/fig01", "n/weights.h5"
LEAF = "n/scorecard"  # a table that nothing is made from


def verified(folder, _):
    """Return what `highlow verify` calls all that it names, and what it says of the first."""
    findings = verification.verify(folder / "results").findings
    words = {finding.word for finding in findings}
    assert len(words) <= 1, findings
    return (*words, f"{findings[0].file}: {findings[0].detail}") if findings else ("left out", "")


def harmed(*names, harm):
    """Return a builder of results of which some files are harmed."""

    def build(folder, monkeypatch):
        small_results.made(folder / "results")
        for name in names:
            harm(folder / "results" / name)

    return build


def flip(path):
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def write(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")


def link(path):
    path.unlink()
    path.symlink_to("nowhere")


def make_anew(path):
    with hdf5_files.create(path, {"inputs": {}}) as file:
        file["other"] = 1


def refused(name, function):
    """Return a builder of results of which a user may not open or list something; root may, so it is pretended."""

    def build(folder, monkeypatch):
        path = small_results.made(folder / "results") / name
        real = getattr(*function)

        def refuse(given, *words, **options):
            if Path(given) == path:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return real(given, *words, **options)

        monkeypatch.setattr(*function, refuse)
        return path

    return build


VERIFIED = {
    "whole results": harmed(harm=flip),
    "a flipped bit": harmed(f"{FOUND}.tsv", harm=flip),
    "a flipped bit in HDF5 from which nothing was made": harmed("n/factors/c_to_d.h5", harm=flip),
    "a file that was cut": harmed(f"{FIGURE}.svg", harm=cut),
    "a file that may not be read": refused(f"{FOUND}.tsv", (Path, "open")),
    "a folder that may not be listed: once": refused("n/pictures", (os, "scandir")),
    "a link that leads nowhere": harmed(f"{FOUND}.tsv", harm=link),
    "a table, a part of a figure or a picture that was deleted": harmed(
        f"{FOUND}.tsv", f"{FIGURE}.svg", "n/pictures/layer/layer_3.png", harm=Path.unlink
    ),
    "the JSON beside a figure or pictures that was deleted": harmed(
        f"{FIGURE}.json", "n/pictures/layer/manifest.json", harm=Path.unlink
    ),
    "the JSON beside a table that was deleted, where something was made from the table": harmed(
        f"{FOUND}.provenance.json", harm=Path.unlink
    ),
    "the same where nothing was: the table": harmed(f"{LEAF}.provenance.json", harm=Path.unlink),
    "HDF5 that was deleted: what was made from it directly": harmed(WEIGHTS, harm=Path.unlink),
    "HDF5 that was made anew: the same": harmed(WEIGHTS, harm=make_anew),
    "a file that the pipeline did not write": harmed("n/notes.txt", harm=write),
    "a pipe": harmed("n/pipe", harm=os.mkfifo),
    "a temporary file of a job": harmed("n/.a.tsv.0123456789ab-12-7-abcdefgh.tsv", harm=write),
    "hidden files, and others of systems and editors: `Thumbs.db`, `desktop.ini`, `__MACOSX`, `lost+found`, `a.tsv~`": (
        harmed(*(f"n/tables/{name}" for name in small_results.LEFT_BY_OTHERS), harm=write)
    ),
    "logs, benchmarks, the README of the results": harmed("n/logs/a", "n/benchmarks/a.tsv", "README.md", harm=write),
}


def read(folder, path):
    """Return what becomes of a result that a job reads."""
    path = path or folder / f"results/{FOUND}.tsv"
    try:
        if path.suffix == ".h5":
            with hdf5_files.opened(path):
                pass
        else:
            (checksums.read_json if path.suffix == ".json" else table_files.read)(path)
    except HighlowError as error:
        return "error", str(error)
    except OSError as error:
        return "error", os_error_line(error)
    return "used", ""


def one(name, harm=lambda path: None):
    """Return a builder of results of which one file is harmed, and read."""

    def build(folder, monkeypatch):
        harmed(name, harm=harm)(folder, monkeypatch)
        return folder / "results" / name

    return build


def closed(number, what):
    """Return a builder of HDF5 that the system does not open; h5py says so with the system's number."""

    def build(folder, monkeypatch):
        path = small_results.made(folder / "results") / WEIGHTS

        def fail(*words, **options):
            raise OSError(number, f"Unable to synchronously open file ({what})")

        monkeypatch.setattr(h5py, "File", fail)
        monkeypatch.setenv(hdf5_files.LOCKING, "TRUE")
        return path

    return build


def locked(folder, monkeypatch):
    path = one(WEIGHTS)(folder, monkeypatch)
    # HDF5 asks for a lock that excludes this one. The descriptor stays open: closing it ends the lock.
    fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX)
    return path


def without_json(folder, monkeypatch):
    harmed(f"{FOUND}.provenance.json", harm=Path.unlink)(folder, monkeypatch)


READ = {
    "what the pipeline wrote": one(WEIGHTS),
    "HDF5, JSON or a table that has changed or was cut": one(WEIGHTS, cut),
    "a table without the JSON beside it": without_json,
    "a file that is not there": one(WEIGHTS, Path.unlink),
    "a file that may not be read: it may be whole": refused(f"{FOUND}.tsv", (Path, "open")),
    "a disk that fails": closed(errno.EIO, "file read failed"),
    "HDF5 that cannot be locked": locked,
    "the same where `HDF5_USE_FILE_LOCKING` asks for locks": closed(errno.ENOLCK, "unable to lock file"),
}

SECTIONS = {"What verify calls it": Section(VERIFIED, verified), "What a job reads": Section(READ, read)}
