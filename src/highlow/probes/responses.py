"""Responses of a layer to a stimulus family, streamed to HDF5."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from highlow import store
from highlow.networks.graph import Architecture
from highlow.networks.model import Network
from highlow.probes.families import UNITS, Family, offsets


def responses(
    network: Network,
    family: Family,
    *,
    size: int | None = None,
    batch: int = 256,
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
        Pictures at a time; it bounds the memory.
    device : torch.device, optional
        Where the network is.

    Yields
    ------
    slice, ndarray
        Flat indices, and responses (n, units).
    """
    architecture, layer = network.architecture, network.layer
    canvas = size or architecture.canvas_size(layer)
    position = architecture.central_position(layer, canvas)
    center = architecture.receptive_field(layer, position, canvas).center
    axis = offsets(canvas, center, device)
    with torch.inference_mode():
        for start in range(0, len(family), batch):
            stop = min(start + batch, len(family))
            pictures = family.render(np.arange(start, stop), axis, axis)
            answer = network(pictures)[:, :, position, position]
            yield slice(start, stop), answer.cpu().numpy()


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
    architecture: Architecture = network.architecture
    units = architecture.node(network.layer).channels
    silent = not sys.stderr.isatty() if progress is None else not progress
    row = int(np.prod(family.shape[1:]))
    with store.create_h5(path, origin) as file:
        file.attrs["network"] = architecture.name
        file.attrs["layer"] = network.layer
        file.attrs["family"] = family.name
        file.attrs["axes"] = json.dumps([*family.axes, "unit"])
        file.attrs["canvas_size"] = architecture.canvas_size(network.layer)
        for axis, values in family.axes.items():
            store.write_scale(file, axis, values, UNITS[axis])
        store.write_scale(file, "unit", np.arange(units))
        branches = np.array(architecture.branch_of_unit(network.layer), dtype="S")
        store.write_array(file, "branch", branches, ("unit",))
        dataset = file.create_dataset(
            "response",
            shape=(*family.shape, units),
            dtype=np.float32,
            chunks=(1, *family.shape[1:-1], 1, units),
            **store.COMPRESSION,
        )
        store.label_axes(file, dataset, [*family.axes, "unit"])
        pending: list[NDArray[np.float32]] = []
        written = 0
        with tqdm(total=len(family), desc=f"{network.layer} {family.name}", disable=silent) as bar:
            for _, answer in responses(network, family, device=device):
                pending.append(answer)
                bar.update(len(answer))
                # Whole rows of the first axis only: each compressed chunk is written once.
                while sum(map(len, pending)) >= row:
                    block = np.concatenate(pending)
                    dataset[written] = block[:row].reshape(*family.shape[1:], units)
                    pending = [block[row:]]
                    written += 1


def read(path: str | os.PathLike[str]) -> tuple[NDArray[np.float32], dict[str, NDArray[Any]], list[str]]:
    """Read what `write` wrote.

    Returns
    -------
    response : ndarray
        (axes of the family, unit).
    axes : dict
        Coordinates of every axis, in order.
    branches : list of str
        Branch of every unit.

    Raises
    ------
    HighlowError
        If the file is missing or damaged.
    """
    with store.open_h5(path) as file:
        axes = {axis: file[axis][...] for axis in json.loads(file.attrs["axes"])}
        branches = [name.decode() for name in file["branch"][...]]
        return file["response"][...], axes, branches
