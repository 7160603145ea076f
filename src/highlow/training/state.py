"""The state of a training run on disk, from which it continues exactly: weights, optimizer, losses, settings.

Everything is one file with a checksum, replaced as a whole: a run that is killed while it writes finds the one before.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from highlow.runs.errors import HighlowError
from highlow.storage import tensor_file

MOMENTS = ("step", "exp_avg", "exp_avg_sq")  # of AdamW, a tensor each for every parameter


def save(
    path: str | os.PathLike[str], module: nn.Module, optimizer: Optimizer, losses: Tensor, settings: Mapping[str, Any]
) -> None:
    """Write the state after `len(losses)` steps."""
    tensors = {f"module.{name}": value for name, value in module.state_dict().items()}
    for name, parameter in _trained(module):
        tensors |= {f"{moment}.{name}": optimizer.state[parameter][moment] for moment in MOMENTS}
    tensors["losses"] = losses
    plain = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    tensor_file.save(path, plain, {"settings": json.dumps(settings, sort_keys=True)})


def load(path: str | os.PathLike[str], module: nn.Module, optimizer: Optimizer, settings: Mapping[str, Any]) -> Tensor:
    """Put a saved state into a module and its optimizer and return the losses so far, (step, 3).

    Returns no losses where there is no saved state; one of other settings is removed.

    Raises
    ------
    HighlowError
        If the file is damaged, or another version of this project wrote it.
    """
    if not Path(path).is_file():
        return torch.zeros(0, 3)
    tensors, metadata = tensor_file.load(path)
    if json.loads(metadata["settings"]) != json.loads(json.dumps(settings)):
        Path(path).unlink()  # else it would be continued later with what this run keeps beside it
        return torch.zeros(0, 3)
    expected = [f"module.{name}" for name in module.state_dict()] + ["losses"]
    expected += [f"{moment}.{name}" for moment in MOMENTS for name, _ in _trained(module)]
    for name in expected:
        if name not in tensors:
            raise HighlowError(
                f"{path}: another version's training state (no {name!r}); delete its folder to start anew"
            )
    own = {name.removeprefix("module."): value for name, value in tensors.items() if name.startswith("module.")}
    module.load_state_dict(own)
    for name, parameter in _trained(module):
        for moment in MOMENTS:
            value = tensors[f"{moment}.{name}"]
            # AdamW counts its steps on the CPU.
            optimizer.state[parameter][moment] = value if moment == "step" else _like(value, parameter)
    losses: Tensor = tensors["losses"]
    return losses


def _trained(module: nn.Module) -> list[tuple[str, nn.Parameter]]:
    return [(name, parameter) for name, parameter in module.named_parameters() if parameter.requires_grad]


def _like(value: Tensor, parameter: Tensor) -> Tensor:
    """Return a tensor on the parameter's device and in its memory layout, in which sums have the same order."""
    result = torch.empty_like(parameter)
    return result.copy_(value)
