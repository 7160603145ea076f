"""Responses of a layer to a stimulus family."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from highlow.networks import devices
from highlow.networks.model import Network
from highlow.probes import response_file
from highlow.probes.families import UNITS, Family, offsets
from highlow.runs.progress import steps

# Of more pictures at a time, or of larger ones, a processor takes up to a half longer for each: their activations do
# not stay near the core, and the allocator gives their memory back after each kernel.
BATCH, ACTIVATION_BYTES = 64, 192 * 2**20


def responses(
    network: Network,
    family: Family,
    *,
    size: int | None = None,
    batch: int | None = None,
    device: torch.device | None = None,
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Yield the responses to a family, batch by batch, in the order of its flat index.

    The response is the post-ReLU activation at the position nearest to the middle of the canvas; the stimulus is
    centred on that position's receptive field. No other position is kept.

    Parameters
    ----------
    network : Network
        Truncated at the layer to read.
    family : Family
        The stimuli.
    size : int, optional
        Canvas in pixels. Default: the smallest on which the position sees no padding; larger canvases give the
        same numbers.
    batch : int
        Pictures at a time; it bounds the memory. Default: 64, fewer where their activations are large. On a GPU fewer
        where that many do not fit.
    device : torch.device, optional
        Where the network is.

    Yields
    ------
    slice, ndarray
        Flat indices, and responses (n, units).
    """
    architecture, layer = network.architecture, network.layer
    canvas = size or architecture.canvas_size(layer)
    position, axes = [], []
    for axis in (0, 1):
        position.append(architecture.central_position(layer, canvas, axis))
        center = architecture.receptive_field(layer, position[axis], canvas, axis).center
        axes.append(offsets(canvas, center, device))
    down, right = axes
    bytes_each = devices.activation_bytes(architecture, layer, canvas)
    batch = devices.batch_size(batch or min(BATCH, max(ACTIVATION_BYTES // bytes_each, 1)), bytes_each, device)

    def answer(start: int, stop: int) -> tuple[slice, NDArray[np.float32]]:
        pictures = family.render(np.arange(start, stop), right, down, channels=1)
        # Layers without a rectifier of their own (sums, linear bottlenecks) are read through one.
        found = network.at(pictures, (position[0], position[1])).clamp(min=0)
        return slice(start, stop), found.cpu().numpy()

    with torch.inference_mode():
        for start in range(0, len(family), batch):
            yield from devices.in_parts(answer, start, min(start + batch, len(family)))


def answers(
    network: Network, family: Family, *, device: torch.device | None = None, progress: bool | None = False
) -> NDArray[np.float32]:
    """Return the responses to a family, (axes of the family, unit).

    Parameters
    ----------
    network, family, device
        As for `responses`.
    progress : bool, optional
        Whether to show a progress bar; None: on a terminal.
    """
    batches = list(_shown(network, family, device, progress))
    return np.concatenate(batches).reshape(*family.shape, -1)


def write(
    path: str | os.PathLike[str],
    network: Network,
    family: Family,
    origin: Mapping[str, Any],
    *,
    device: torch.device | None = None,
    progress: bool | None = None,
) -> None:
    """Write the responses to a family, `response` (axes of the family, unit), in constant memory.

    Parameters
    ----------
    path : path
        HDF5 file to create.
    network, family, device
        As for `responses`.
    origin : mapping
        Provenance.
    progress : bool, optional
        Whether to show a progress bar; default: on a terminal.
    """
    architecture, layer = network.architecture, network.layer
    response_file.write(
        path,
        _shown(network, family, device, progress),
        axes=family.axes,
        axis_units=UNITS,
        branches=architecture.branch_of_unit(layer),
        attributes={
            "network": architecture.name,
            "layer": layer,
            "family": family.name,
            "canvas_size": architecture.canvas_size(layer),
        },
        origin=origin,
    )


def _shown(
    network: Network, family: Family, device: torch.device | None, progress: bool | None
) -> Iterator[NDArray[np.float32]]:
    """Yield the responses to a family, batch by batch, and draw a bar meanwhile."""
    with steps(f"{network.layer} {family.name}", "stimulus", len(family), progress) as bar:
        for _, answer in responses(network, family, device=device):
            yield answer
            bar.update(len(answer))
