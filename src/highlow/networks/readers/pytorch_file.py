"""Tensors saved by `torch.save`, in its zip format or the older pickle format (torch.load's documentation).

Both are pickles, which can name any function to call. Only `weights_only=True` is used: it builds tensors and plain
containers and refuses the rest.
"""

import contextlib
import os
import pickle
import pickletools
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import torch

from highlow.runs.errors import HighlowError

# What a state_dict holds besides weights, such as num_batches_tracked.
COUNTERS = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
# A tensor needs about five tuples. Some hundred thousand inside each other end the process when they are compared.
MOST_TUPLES = 50_000
TUPLES = ("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3")
ZIP = b"PK\x03\x04"
# Under which of them training scripts save the state_dict beside their own state, in the order in which they are tried.
NESTED = ("state_dict", "model_state_dict", "model", "net", "network", "module")
LEGACY_PICKLES = 5  # magic number, protocol, system, state_dict, keys of the storages


def read(path: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield names and float tensors of a state_dict, also of one inside a checkpoint; integers are left out.

    Raises
    ------
    HighlowError
        If it is damaged, holds code, or is anything but plain tensors by name.
    """
    entries = _load(path)
    if isinstance(entries, Mapping):
        inner = (entries[key] for key in NESTED if key in entries)
        entries = next((item for item in inner if isinstance(item, Mapping)), entries)
    if not isinstance(entries, Mapping):
        raise HighlowError(f"{path}: holds no tensors by name but a {type(entries).__name__}; save a state_dict()")
    for name, value in entries.items():
        if not isinstance(name, str) or not isinstance(value, torch.Tensor) or not _is_plain(value):
            shown = repr(name) if isinstance(name, str) else f"of type {type(name).__name__}"
            raise HighlowError(
                f"{path}: the entry {shown} ({type(value).__name__}) is not a plain tensor with a name; "
                "save the network's state_dict() alone"
            )
        if value.dtype not in COUNTERS:
            yield name, value


def _load(path: Path) -> Any:
    """Return what the file holds, built without running code from it."""
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are about the file's format, which its reader cannot change
        try:
            _check_container(file)
            return torch.load(file, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            raise HighlowError(
                f"{path}: holds more than tensors, or is no PyTorch file; loading it could run code, so it is "
                "refused; save the network's state_dict() alone with torch.save"
            ) from error
        except MemoryError:
            raise
        except Exception as error:  # a damaged pickle raises whatever its bytes lead to
            raise HighlowError(f"{path}: damaged, or not a PyTorch file; replace it") from error


def _check_container(file: IO[bytes]) -> None:
    """Check what PyTorch does not: that a file unpacks to its own size, and that its pickles do not nest endlessly.

    Raises
    ------
    ValueError
        If it unpacks to more.
    pickle.UnpicklingError
        If it nests too deep. Otherwise the file is at its start again.
    """
    if file.read(len(ZIP)) == ZIP:  # PyTorch goes by these bytes as well
        size = file.seek(0, os.SEEK_END)
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            # PyTorch compresses no numbers; a zip that does, or lists the same bytes twice, unpacks to any size.
            if sum(member.file_size for member in members) > size:
                raise ValueError("the zip unpacks to more than it holds")
            for member in members:
                if member.filename.endswith(".pkl"):
                    with archive.open(member) as pickled:
                        _check_nesting(pickled)
    else:
        file.seek(0)
        for _ in range(LEGACY_PICKLES):
            _check_nesting(file)
    file.seek(0)


def _check_nesting(pickled: IO[bytes]) -> None:
    """Go through one pickle without building anything, up to where it is damaged: PyTorch comes no further."""
    tuples = 0
    with contextlib.suppress(ValueError):
        for code, _, _ in pickletools.genops(pickled):
            tuples += code.name in TUPLES
            if tuples > MOST_TUPLES:
                raise pickle.UnpicklingError(f"more than {MOST_TUPLES} tuples")


def _is_plain(value: torch.Tensor) -> bool:
    """Return whether a tensor is dense, of numbers known here, and has a stored number for each element."""
    if value.layout != torch.strided or value.is_nested or value.device.type != "cpu":
        return False
    if not value.is_floating_point() and value.dtype not in COUNTERS:
        return False
    return value.nbytes <= value.untyped_storage().nbytes()
