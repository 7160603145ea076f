"""Whether a folder of results is what the pipeline wrote: every file against its checksum, inputs against what is here.

Four kinds of files hold checksums: HDF5 its own; JSON its own, and under `files` those of files beside it; training
states their own. Everything else is in the `files` of some JSON.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from highlow.runs.errors import HighlowError
from highlow.runs.progress import progress
from highlow.storage import checksums, hdf5_files
from highlow.storage.atomic_files import is_temporary
from highlow.storage.result_names import Names, absolute, manifest_of, names_below, results_folder

DAMAGED, MISSING, STALE, FOREIGN, UNFINISHED = WORDS = ("damaged", "missing", "stale", "foreign", "unfinished")
STATE_FOLDER = "state"  # of a training run that is not finished
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"  # where a file without a user block begins
CHUNK = 1 << 20


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong with a file.

    Attributes
    ----------
    file : str
        Relative to what was verified, with forward slashes.
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


class Verified(NamedTuple):
    """What `verify` found.

    Attributes
    ----------
    checked : int
        How many files were checked.
    findings : list of Finding
        What is wrong, in order of the files.
    uncompared : int
        How many files were made from something that lies in no folder that was looked at: of a part of results that was
        copied elsewhere.
    """

    checked: int
    findings: list[Finding]
    uncompared: int


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
    closed : dict
        What is wrong with folders that cannot be listed.
    """

    hashes: dict[str, str] = field(default_factory=dict)
    covered: dict[str, tuple[str, str]] = field(default_factory=dict)
    inputs: dict[str, Mapping[str, str]] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    findings: dict[str, Finding] = field(default_factory=dict)
    closed: dict[str, Finding] = field(default_factory=dict)

    def present(self) -> set[str]:
        """Return the hashes of what is there, and of what a manifest says that there was: it is told as damaged."""
        return set(self.hashes.values()) | {digest for _, digest in self.covered.values()}

    def wanted(self) -> set[str]:
        """Return the hashes of inputs."""
        return {digest for inputs in self.inputs.values() for digest in inputs.values()}

    def shut(self, name: str) -> bool:
        """Return whether a file lies in a folder that cannot be listed."""
        return any(parent.as_posix() in self.closed for parent in PurePosixPath(name).parents)


def verify(path: str | Path) -> Verified:
    """Return how many files of a folder, or whether a single file, are as they were written, and what is not.

    Of a part of the results, inputs and manifests are looked for in the results folder that it lies in; what is wrong
    with these is not told.

    Raises
    ------
    HighlowError
        If there is no such folder.
    OSError
        If it cannot be looked at, or not be listed.
    """
    try:
        os.stat(path)  # noqa: PTH116 - unlike Path.exists it says where nobody may look, on every Python
    except (FileNotFoundError, NotADirectoryError):
        raise HighlowError(f"{path}: no such folder; name the folder of results, e.g. results") from None
    given = absolute(path)
    results = results_folder(given)
    base = results or (given if given.is_dir() else given.parent)
    name = "" if given == base else given.relative_to(base).as_posix()
    own = names_below(base, given) if given.is_dir() else Names([name])
    contents = _Contents()
    for file in progress(sorted(own.files), "verify", "file"):
        _look(base, file, contents)
    contents.closed = {folder: _closed(folder, error) for folder, error in own.closed.items()}
    if given != base:
        _look_beyond(base, own, contents, deep=results is not None)
    is_own = partial(_lies_in, name)
    stale = {file: finding for file, finding in _stale(contents).items() if is_own(file)}
    told = contents.findings | contents.closed | _compared(contents, is_own)
    findings = ({} if results is None else stale) | {file: finding for file, finding in told.items() if is_own(file)}
    start = len(name) - len(given.name) if given.is_file() else len(name) + bool(name)
    return Verified(
        len(own.files),
        sorted(Finding(file[start:], finding.word, finding.detail) for file, finding in findings.items()),
        len(stale.keys() - told.keys()) if results is None else 0,
    )


def _lies_in(name: str, file: str) -> bool:
    """Return whether a file is, or lies in, what has a name; everything lies in what has none."""
    return not name or file == name or file.startswith(f"{name}/")


def _closed(name: str, error: OSError) -> Finding:
    return Finding(name, DAMAGED, f"cannot be listed ({error.strerror or error})")


def file_names(root: Path) -> Iterator[str]:
    """Yield the names of the files that are checked, relative to `root`; see `names_below`."""
    yield from names_below(root, root).files


def _look(base: Path, name: str, contents: _Contents) -> None:
    """Add what a file says of itself and of others; that it cannot be read is a finding."""
    try:
        _look_at(base, name, contents)
    except OSError as error:
        contents.hashes.pop(name, None)
        contents.findings[name] = Finding(name, DAMAGED, f"cannot be read ({error.strerror or error})")


def _look_beyond(base: Path, own: Names, contents: _Contents, *, deep: bool) -> None:
    """Add what is known of own files in the results around them: manifests, and inputs until all are found.

    Of a single file that lies in no results only the folder that it lies in is looked at, not what is below (`deep`).
    """
    try:
        around = names_below(base, base, set(own.visited), deep=deep)
    except OSError as error:
        contents.closed["."] = _closed(".", error)
        return
    contents.closed |= {name: _closed(name, error) for name, error in around.closed.items()}
    own_files, wanted = set(own.files), contents.wanted()
    beyond = sorted(set(around.files) - own_files, key=lambda name: (not name.endswith(".json"), name))
    for name in beyond:
        # A manifest is small, and may name own files; of everything else only the hash counts.
        if name.endswith(".json"):
            _look(base, name, contents)
        elif wanted <= contents.present():
            return
        else:
            _hash(base, name, contents)


def _look_at(root: Path, name: str, contents: _Contents) -> None:
    """Add what a file says of itself and of others."""
    path, base = root / name, PurePosixPath(name).name
    if is_temporary(base):
        contents.findings[name] = Finding(name, UNFINISHED, "of a job that was interrupted, or still runs")
        return
    if path.exists() and not path.is_file():  # a pipe would never end
        contents.findings[name] = Finding(name, FOREIGN, "no regular file")
        return
    if base.endswith(".h5"):
        contents.hashes[name], behind, start = _digests(path)
        _look_at_hdf5(path, name, start, behind, contents)
        return
    contents.hashes[name] = checksums.sha256(path)
    if base.endswith(".json"):
        _look_at_json(path, name, contents)
    elif base.endswith(".safetensors") and path.parent.name == STATE_FOLDER:
        from highlow.storage import tensor_file  # PyTorch is imported only where a training was interrupted

        _mark(name, tensor_file.is_whole(path.read_bytes()), False, contents)


def _look_at_hdf5(path: Path, name: str, start: bytes, behind: str, contents: _Contents) -> None:
    whole = start == checksums.user_block(behind)
    _mark(name, whole, start.startswith(HDF5_SIGNATURE), contents)
    if whole:
        contents.inputs[name] = _inputs(hdf5_files.provenance(path))


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
    contents.inputs[name] = _inputs(found.get("provenance", found))
    for file, digest in _texts(found.get("files")).items():
        contents.covered[(PurePosixPath(name).parent / file).as_posix()] = name, digest


def _inputs(origin: Any) -> dict[str, str]:
    """Return the hashes of inputs that a provenance states, by role."""
    return _texts(origin.get("inputs")) if isinstance(origin, dict) else {}


def _texts(found: Any) -> dict[str, str]:
    """Return those entries of a mapping that are text; a checksum that fits does not say who wrote it."""
    return {key: value for key, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def _hash(base: Path, name: str, contents: _Contents) -> None:
    """Add the hash of a file alone; one that cannot be read has none."""
    path = base / name
    if path.is_file():  # a pipe would never end
        with suppress(OSError):
            contents.hashes[name] = checksums.sha256(path)


def _mark(name: str, whole: bool, foreign: bool, contents: _Contents) -> None:
    """Say whether a file that holds its own checksum is as it was written."""
    if whole:
        contents.whole.add(name)
    elif foreign:
        contents.findings[name] = Finding(name, FOREIGN, "no checksum; this pipeline did not write it")
    else:
        contents.findings[name] = Finding(name, DAMAGED, "does not match its checksum")


def _compared(contents: _Contents, is_own: Callable[[str], bool]) -> dict[str, Finding]:
    """Return what differs from a manifest, is missing from it, or is not in any."""
    findings = {}
    for name, (manifest, digest) in contents.covered.items():
        beside = PurePosixPath(manifest).name
        if name in contents.hashes and contents.hashes[name] != digest:
            findings[name] = Finding(name, DAMAGED, f"does not match its checksum in {beside}")
        elif name not in contents.hashes and name not in contents.findings and not contents.shut(name):
            findings[name] = Finding(name, MISSING, f"{beside} names it")
    known = contents.covered.keys() | contents.whole | contents.findings.keys()
    alone: dict[str, list[str]] = {}
    for name in filter(is_own, contents.hashes.keys() - known):
        alone.setdefault(_manifest_of(name), []).append(name)
    for manifest, names in alone.items():
        findings |= _uncovered(manifest, sorted(names), contents, is_own)
    return findings


def _manifest_of(name: str) -> str:
    found = manifest_of(PurePosixPath(name))
    return found.as_posix() if found else ""


def _uncovered(
    manifest: str, names: list[str], contents: _Contents, is_own: Callable[[str], bool]
) -> dict[str, Finding]:
    """Return what is wrong where no checksum covers some files whose manifest would be the same.

    What a damaged manifest covered is not known. One that is not there is missing if the files are surely results:
    something was made from them, or they are where and what only the pipeline puts there.
    """
    if manifest in contents.findings or contents.shut(manifest):
        return {}
    detail = "no checksum covers it"
    if manifest and manifest not in contents.hashes:
        beside = PurePosixPath(manifest).name
        if is_own(manifest) and _are_results(names, contents):
            what = names[0] if len(names) == 1 else f"{len(names)} files"
            return {manifest: Finding(manifest, MISSING, f"the checksum of {PurePosixPath(what).name} was in it")}
        detail += f": {beside}, where it would be, is not there"
    return {name: Finding(name, FOREIGN, detail) for name in names}


def _are_results(names: list[str], contents: _Contents) -> bool:
    """Return whether files without a manifest are surely the pipeline's."""
    paths = [PurePosixPath(name) for name in names]
    if paths[0].parent.name == "figures" and paths[0].parent.parent.name != "report":
        return {path.suffix for path in paths} == {".svg", ".png", ".tsv"}
    if paths[0].suffix == ".tsv":
        return not contents.wanted().isdisjoint(contents.hashes[name] for name in names)
    return True


def _stale(contents: _Contents) -> dict[str, Finding]:
    """Return the files that were made from something that is not here as it was."""
    present = contents.present()
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


def summary(folder: str, found: Verified) -> str:
    """Return the outcome as one line; raise HighlowError with it if anything is wrong."""
    counts: Mapping[str, Any] = {word: sum(item.word == word for item in found.findings) for word in WORDS}
    told = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    files = "1 file" if found.checked == 1 else f"{found.checked} files"
    note = (
        f"; what {found.uncompared} of them were made from is not in this folder, and was not compared"
        if found.uncompared
        else ""
    )
    if told:
        raise HighlowError(f"{folder}: {told}; {files} checked{note}")
    whole = "is as it was written" if found.checked == 1 else "are as they were written"
    return f"{folder}: {files} {whole} (logs and benchmarks are not checked){note}"
