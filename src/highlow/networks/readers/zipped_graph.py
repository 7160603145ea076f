"""A frozen TensorFlow graph alone in a zip, as Google published the first ones. Nothing is extracted to disk."""

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import torch

from highlow.networks.readers import tensorflow_graph
from highlow.runs.errors import HighlowError, is_of_system

ENCRYPTED = 0x1  # bit 0 of the general purpose flags (APPNOTE.TXT of PKWARE, 4.4.4)


def read(path: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield names and values of the float constants in a zip's graph; see `tensorflow_graph.constants`."""
    return tensorflow_graph.constants(_graph(path), path)


def _graph(path: Path) -> bytes:
    """Return the content of the one `.pb` file in a zip.

    Raises
    ------
    HighlowError
        If the zip is damaged, or has no graph, several, an encrypted one or one that is too large.
    """
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                member = _graph_member(archive, path)
                with archive.open(member) as packed:
                    # As many bytes as declared and so checked: an unlimited read unpacks the rest too, to drop it.
                    return packed.read(member.file_size)
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError) as error:
            if is_of_system(error):
                raise
            raise HighlowError(f"{path}: damaged, or not a zip; replace it") from error


def _graph_member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    """Return the entry of the one readable `.pb` file in a zip."""
    members = [member for member in archive.infolist() if member.filename.lower().endswith(".pb")]
    if len(members) != 1:
        raise HighlowError(f"{path}: {len(members)} .pb files in this zip; zip exactly one TensorFlow graph")
    member = members[0]
    if member.flag_bits & ENCRYPTED:
        raise HighlowError(f"{path}: {member.filename!r} is encrypted; unpack it and use the .pb file")
    if member.file_size > tensorflow_graph.LARGEST_BYTES:
        raise HighlowError(
            f"{path}: {member.filename!r} unpacks to {member.file_size} bytes, more than "
            f"{tensorflow_graph.LARGEST_BYTES}; use a smaller network"
        )
    return member
