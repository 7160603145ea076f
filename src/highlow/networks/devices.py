"""Where networks run."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from highlow.runs.errors import HighlowError


def prepared(name: str, threads: int) -> torch.device:
    """Return a device, see `torch_device`, after it was said how many threads compute on the CPU.

    A fixed number: sums are then taken in the same order, and the bytes are the same, on a machine of any size.
    """
    torch.set_num_threads(threads)
    return torch_device(name)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Compute with so many threads on the CPU inside a `with` block, and as before behind it."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def torch_device(name: str) -> torch.device:
    """Return a device: `auto` is the GPU where there is one.

    Raises
    ------
    HighlowError
        If the device does not exist here.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise HighlowError("device=cuda, but PyTorch finds no GPU here; use device=auto or device=cpu")
    try:
        return torch.device(name)
    except RuntimeError:
        raise HighlowError(f"unknown device {name!r}; known: auto, cpu, cuda") from None
