"""Images inside tar shards, as WebDataset has them: found by their headers, never unpacked.

A member is named `<path of the tar>/<name in it>`. Imports neither torch nor numpy.
"""

import os
import posixpath
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from highlow.pictures.image_names import is_tar, why_not_read

# A sample of WebDataset has its label and its text beside the image, under other suffixes.
IMAGE_SUFFIXES = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"))
LARGEST_HEADER = 2**15  # a long name and some attributes; more is no name, and would be read into memory at once
COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
COMPRESSED_NAME = re.compile(r"\.(tar\.(gz|bz2|xz|zst|lz4|z)|tgz|tbz2?|txz|tzst)$", re.IGNORECASE | re.ASCII)
INSIDE = re.compile(r"\.tar/", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Members:
    """The images of a tar.

    Attributes
    ----------
    places : dict
        Offset and size in bytes by name, of what can be read.
    refused : dict
        The reason by name, of what cannot.
    problem : str
        What is wrong with the tar itself; empty if nothing is.
    """

    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def split(root: str | os.PathLike[str], name: str) -> tuple[str, str]:
    """Return the tar that a name lies in and the name of the member; the tar is empty for any other file."""
    for found in INSIDE.finditer(name):
        tar = name[: found.end() - 1]
        if (Path(root) / tar).is_file():
            return tar, name[found.end() :]
    return "", name


def compressed(name: str) -> str:
    """Return why a file is not read if its name is that of a compressed tar, else an empty string."""
    return "a compressed tar: decompress it" if COMPRESSED_NAME.search(name) else ""


def expanded(root: str | os.PathLike[str], names: Iterable[str]) -> Iterator[str]:
    """Yield names, each tar replaced by its images, sorted; the tar itself too if it has a problem or no images."""
    for name in names:
        if not is_tar(name) or why_not_read(root, name):
            yield name
            continue
        members = of(Path(root) / name)
        inside = sorted(members.places.keys() | members.refused.keys())
        if members.problem or not inside:
            yield name
        yield from (f"{name}/{member}" for member in inside)


def of(path: str | os.PathLike[str]) -> Members:
    """Return the images of a tar; of the one read last they are still known, if it has not changed.

    Raises
    ------
    OSError
        If it cannot be opened.
    """
    status = Path(path).stat()
    return _indexed(str(path), status.st_mtime_ns, status.st_size)


# Names of a tar follow one another in every list of images, so that one is enough.
@lru_cache(maxsize=1)
def _indexed(path: str, _changed: int, size: int) -> Members:
    members = Members()
    with Path(path).open("rb", buffering=0) as file:
        start = file.read(6)
        for magic, name in COMPRESSED.items():
            if start.startswith(magic):
                return Members(problem=f"a tar compressed with {name}: decompress it")
        file.seek(0)
        try:
            problem = _gather(_Headers(file), size, members)
        except OSError as error:
            problem = error.strerror or "cannot be read"
        except Exception as error:  # headers that lie raise nearly anything
            problem = f"damaged tar: {' '.join(str(error).split())[:80] or type(error).__name__}"
    return Members(members.places, members.refused, problem)


def _gather(file: "_Headers", size: int, members: Members) -> str:
    """Put the images of a tar of `size` bytes into `members`; return what is wrong with its end."""
    # The encoding is fixed: names do not depend on the machine's.
    with tarfile.TarFile(fileobj=file, mode="r", encoding="utf-8") as archive:  # type: ignore[arg-type]
        end = -1
        while (member := archive.next()) is not None:
            archive.members.clear()  # type: ignore[attr-defined] # tarfile would keep every header
            if archive.offset <= end:
                raise tarfile.ReadError("its headers go in circles")
            end = archive.offset
            _put(member, size, members)
        file.seek(archive.offset)
        last = file.read(tarfile.BLOCKSIZE)
    # tarfile takes the first header that is none for the end.
    if len(last) < tarfile.BLOCKSIZE:
        return "truncated tar: it has no end mark"
    return "damaged tar: a header in it is none" if any(last) else ""


def _put(member: tarfile.TarInfo, size: int, members: Members) -> None:
    name = posixpath.normpath(member.name)
    hidden = any(part.startswith(".") and part != ".." for part in name.split("/"))
    if hidden or member.isdir() or posixpath.splitext(name)[1].lower() not in IMAGE_SUFFIXES:
        return
    reason = _why_not(name, member, size)
    if name in members.places or name in members.refused:
        reason = "two members of this name"
        members.places.pop(name, None)
    if reason:
        members.refused[name] = reason
    else:
        members.places[name] = (member.offset_data, member.size)


def _why_not(name: str, member: tarfile.TarInfo, size: int) -> str:
    if name.startswith("/") or name.split("/")[0] == "..":
        return "leads out of the tar"
    if member.issparse():
        return "a sparse file"
    if member.issym() or member.islnk():
        return "a link"
    if not member.isreg():
        return "no regular file"
    if member.size < 0 or member.offset_data + member.size > size:
        return "truncated"
    return ""


class _Headers:
    """A file of which only headers are read: one that lies about its size does not fill the memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.close = file.seek, file.tell, file.close

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LARGEST_HEADER:
            raise tarfile.ReadError(f"a header of {size} bytes")
        return self._file.read(size)
