"""A network whose rectifiers let gradients through where a unit would otherwise never start to respond."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from highlow.networks import operations
from highlow.networks.graph import Architecture, Node
from highlow.networks.model import Network, View


class LeakyNetwork(Network):
    """A copy of a network, truncated at `layer`, for optimizing pictures; its forward pass is the network's.

    Attributes
    ----------
    leak : Tensor or None
        Pictures, (n,) bool, for which a rectifier that is off passes the gradients that would switch it on. Gradients
        that would push it down further stop there, as they change nothing.
    opposed : Tensor or None
        Pictures, (n,) bool, whose objective is to have the layer's units respond less: the layer's own rectifiers are
        no obstacle to them, or the objective would end with the first silent picture.
    watched : str or None
        A node whose last output is kept in `seen`.
    """

    def __init__(self, network: Network, layer: str) -> None:
        weights = {
            node.name: network.parameters_of(node.name) for node in network.architecture.nodes if node.has_weights
        }
        super().__init__(network.architecture, weights, layer)
        self.leak: Tensor | None = None
        self.opposed: Tensor | None = None
        self.watched: str | None = None
        self.seen = torch.empty(0)
        self.last = _last_rectifiers(network.architecture, layer)

    def _compute(self, node: Node, alive: Mapping[str, Tensor], view: View) -> Tensor:
        result = super()._compute(node, alive, view)
        if node.name == self.watched:
            self.seen = result
        return result

    def _weighted(self, x: Tensor, node: Node, weight: Tensor, bias: Tensor | None) -> Tensor:
        if node is not self.first:
            return super()._weighted(x, node, weight, bias)
        result: Tensor = _OfPicture.apply(x, node, weight, bias)  # type: ignore[no-untyped-call]
        return result

    def _rectified(self, x: Tensor, node: Node, own: bool = False) -> Tensor:
        opposed = self.opposed if node.name in self.last else None
        if node.activation != "relu" or (self.leak is None and opposed is None):
            return super()._rectified(x, node, own)
        nobody = torch.zeros(len(x), dtype=torch.bool, device=x.device)
        masks = [nobody if mask is None else mask for mask in (self.leak, opposed)]
        result: Tensor = _Leaky.apply(x, *(mask[:, None, None, None] for mask in masks))  # type: ignore[no-untyped-call]
        return result


class _Leaky(torch.autograd.Function):
    """A rectifier; gradients are those of a loss that is minimized."""

    @staticmethod
    def forward(context: Any, x: Tensor, leak: Tensor, opposed: Tensor) -> Tensor:
        context.save_for_backward(x > 0, leak, opposed)
        return functional.relu(x)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        on, leak, opposed = context.saved_tensors
        return gradient * (on | opposed | (leak & (gradient < 0))), None, None


class _OfPicture(torch.autograd.Function):
    """A convolution of a picture; its gradient is one matrix product and a sum of patches.

    oneDNN, which PyTorch calls, is made for many channels: of three it takes twice the time.
    """

    @staticmethod
    def forward(context: Any, x: Tensor, node: Node, weight: Tensor, bias: Tensor | None) -> Tensor:
        context.save_for_backward(weight)
        context.node, context.size = node, x.shape[2:]
        return operations.convolution(x, node, weight, bias)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        (weight,) = context.saved_tensors
        dilation = tuple(window.dilation for window in context.node.windows)
        patches = weight.flatten(1).t() @ gradient.flatten(2)
        stride = context.node.window.stride
        return functional.fold(patches, context.size, weight.shape[2:], dilation, 0, stride), None, None, None


def _last_rectifiers(architecture: Architecture, layer: str) -> set[str]:
    """Return the nodes whose rectifiers give a layer its values."""
    node = architecture.node(architecture.pictured_layer(layer))
    return set(node.inputs) if node.op == "concat" else {node.name}
