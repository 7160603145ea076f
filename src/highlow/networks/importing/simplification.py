"""A translated network without what training left in it: norms folded, nonlinearities part of the nodes before them."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

from torch import Tensor

from highlow.networks.graph import Node

Weights = Mapping[str, tuple[Tensor, Tensor]]

# What a nonlinearity becomes a part of.
ACTIVE = ("conv", "linear", "scale", "layer_norm", "add", "multiply", "gate", "concat")


def simplified(
    nodes: dict[str, Node], weights: Weights, results: Collection[str]
) -> tuple[dict[str, Node], dict[str, tuple[Tensor, Tensor]], dict[str, str]]:
    """Return the nodes that results need, scales and nonlinearities folded into those before them where these allow.

    Parameters
    ----------
    nodes : dict of Node
        By name, in the order in which they are computed.
    weights : mapping
        Weight and bias by node name.
    results : collection of str
        Nodes.

    Returns
    -------
    nodes, weights : dict
    merged : dict
        For every node that is gone into another one, that one's name.
    """
    left = {name: nodes[name] for name in _needed(nodes, results)}
    readers = Counter(name for node in left.values() for name in node.inputs)
    kept: dict[str, Node] = {}
    folded: dict[str, tuple[Tensor, Tensor]] = {}
    merged: dict[str, str] = {}
    for name, original in left.items():
        node = replace(original, inputs=tuple(merged.get(item, item) for item in original.inputs))
        before = kept.get(node.inputs[0]) if node.inputs else None
        # The node before can take this one in if nobody else reads what it gave so far.
        alone = before is not None and readers[original.inputs[0]] == 1 and not before.activation
        if before is not None and alone and node.op == "scale" and before.op in ("conv", "linear", "scale"):
            folded[before.name] = _scaled(folded[before.name], weights[name])
        elif before is not None and alone and node.op == "activation" and before.op in ACTIVE:
            kept[before.name] = replace(before, activation=node.activation, slope=node.slope)
        else:
            kept[name] = node
            if name in weights:
                folded[name] = weights[name]
            continue
        merged[name] = before.name
        readers[before.name] = readers[name]
    return kept, folded, merged


def _needed(nodes: dict[str, Node], results: Collection[str]) -> list[str]:
    needed = set(results)
    for name in reversed(nodes):
        if name in needed:
            needed.update(nodes[name].inputs)
    return [name for name in nodes if name in needed]


def _scaled(before: tuple[Tensor, Tensor], scale: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Return weight and bias with a factor and a shift a channel folded in, computed in float64."""
    (weight, bias), (factor, shift) = ((part[0].double(), part[1].double()) for part in (before, scale))
    shape = (-1, *(1,) * (weight.ndim - 1))
    dtype = before[0].dtype
    return (weight * factor.view(shape)).to(dtype).contiguous(), (bias * factor + shift).to(dtype)
