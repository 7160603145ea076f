"""Tensors of a run that is not finished, as safetensors files that hold their own checksum.

The checksum is an entry of the file's metadata: the SHA-256 of the whole file with 64 zeros in its place.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import load as parsed
from safetensors.torch import save as rendered
from torch import Tensor

from highlow.runs.errors import HighlowError
from highlow.storage import atomic_files
from highlow.storage.checksums import NO_FILE

KEY = "highlow_sha256"
DIGITS = 64
MARK = f'"{KEY}":"'.encode()


def save(path: str | os.PathLike[str], tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """Write tensors with metadata and a checksum."""
    content = bytearray(rendered(dict(tensors), {**metadata, KEY: "0" * DIGITS}))
    place = _place(content)
    content[place : place + DIGITS] = hashlib.sha256(content).hexdigest().encode()
    with atomic_files.atomic_path(path) as temporary:
        temporary.write_bytes(content)


def load(path: str | os.PathLike[str]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return what `save` wrote: tensors and metadata.

    Raises
    ------
    HighlowError
        If the file is missing, or any byte of it has changed.
    """
    try:
        content = bytearray(Path(path).read_bytes())
    except FileNotFoundError:
        raise HighlowError(f"{path}: {NO_FILE}") from None
    if not is_whole(content):
        raise HighlowError(f"{path}: does not match its checksum: damaged; delete the folder it is in to start anew")
    metadata: dict[str, str] = json.loads(content[8 : _end(content)])["__metadata__"]
    del metadata[KEY]
    return parsed(bytes(content)), metadata


def is_whole(content: bytes | bytearray) -> bool:
    """Return whether the bytes of a file are those that `save` wrote."""
    place = _place(content)
    if place < 0:
        return False
    digest = hashlib.sha256(content[:place])
    digest.update(b"0" * DIGITS)
    digest.update(content[place + DIGITS :])
    return content[place : place + DIGITS] == digest.hexdigest().encode()


def _place(content: bytes | bytearray) -> int:
    """Return where the digits of the checksum begin; negative if there are none."""
    found = content.find(MARK, 8, _end(content))
    return found if found < 0 else found + len(MARK)


def _end(content: bytes | bytearray) -> int:
    """Return where the header ends: its length comes first, 8 bytes, little-endian (safetensors' documentation)."""
    return 8 + int.from_bytes(content[:8], "little")
