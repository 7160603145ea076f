"""A network with its weights as tensors, from and to `weights.h5`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from highlow.networks import extracted_file
from highlow.networks.graph import Architecture
from highlow.networks.registry import Entry

Weights = dict[str, tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Extracted:
    """A network by its registry name, with weight and bias tensors by node name."""

    name: str
    architecture: Architecture
    weights: Weights


def cut(name: str, architecture: Architecture, weights: Weights) -> Extracted:
    """Return a network under its registry name, without the nodes whose weights are missing.

    Raises
    ------
    HighlowError
        If a weight has the wrong shape or is not finite.
    """
    return Extracted(name, extracted_file.with_weights(name, architecture, weights), weights)


def write(path: str | os.PathLike[str], network: Extracted, entry: Entry, origin: Mapping[str, Any]) -> None:
    """Write `weights.h5`, see `extracted_file.write`."""
    extracted_file.write(path, content(network), entry, origin)


def read(path: str | os.PathLike[str]) -> Extracted:
    """Read `weights.h5`, see `extracted_file.read`, also for what is raised."""
    return from_content(extracted_file.read(path))


def content(network: Extracted) -> extracted_file.Content:
    """Return a network with its weights as arrays, which share the tensors' memory."""
    weights = {name: (weight.numpy(), bias.numpy()) for name, (weight, bias) in network.weights.items()}
    return extracted_file.Content(network.name, network.architecture, weights)


def from_content(found: extracted_file.Content) -> Extracted:
    """Return a network with its weights as tensors, which share the arrays' memory."""
    arrays = found.weights.items()
    weights = {name: (torch.from_numpy(weight), torch.from_numpy(bias)) for name, (weight, bias) in arrays}
    return Extracted(found.name, found.architecture, weights)
