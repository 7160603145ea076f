"""Hashes of files, and checksums inside those that the pipeline writes: JSON, HDF5, manifests of what holds none.

Imports neither numpy nor h5py: the Snakefile uses it.
"""

import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from highlow.runs.errors import HighlowError
from highlow.storage.atomic_files import atomic_path

DAMAGED = "does not match its checksum: damaged; delete it and run again"
NO_FILE = "no such file; ask snakemake for it by name"
KEY = "checksum"  # in JSON: SHA-256 of the same file without this line
MANIFEST = "manifest.json"  # in a folder of pictures
# HDF5 leaves a block of 512 bytes, or 1024, ... at the beginning of a file to its user ("user block" in its manual).
USER_BLOCK = 512


def sha256(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha1(path: str | os.PathLike[str]) -> str:
    """Return the SHA-1 of a file, the only hash that older model zoos publish."""
    return _sha1(Path(path), b"")


def git_blob(path: str | os.PathLike[str]) -> str:
    """Return the id that git gives a file: the SHA-1 of `blob <size>`, a zero byte, and the content."""
    return _sha1(Path(path), b"blob %d\0" % Path(path).stat().st_size)


def write_json(path: str | os.PathLike[str], content: Mapping[str, Any]) -> None:
    """Write JSON with sorted keys and its own checksum; a number that is not finite becomes null."""
    # As it will be read: keys are text, tuples are lists.
    plain = json.loads(json.dumps(finite(content), allow_nan=False))
    with atomic_path(path) as temporary:
        temporary.write_bytes(_rendered({**plain, KEY: _checksum(plain)}))


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what `write_json` wrote, without its checksum.

    Raises
    ------
    HighlowError
        If it is missing, or any byte of it has changed.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise HighlowError(f"{path}: {NO_FILE}") from None
    try:
        return parsed_json(content)
    except ValueError:
        raise HighlowError(f"{path}: {DAMAGED}") from None


def parsed_json(content: bytes) -> dict[str, Any]:
    """Return the content of a JSON file, without its checksum; raise ValueError if the two do not match."""
    try:
        found = json.loads(content)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("no object")
    stated = found.pop(KEY, None)
    # Byte for byte: other spaces or another order are no content of ours, whatever they mean.
    if stated != _checksum(found) or _rendered({**found, KEY: stated}) != content:
        raise ValueError("another checksum")
    return found


def seal(path: str | os.PathLike[str]) -> None:
    """Write the checksum of a closed HDF5 file, made with a user block, into that block."""
    with Path(path).open("r+b") as file:
        file.seek(USER_BLOCK)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        file.write(user_block(digest))


def is_sealed(path: str | os.PathLike[str]) -> bool:
    """Return whether an HDF5 file is, byte for byte, what `seal` finished."""
    with Path(path).open("rb") as file:
        block = file.read(USER_BLOCK)
        return block == user_block(hashlib.file_digest(file, "sha256").hexdigest())


def user_block(digest: str) -> bytes:
    """Return the user block of an HDF5 file; `digest` is the SHA-256 of everything behind it."""
    return f"highlow sha256 {digest}\n".encode().ljust(USER_BLOCK, b"\0")


def hashed(folder: str | os.PathLike[str], names: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of files by their names in a folder, for the key `files` of a manifest."""
    return {name: sha256(Path(folder) / name) for name in names}


def check_files(manifest: str | os.PathLike[str], names: Iterable[str] | None = None) -> dict[str, Any]:
    """Check files against the manifest that lies with them, and return the manifest.

    Parameters
    ----------
    manifest : path
        JSON with the key `files`: SHA-256 by name, relative to its folder.
    names : iterable of str, optional
        The files to check; all of the manifest by default.

    Raises
    ------
    HighlowError
        If the manifest or a file is missing or damaged.
    """
    content = read_json(manifest)
    files: dict[str, str] = content.get("files", {})
    for name in files if names is None else names:
        path = Path(manifest).parent / name
        if not path.is_file():
            raise HighlowError(f"{path}: {NO_FILE}")
        if files.get(name) != sha256(path):
            raise HighlowError(
                f"{path}: does not match its checksum in {Path(manifest).name}: damaged; delete it and run again"
            )
    return content


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_rendered(content)).hexdigest()


def _rendered(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()


def finite(value: Any) -> Any:
    """Return what JSON can hold of a value: null for a number that is not finite."""
    if isinstance(value, Mapping):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _sha1(path: Path, header: bytes) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.sha1(header, usedforsecurity=False)).hexdigest()
