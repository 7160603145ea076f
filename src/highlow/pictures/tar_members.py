"""Images inside tar shards, as WebDataset has them: found by their headers, never unpacked.

A member is named `<path of the tar>/<name in it>`. Zeros do not end a tar: what lies behind them is read on, as `tar
--ignore-zeros` does. Imports neither torch nor numpy.
"""

import errno
import os
import posixpath
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

# A sample of WebDataset has its label and its text beside the image, under other suffixes. A member counts as an image
# by its first bytes or by its suffix: what is under an image's suffix and is none has a row that says so.
IMAGE_SUFFIXES = frozenset(
    f".{suffix}"
    for suffix in (
        *("jpg", "jpeg", "jpe", "jif", "jfif", "jfi", "mpo", "png", "apng", "gif", "bmp", "dib", "webp"),
        *("tif", "tiff", "ppm", "pgm", "pbm", "pnm", "pfm", "pam"),
        *("avif", "heic", "heif", "jp2", "j2k", "jpx", "jxl", "tga", "ico", "psd", "dng", "exr", "hdr", "svg"),
    )
)
IMAGE_START = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP|II[*+]\0|MM\0[*+]|P[1-6f]\s\s*[#\d]"
    rb"|BM.{8}....[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0",
    re.DOTALL,
)
CUT = "truncated tar: it has no end mark"
LARGEST_HEADER = 2**15  # a long name and some attributes; more is no name, and would be read into memory at once
COMPRESSED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd"}
COMPRESSED_NAME = re.compile(r"\.(tar\.(gz|bz2|xz|zst|lz4|z)|tgz|tbz2?|txz|tzst)$", re.IGNORECASE | re.ASCII)
INSIDE = re.compile(r"\.tar/", re.IGNORECASE | re.ASCII)
ARCHIVE_NAME = re.compile(r"\.(zip|7z|rar)$", re.IGNORECASE | re.ASCII)
ZEROS = bytes(2**20)
LONGEST_PADDING = 2**16  # tar fills its records of 10 KiB with zeros; many more are room that was never filled


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

    def has(self, name: str) -> bool:
        """Return whether there is a member of a name, read or refused."""
        return name in self.places or name in self.refused

    def why_not(self, name: str) -> str:
        """Return why a member is refused, or the tar in the tar that it would be in; else an empty string."""
        ends = (found.end() - 1 for found in INSIDE.finditer(f"{name}/"))
        around = (self.refused[name[:end]] for end in ends if name[:end] in self.refused)
        return self.refused.get(name) or next(around, "")


def is_tar(name: str) -> bool:
    """Return whether a file's name is that of a tar, which stands for the images in it."""
    return name[-4:].lower() == ".tar"


def sort_key(name: str) -> str:
    """Return what names are sorted by: a tar comes where its members do."""
    return f"{name}/" if is_tar(name) else name


def split(root: str | os.PathLike[str], name: str) -> tuple[str, str]:
    """Return the tar that a name lies in and the name of the member; the tar is empty for any other file."""
    for found in INSIDE.finditer(name):
        tar = name[: found.end() - 1]
        if _is_file(Path(root) / tar):
            return tar, name[found.end() :]
    return "", name


def compressed(name: str) -> str:
    """Return why a file is not read if its name is that of a compressed tar, else an empty string."""
    return "a compressed tar: decompress it" if COMPRESSED_NAME.search(name) else ""


def expanded(root: str | os.PathLike[str], names: Iterable[str]) -> Iterator[str]:
    """Yield names, each tar replaced by its images, sorted; the tar itself too if it has a problem or no images."""
    for name in names:
        if not is_tar(name) or not _is_file(Path(root) / name):
            yield name
            continue
        members = of(Path(root) / name)
        inside = sorted(members.places.keys() | members.refused.keys(), key=sort_key)
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


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no rights to look, a zero byte
        return False


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
            problem = _gather(file, size, members)
        except OSError as error:
            problem = error.strerror or "cannot be read"
        except Exception as error:  # headers that lie raise nearly anything
            problem = f"damaged tar: {' '.join(str(error).split())[:80] or type(error).__name__}"
    return Members(members.places, members.refused, problem)


def _gather(file: BinaryIO, size: int, members: Members) -> str:
    """Put the images of a tar of `size` bytes into `members`; return what is wrong with its end."""
    headers = _Headers(file)
    # The encoding is fixed: names do not depend on the machine's.
    with tarfile.TarFile(fileobj=headers, mode="r", encoding="utf-8") as archive:  # type: ignore[arg-type]
        end, part, filling, first = -1, 0, 0, 0
        while True:
            while (member := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined] # tarfile would keep every header
                if archive.offset <= end:
                    raise tarfile.ReadError("its headers go in circles")
                end = archive.offset
                _put(member, size, members, headers)
            # tarfile ends at the first block of zeros, and at any other that is no header.
            file.seek(archive.offset)
            last = file.read(tarfile.BLOCKSIZE)
            if any(last) and part and archive.offset == part:
                return (
                    f"damaged tar: {size - part} bytes from byte {part} on, behind zeros, are no tar and are not read"
                )
            if len(last) < tarfile.BLOCKSIZE:
                return CUT
            if any(last):
                return "damaged tar: a header in it is none"
            found = _first_other(file, archive.offset, size)
            zeros = (size if found < 0 else found) - archive.offset
            if zeros > LONGEST_PADDING:
                filling, first = filling + zeros, first or archive.offset
            if found < 0:
                return f"perhaps incomplete: {filling} bytes of zeros, the first at byte {first}" if filling else ""
            archive.offset = part = found - found % tarfile.BLOCKSIZE
            file.seek(part)


def _first_other(file: BinaryIO, start: int, size: int) -> int:
    """Return where in a file the first byte from `start` on is that is no zero, or -1: holes are passed over unread."""
    seek_data, length = getattr(os, "SEEK_DATA", None), tarfile.BLOCKSIZE
    while start < size:
        try:
            if seek_data is not None:
                start = os.lseek(file.fileno(), start, seek_data)
        except OSError as error:
            if error.errno == errno.ENXIO:  # a hole to the end
                return -1
            seek_data = None  # a file system that does not know
        file.seek(start)
        chunk = file.read(length)
        if not chunk:
            return -1
        if chunk != ZEROS[: len(chunk)]:
            return start + len(chunk) - len(chunk.lstrip(b"\0"))
        start += len(chunk)
        length = min(2 * length, len(ZEROS))
    return -1


def _put(member: tarfile.TarInfo, size: int, members: Members, file: "_Headers") -> None:
    name = posixpath.normpath(member.name)
    hidden = any(part.startswith(".") and part != ".." for part in name.split("/"))
    if hidden or member.isdir():
        return
    reason = _why_not(name, member, size)
    start = b""
    if not reason:
        file.seek(member.offset_data)
        start = file.read(min(member.size, tarfile.BLOCKSIZE))
    archive = _archive_in_it(name, start)
    if not archive and not IMAGE_START.match(start) and posixpath.splitext(name)[1].lower() not in IMAGE_SUFFIXES:
        return
    reason = reason or archive
    if members.has(name):
        reason = "two members of this name"
        members.places.pop(name, None)
    if reason:
        members.refused[name] = reason
    else:
        members.places[name] = (member.offset_data, member.size)


def _archive_in_it(name: str, start: bytes) -> str:
    """Return why a member is not read that holds further files."""
    if is_tar(name) or COMPRESSED_NAME.search(name) or start[257:262] == b"ustar":
        return "a tar in a tar: unpack the outer one"
    return "an archive in a tar: unpack both" if ARCHIVE_NAME.search(name) else ""


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
