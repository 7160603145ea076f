"""Negative controls: a network with its weights destroyed, in which nothing may be found. Imports no PyTorch.

Biases and architecture are kept. Every draw of every node has random numbers of its own, so that a node's do not depend
on which other nodes there are.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from highlow.networks.extracted_file import Arrays, Content
from highlow.networks.graph import Architecture, Node
from highlow.networks.registry import Entry
from highlow.runs.errors import HighlowError

Floats = NDArray[np.floating]


def destroyed(network: Content, entry: Entry, seed: int) -> Content:
    """Return a control of a network.

    Parameters
    ----------
    network : Content
        The intact network.
    entry : Entry
        Of the control: what is destroyed, and the draw; `layer` is the studied one.
    seed : int
        With the draw, of the random numbers.

    Raises
    ------
    HighlowError
        If nothing would change.
    """
    destroy = DESTROYED[entry.control]
    weights: Arrays = {}
    for index, node in enumerate(network.architecture.nodes):
        if not node.has_weights:
            continue
        weight, bias = network.weights[node.name]
        if affects(entry.control, node, network.architecture, entry.layer):
            generator = np.random.default_rng([seed, entry.draw, index])
            weight = destroy(weight, generator)
        weights[node.name] = (weight, bias)
    if all(np.array_equal(weight, network.weights[name][0]) for name, (weight, _) in weights.items()):
        raise HighlowError(f"control {entry.name!r} changes nothing: layer {entry.layer!r} has no taps to shuffle")
    return Content(entry.name, network.architecture, weights)


def affects(control: str, node: Node, architecture: Architecture, layer: str) -> bool:
    """Return whether a control changes a node: every convolution, or those of the studied layer alone."""
    if node.op != "conv":
        return False
    return control != "shuffled_last" or node in architecture.convolutions_of(layer)


def shuffled_taps(weight: Floats, generator: np.random.Generator) -> Floats:
    """Return the weight (out, in, kh, kw) with its taps permuted, independently for every pair of channels."""
    return generator.permuted(weight.reshape(*weight.shape[:2], -1), axis=2).reshape(weight.shape)


def shuffled_inputs(weight: Floats, generator: np.random.Generator) -> Floats:
    """Return the weight (out, in, kh, kw) with its input channels permuted, independently for every output."""
    order = generator.permuted(np.tile(np.arange(weight.shape[1]), (len(weight), 1)), axis=1)
    return np.take_along_axis(weight, order[:, :, None, None], axis=1)


def redrawn(weight: Floats, generator: np.random.Generator) -> Floats:
    """Return normal random numbers of the weight's shape, mean and standard deviation."""
    return generator.normal(weight.mean(), weight.std(), weight.shape).astype(weight.dtype)


DESTROYED: dict[str, Callable[[Floats, np.random.Generator], Floats]] = {
    "shuffled_space": shuffled_taps,
    "shuffled_channels": shuffled_inputs,
    "shuffled_last": shuffled_taps,
    "random": redrawn,
}
