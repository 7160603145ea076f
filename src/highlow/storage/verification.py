"""Whether a folder of results is what the pipeline wrote: every file against its checksum, inputs against what is here.

Four kinds of files hold checksums: HDF5 its own; JSON its own, and under `files` those of files beside it; training
states their own. Everything else is in the `files` of some JSON.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import h5py

from highlow.runs.errors import HighlowError
from highlow.runs.progress import progress
from highlow.storage import checksums
from highlow.storage.atomic_files import is_temporary

DAMAGED, MISSING, STALE, FOREIGN, UNFINISHED = WORDS = ("damaged", "missing", "stale", "foreign", "unfinished")
NOT_CHECKED_FOLDERS = ("logs", "benchmarks")
STATE_FOLDER = "state"  # of a training run that is not finished
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"  # where a file without a user block begins
CHUNK = 1 << 20


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong with a file.

    Attributes
    ----------
    file : str
        Relative to the results, with forward slashes.
    word : str
        One of `WORDS`.
    detail : str
        Why.
    """

    file: str
    word: str
    detail: str

    def __str__(self) -> str:
        name = self.file if self.file.isprintable() else ascii(self.file)
        return f"{self.word:<10} {name}: {self.detail}"


@dataclass
class _Contents:
    """What a walk through the results gathered, by name of file.

    Attributes
    ----------
    hashes : dict
        SHA-256 of every file.
    covered : dict
        For every file that a manifest names: the manifest and the hash that it states.
    inputs : dict
        Hashes of what a file was made from, by role.
    whole : set
        Files that hold a checksum of their own, and match it.
    findings : dict
        What is wrong with a file by itself.
    """

    hashes: dict[str, str] = field(default_factory=dict)
    covered: dict[str, tuple[str, str]] = field(default_factory=dict)
    inputs: dict[str, Mapping[str, str]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    findings: dict[str, Finding] = field(default_factory=dict)


def verify(folder: str | os.PathLike[str]) -> tuple[int, list[Finding]]:
    """Return how many files were checked, and what is wrong, in order of the files.

    Raises
    ------
    HighlowError
        If there is no such folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise HighlowError(f"{root}: no such folder; name the folder of results, e.g. results")
    names = sorted(file_names(root))
    contents = _Contents()
    for name in progress(names, "verify", "file"):
        try:
            _look_at(root, name, contents)
        except OSError as error:
            contents.findings[name] = Finding(name, DAMAGED, f"cannot be read ({error.strerror or error})")
    found = contents.findings | _compared(contents)
    return len(names), sorted((_stale(contents) | found).values())


def file_names(root: Path) -> Iterator[str]:
    """Yield the names of the files that are checked, relative to `root`.

    Left out are logs and benchmarks, which differ from run to run, the README of the folder, and Snakemake's own files.
    Links to folders are followed, each folder once.
    """
    visited = set()
    for current, folders, files in os.walk(root, followlinks=True):
        folders[:] = [name for name in folders if name not in NOT_CHECKED_FOLDERS and not name.startswith(".snakemake")]
        real = os.path.realpath(current)
        if real in visited:
            folders.clear()
            continue
        visited.add(real)
        for name in files:
            path = (Path(current) / name).relative_to(root).as_posix()
            if not name.startswith(".snakemake") and path != "README.md":
                yield path


def _look_at(root: Path, name: str, contents: _Contents) -> None:
    """Add what a file says of itself and of others."""
    path, base = root / name, PurePosixPath(name).name
    if is_temporary(base):
        contents.findings[name] = Finding(name, UNFINISHED, "of a job that was interrupted, or still runs")
        return
    if path.exists() and not path.is_file():  # a pipe would never end
        contents.findings[name] = Finding(name, FOREIGN, "no regular file")
        return
    whole, behind, start = _digests(path)
    contents.hashes[name] = whole
    if base.endswith(".h5"):
        _look_at_hdf5(path, name, start, behind, contents)
    elif base.endswith(".json"):
        _look_at_json(path, name, contents)
    elif base.endswith(".safetensors") and path.parent.name == STATE_FOLDER:
        from highlow.storage import tensor_file  # PyTorch is imported only where a training was interrupted

        _mark(name, tensor_file.is_whole(path.read_bytes()), False, contents)


def _look_at_hdf5(path: Path, name: str, start: bytes, behind: str, contents: _Contents) -> None:
    whole = start == checksums.user_block(behind)
    _mark(name, whole, start.startswith(HDF5_SIGNATURE), contents)
    if whole:
        with h5py.File(path, "r") as file:
            contents.inputs[name] = json.loads(file.attrs["provenance"]).get("inputs", {})


def _look_at_json(path: Path, name: str, contents: _Contents) -> None:
    content = path.read_bytes()
    try:
        found = checksums.parsed_json(content)
    except ValueError:
        # No change of one place makes a file of ours that still is JSON lose both words.
        ours = not _is_json(content) or any(f'"{key}"'.encode() in content for key in (checksums.KEY, "versions"))
        _mark(name, False, not ours, contents)
        return
    _mark(name, True, False, contents)
    contents.inputs[name] = found.get("provenance", found).get("inputs", {})
    for file, digest in found.get("files", {}).items():
        contents.covered[(PurePosixPath(name).parent / file).as_posix()] = name, digest


def _mark(name: str, whole: bool, foreign: bool, contents: _Contents) -> None:
    """Say whether a file that holds its own checksum is as it was written."""
    if whole:
        contents.whole.add(name)
    elif foreign:
        contents.findings[name] = Finding(name, FOREIGN, "no checksum; this pipeline did not write it")
    else:
        contents.findings[name] = Finding(name, DAMAGED, "does not match its checksum")


def _compared(contents: _Contents) -> dict[str, Finding]:
    """Return what differs from a manifest, is missing from it, or is not in any."""
    findings = {}
    for name, (manifest, digest) in contents.covered.items():
        beside = PurePosixPath(manifest).name
        if name not in contents.hashes:
            findings[name] = Finding(name, MISSING, f"{beside} names it")
        elif contents.hashes[name] != digest:
            findings[name] = Finding(name, DAMAGED, f"does not match its checksum in {beside}")
    # What a damaged manifest covered is not known.
    unclear = {
        PurePosixPath(name).parent
        for name, finding in contents.findings.items()
        if name.endswith(".json") and finding.word == DAMAGED
    }
    for name in contents.hashes:
        alone = name not in contents.covered and name not in contents.whole and name not in contents.findings
        if alone and unclear.isdisjoint(PurePosixPath(name).parents):
            findings[name] = Finding(name, FOREIGN, "no checksum covers it")
    return findings


def _stale(contents: _Contents) -> dict[str, Finding]:
    """Return the files that were made from something that is not here any more."""
    present = set(contents.hashes.values()) | {digest for _, digest in contents.covered.values()}
    findings = {}
    for name, inputs in contents.inputs.items():
        gone = [role for role, digest in sorted(inputs.items()) if digest not in present]
        if gone:
            findings[name] = Finding(name, STALE, f"made from another {', '.join(gone)} than there is here")
    return findings


def _digests(path: Path) -> tuple[str, str, bytes]:
    """Return the SHA-256 of a file, that of all behind the user block of HDF5, and the bytes of that block."""
    with path.open("rb") as file:
        start = file.read(checksums.USER_BLOCK)
        whole, behind = hashlib.sha256(start), hashlib.sha256()
        while chunk := file.read(CHUNK):
            whole.update(chunk)
            behind.update(chunk)
    return whole.hexdigest(), behind.hexdigest(), start


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (ValueError, RecursionError):
        return False
    return True


def summary(folder: str, count: int, findings: Sequence[Finding]) -> str:
    """Return the outcome as one line; raise HighlowError with it if anything is wrong."""
    counts: Mapping[str, Any] = {word: sum(item.word == word for item in findings) for word in WORDS}
    told = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    if told:
        raise HighlowError(f"{folder}: {told}; {count} files checked")
    return f"{folder}: {count} files are as they were written (logs and benchmarks are not checked)"
