"""Weights that keep a network's function while it becomes wider or deeper.

Chen, Goodfellow and Shlens, "Net2Net: Accelerating Learning via Knowledge Transfer", ICLR 2016: channels are copied and
their outgoing weights divided among the copies; a convolution that passes its input on is inserted.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from highlow.networks.graph import Architecture

Weights = dict[str, tuple[Tensor, Tensor]]
Copies = dict[str, NDArray[np.intp]]


def copies(narrow: Architecture, wide: Architecture, generator: np.random.Generator) -> Copies:
    """Return for every node of the wide network the narrow network's channel that each of its channels copies.

    Where a convolution becomes wider, every channel is there once and random ones again, in random order.
    """
    found: Copies = {}
    for node in wide.nodes:
        count = narrow.by_name[node.name].channels
        if node.op == "concat":
            first = np.cumsum([0, *(narrow.by_name[name].channels for name in node.inputs)])
            found[node.name] = np.concatenate(
                [start + found[name] for start, name in zip(first[:-1], node.inputs, strict=True)]
            )
        elif node.has_weights and node.channels > count:
            again = generator.integers(count, size=node.channels - count)
            found[node.name] = generator.permutation(np.concatenate([np.arange(count), again]))
        elif node.has_weights or node.op == "input":
            found[node.name] = np.arange(count)
        else:
            found[node.name] = found[node.inputs[0]]
    return found


def widened(weights: Weights, wide: Architecture, copied: Copies) -> Weights:
    """Return the weights of the wide network that computes what the narrow one does, in every copy of a channel."""
    result: Weights = {}
    for node in wide.nodes:
        if node.has_weights:
            weight, bias = weights[node.name]
            rows, columns = copied[node.name], copied[node.inputs[0]]
            shares = 1 / np.bincount(columns)[columns]
            scale = torch.from_numpy(shares.astype(np.float32)).view(1, -1, *(1,) * (weight.ndim - 2))
            result[node.name] = (weight[rows][:, columns] * scale, bias[rows])
    return result


def passing_on(channels: int, kernel: int) -> tuple[Tensor, Tensor]:
    """Return weight and bias of a convolution whose output is its input: the rectifier behind it changes nothing."""
    weight = torch.zeros(channels, channels, kernel, kernel)
    weight[range(channels), range(channels), kernel // 2, kernel // 2] = 1.0
    return weight, torch.zeros(channels)


def noisy(weights: Weights, share: float, generator: np.random.Generator) -> Weights:
    """Return weights with Gaussian noise: `share` of the root mean square of each unit's kernel."""
    result: Weights = {}
    for name, (weight, bias) in weights.items():
        size = weight.square().mean(dim=tuple(range(1, weight.ndim)), keepdim=True).sqrt()
        noise = torch.from_numpy(generator.normal(size=tuple(weight.shape)).astype(np.float32))
        result[name] = (weight + share * size * noise, bias)
    return result
