"""Where networks run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import torch

from highlow.networks.graph import Architecture
from highlow.runs.errors import HighlowError

FLOAT_BYTES = 4
USABLE = 0.5  # share of a card's free memory that activations may take: what computes them needs room too
Part = TypeVar("Part")


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
    """Return a device: `auto` is the GPU where there is one, of NVIDIA's; Apple's (`mps`) only by its name.

    Raises
    ------
    HighlowError
        If the device does not exist here.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise HighlowError("device=cuda, but PyTorch finds no GPU here; use device=auto or device=cpu")
    if name == "mps" and not torch.backends.mps.is_available():
        raise HighlowError("device=mps, but PyTorch finds no GPU of Apple's here; use device=auto or device=cpu")
    try:
        return torch.device(name)
    except RuntimeError:
        raise HighlowError(f"unknown device {name!r}; known: auto, cpu, cuda, mps") from None


def activation_bytes(architecture: Architecture, layer: str, size: int) -> int:
    """Return the bytes of all activations up to a layer, for one image of `size` x `size` pixels."""
    rows, columns = (architecture.sizes(layer, size, axis) for axis in (0, 1))
    values = (node.channels * rows[node.name] * columns[node.name] for node in architecture.upto(layer))
    return FLOAT_BYTES * sum(values)


def batch_size(wanted: int, bytes_each: int, device: torch.device | None) -> int:
    """Return how many images are computed at a time: on a card no more than its free memory holds.

    Parameters
    ----------
    wanted : int
        How many at most.
    bytes_each : int
        What one takes.
    device : torch.device or None
    """
    if device is None or device.type != "cuda":
        return wanted
    free, _ = torch.cuda.mem_get_info(device)
    return max(1, min(wanted, int(USABLE * free) // bytes_each))


def in_parts(compute: Callable[[int, int], Part], start: int, stop: int) -> Iterator[Part]:
    """Yield what is computed of a range: of all of it, or where a card's memory runs out, of halves, and of theirs.

    Parameters
    ----------
    compute : callable
        Takes the range's start and stop.
    start, stop : int

    Raises
    ------
    torch.OutOfMemoryError
        If a single one does not fit.
    """
    try:
        found = compute(start, stop)
    except torch.OutOfMemoryError:
        if stop - start < 2:
            raise
    else:
        yield found
        return
    # Behind the exception, whose frames hold what did not fit.
    torch.cuda.empty_cache()
    middle = (start + stop) // 2
    yield from in_parts(compute, start, middle)
    yield from in_parts(compute, middle, stop)
