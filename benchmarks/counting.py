"""Operations and bytes that a computation needs, counted from the graph."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from highlow.circuits import factors
from highlow.networks import operations
from highlow.networks.graph import Architecture

FLOAT, DOUBLE = 4, 8


@dataclass(frozen=True)
class Needs:
    """What one image needs.

    Attributes
    ----------
    operations : float
        Two for a multiplication with its addition, of convolutions.
    ends : float
        Bytes of the image and of the layer: what has to move, however large the caches are.
    activations : float
        Bytes of all activations, each written once and read by every node that reads it: what moves without a cache.
    weights : float
        Bytes of weights: once a batch.
    """

    operations: float
    ends: float
    activations: float
    weights: float


def needs(architecture: Architecture, layer: str, size: int, position: int | None = None) -> Needs:
    """Return what a layer needs for an image of `size` pixels: all of it, or what one position of it sees."""
    count, moved, stored = 0.0, 0.0, 0.0
    axes = [_positions(architecture, layer, size, position, axis) for axis in (0, 1)]
    values = {node.name: node.channels * axes[0][node.name] * axes[1][node.name] for node in architecture.upto(layer)}
    for node in architecture.upto(layer):
        moved += FLOAT * (values[node.name] + sum(values[name] for name in node.inputs))
        if node.op == "conv":
            taps = math.prod(operations.kernel_of(node)) * architecture.by_name[node.inputs[0]].channels / node.groups
            count += 2 * values[node.name] * taps
            stored += FLOAT * node.channels * taps
    ends = FLOAT * (values[architecture.nodes[0].name] + values[architecture.node(layer).name])
    return Needs(count, ends, moved, stored)


def _positions(architecture: Architecture, layer: str, size: int, position: int | None, axis: int) -> dict[str, int]:
    """Return how many positions of every node are computed along an axis."""
    sizes = architecture.sizes(layer, size, axis)
    if position is None:
        return sizes
    spans = architecture.spans(layer, position, size, axis)
    return {name: min(span.last, sizes[name] - 1) - max(span.first, 0) + 1 for name, span in spans.items()}


def composition(architecture: Architecture, source: str, target: str) -> tuple[float, float]:
    """Return the operations, and the bytes of the result, of composing the weights along one path, in float64.

    The operations are those of the convolutions' products: pools treat all channels alike, so that the convolutions
    before them need products at as many places as there are behind them.
    """
    count, side, places, step = 0.0, 1, 1, 1
    node = architecture.node(target)
    units = node.channels
    while node.name != source:
        inner = architecture.by_name[node.inputs[0]]
        if node.has_window:
            side = (side - 1) * node.window.stride + node.window.extent
            step *= node.window.stride
        if node.op == "conv":
            count += 2 * units * places**2 * node.channels * inner.channels // node.groups * node.window.kernel**2
            if node.window.kernel > 1:
                places, step = (places - 1) * step + node.window.extent, 1
        node = inner
    return count, float(DOUBLE * units * side**2 * node.channels)


def factorization(matrix: np.ndarray, rank: int) -> tuple[Callable[[], object], int]:
    """Return a fit of one random start, and the iterations that it takes."""
    from sklearn.decomposition import non_negative_factorization

    halves = np.concatenate([np.maximum(matrix, 0), np.maximum(-matrix, 0)])
    given = {"n_components": rank, "init": "random", "random_state": 0, "tol": factors.TOLERANCE}

    def fit() -> tuple[np.ndarray, np.ndarray, int]:
        found: tuple[np.ndarray, np.ndarray, int] = non_negative_factorization(
            halves, max_iter=factors.ITERATIONS, **given
        )
        return found

    return fit, fit()[2]
