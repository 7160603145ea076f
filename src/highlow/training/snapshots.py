"""The weights that a training run kept on its way, as one HDF5 file: a group a step, float16 as they are shipped."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from highlow.networks.extracted import Weights
from highlow.storage import hdf5_fields, hdf5_files, tensor_file
from highlow.storage.hdf5_fields import Fields


def keep(folder: Path, step: int, weights: Weights) -> None:
    """Write the weights of a step into a folder, for `pack`."""
    tensor_file.save(snapshot_path(folder, step), tensors(weights), {})


def snapshot_path(folder: Path, step: int) -> Path:
    """Return where the weights of a step lie while the run lasts."""
    return folder / f"step_{step:08}.safetensors"


def load(folder: Path, step: int) -> Weights:
    """Return the weights of a step while they lie in a folder.

    Raises
    ------
    HighlowError
        If they are missing or damaged.
    """
    found, _ = tensor_file.load(snapshot_path(folder, step))
    layers = dict.fromkeys(name.rsplit(".", 1)[0] for name in found)
    return {layer: (found[f"{layer}.weight"].float(), found[f"{layer}.bias"].float()) for layer in layers}


def tensors(weights: Weights) -> dict[str, torch.Tensor]:
    """Return weights as float16 tensors under their names in a file, `<layer>.weight` and `<layer>.bias`."""
    named = {f"{layer}.weight": weight for layer, (weight, _) in weights.items()}
    named |= {f"{layer}.bias": bias for layer, (_, bias) in weights.items()}
    return {name: value.half().contiguous() for name, value in named.items()}


def pack(path: str | os.PathLike[str], folder: Path, steps: list[int], origin: Mapping[str, Any]) -> None:
    """Write the kept weights of some steps as one HDF5 file."""
    with hdf5_files.create(path, origin) as file:
        file.attrs["steps"] = steps
        for step in steps:
            group = file.create_group(f"{step:08}")
            for name, tensor in tensor_file.load(snapshot_path(folder, step))[0].items():
                layer, part = name.rsplit(".", 1)
                hdf5_files.write_array(group.require_group(layer), part, tensor.numpy(), compress=True)


def read(path: str | os.PathLike[str]) -> Iterator[tuple[int, Weights]]:
    """Yield step and weights of every kept step, in order; a missing or damaged file raises a HighlowError."""
    with hdf5_fields.opened(path) as fields:
        for step in fields.integers("steps"):
            layers = fields.fields(f"{step:08}").groups()
            yield step, {name: _layer(found) for name, found in layers.items()}


def _layer(fields: Fields) -> tuple[torch.Tensor, torch.Tensor]:
    weight = fields.array("weight", ("out", "in", "kh", "kw"))
    bias = fields.array("bias", ["out"])
    return torch.from_numpy(weight.astype(np.float32)), torch.from_numpy(bias.astype(np.float32))
