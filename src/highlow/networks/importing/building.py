"""Building the module that a registry entry names, and giving it the weights of a file."""

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from highlow.networks.importing.tracing import is_users
from highlow.networks.module_files import code_file
from highlow.networks.registry import TORCHVISION, Entry
from highlow.networks.torchvision_library import torchvision_module
from highlow.runs.errors import HighlowError, nearest

# How people's training scripts wrap the network that they save.
PREFIXES = ("module.", "model.", "_orig_mod.", "net.", "network.", "backbone.", "encoder.")
SHOWN_NAMES = 3
# What torchvision's trained weights want of the module that they go into, where it has such an option.
TRAINED_OPTIONS = {"transform_input": True, "aux_logits": False, "init_weights": False}


def build(entry: Entry) -> nn.Module:
    """Return the module that an entry names, with the weights that its code gives it.

    The code of the module is run, as the configuration asks for. Random weights are drawn with seed 0.

    Raises
    ------
    HighlowError
        If the module is not found, raises an error, or is none of PyTorch's.
    """
    torchvision_module("torchvision")  # user's code may import it
    builder = _torchvision_builder(entry) if entry.module.startswith(TORCHVISION) else _named_builder(entry)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        try:
            module = builder(**entry.arguments)
        except Exception as error:  # whatever the user's code raises
            raise HighlowError(f"network {entry.name!r}: {entry.module} raised {_shown(error)}") from error
    if not isinstance(module, nn.Module):
        raise HighlowError(
            f"network {entry.name!r}: {entry.module} gave a {type(module).__name__}; it must return a torch.nn.Module"
        )
    return module


def with_state(module: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> nn.Module:
    """Return the module with the tensors of a state dict in it, whatever their names begin with.

    Tensors that the module has no place for, such as those of auxiliary classifiers, are left out.

    Raises
    ------
    HighlowError
        If a tensor of the module is missing, or has another shape; the message names the first.
    """
    wanted = {name: value for name, value in module.state_dict().items() if value.is_floating_point()}
    found = _without_prefix(tensors, wanted)
    missing = [name for name in wanted if name not in found]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        near = nearest(missing[0], sorted(tensors))
        raise HighlowError(f"{path}: no tensor {missing[0]!r}{more}, which the module has; {near}")
    for name, value in wanted.items():
        if found[name].shape != value.shape:
            shapes = f"{tuple(found[name].shape)}, but the module's is {tuple(value.shape)}"
            raise HighlowError(f"{path}: the tensor {name!r} has shape {shapes}: these are weights of another network")
    module.load_state_dict({name: found[name] for name in wanted}, strict=False)
    return module


def _without_prefix(tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors by the names that most of the wanted ones have, prefixes taken off as often as it helps."""
    best = dict(tensors)
    while True:
        tried = [
            {name.removeprefix(prefix): value for name, value in best.items() if name.startswith(prefix)}
            for prefix in PREFIXES
        ]
        better = max(tried, key=lambda names: len(wanted.keys() & names.keys()))
        if len(wanted.keys() & better.keys()) > len(wanted.keys() & best.keys()):
            return better
        deeper = [names for names in tried if names and len(names) >= len(wanted)]
        if not deeper or wanted.keys() & best.keys():
            return best
        best = deeper[0]


def _torchvision_builder(entry: Entry) -> Any:
    models = torchvision_module("torchvision.models")
    name = entry.module.removeprefix(TORCHVISION)
    known = models.list_models(module=models)
    if name not in known:
        raise HighlowError(f"torchvision has no classification network {name!r}; {nearest(name, known)}")

    def builder(**arguments: Any) -> nn.Module:
        try:
            found: nn.Module = models.get_model(name, weights=None, **TRAINED_OPTIONS | arguments)
        except TypeError:  # it has no such options
            found = models.get_model(name, weights=None, **arguments)
        return found

    return builder


def _named_builder(entry: Entry) -> Any:
    place, _, function = entry.module.rpartition(":")
    path = code_file(entry.module)
    try:
        found = _from_file(path) if path else _from_package(place)
    except HighlowError as error:
        raise HighlowError(f"network {entry.name!r}: {error}") from None
    except Exception as error:  # whatever the user's code raises
        raise HighlowError(f"network {entry.name!r}: {place} raised {_shown(error)} while it was imported") from error
    builder = getattr(found, function, None)
    if not callable(builder):
        known = [name for name, item in vars(found).items() if callable(item) and not name.startswith("_")]
        hint = nearest(function, known) if known else "it has none"
        raise HighlowError(f"network {entry.name!r}: {place} has no function {function!r}; {hint}")
    return builder


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise HighlowError(f"no file {path}; write its path from the folder of the call")
    spec = importlib.util.spec_from_file_location(f"highlow_user_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and torch.fx look their module up
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    return module


def _from_package(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise HighlowError(
            f"no package {error.name!r} for {name!r}; install it into the environment (pip install {error.name})"
        ) from None


def _shown(error: BaseException) -> str:
    """Return an error in one line, with the last place outside this library."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if is_users(frame.filename)]
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}: {(str(error).strip().splitlines() or [''])[0][:200]}"
