"""A network while it is translated: its nodes and weights so far, and what the calls' results stand for."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from highlow.networks.geometry import Window
from highlow.networks.graph import Node, Operation
from highlow.networks.importing.tracing import Call

# How a tensor holds a node's channels and positions: as the project does, with the channels last, without positions,
# as one plane (without channels), or with the channels in groups, before and after these were transposed.
NCHW, NHWC, FLAT, PLANE, GROUPED, SHUFFLED = "nchw", "nhwc", "flat", "plane", "grouped", "shuffled"
IMAGE = "image"


class Unsupported(Exception):  # noqa: N818 (it becomes a HighlowError once the last good layer is known)
    """A call that has no node."""


@dataclass(frozen=True)
class Value:
    """What a call's result is: a node, and how a tensor holds it.

    `border` is what was put around it of minus infinity (left, right, top, bottom): padding of the max pool to come.
    """

    node: str
    shape: tuple[int, ...]
    layout: str = NCHW
    groups: int = 0
    border: tuple[int, ...] = ()

    @property
    def channels(self) -> int:
        """Channels of the node's output."""
        return self.shape[3] if self.layout == NHWC else self.shape[1]

    @property
    def has_positions(self) -> bool:
        """Whether there is more than one position."""
        sizes = self.shape[1:3] if self.layout == NHWC else self.shape[2:]
        return any(size > 1 for size in sizes)


@dataclass
class Draft:
    """A growing network.

    Attributes
    ----------
    nodes : dict of Node
        By name, in the order in which they can be computed.
    weights : dict
        Weight and bias by node name.
    paths : dict
        The module path of each node's call.
    born_of_function : set of str
        Nodes that no module of PyTorch's own gave its name to.
    dtype : torch.dtype
        Of the weights.
    """

    nodes: dict[str, Node] = field(default_factory=lambda: {IMAGE: Node(IMAGE, "input", channels=3)})
    weights: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    born_of_function: set[str] = field(default_factory=set)
    dtype: torch.dtype = torch.float32

    def add(
        self,
        call: Call,
        op: Operation,
        inputs: Sequence[Value],
        channels: int,
        *,
        layout: str = NCHW,
        shape: tuple[int, ...] = (),
        weights: tuple[Tensor, Tensor] | None = None,
        **fields: Any,
    ) -> Value:
        """Add a node and return the call's result; fields are those of `Node`."""
        if op != "max_pool" and any(value.border for value in inputs):
            raise Unsupported("of an image with a border of minus infinity")
        name = self._name(call, op)
        self.nodes[name] = Node(name, op, tuple(value.node for value in inputs), channels, **fields)
        self.paths[name] = call.path
        if weights is not None:
            # Copies: the module may be trained further.
            weight, bias = (part.detach().to(self.dtype, copy=True) for part in weights)
            self.weights[name] = (weight, bias)
        return Value(name, shape or call.shape, layout)

    def _name(self, call: Call, op: str) -> str:
        wanted = call.path if call.is_leaf else ".".join(filter(None, (call.path, op)))
        name, count = wanted, 0
        while name in self.nodes or not name:
            count += 1
            name = f"{wanted or op}_{count}"
        if not call.is_leaf:
            self.born_of_function.add(name)
        return name

    def scale(self, call: Call, x: Value, factor: Tensor | float, shift: Tensor | float) -> Value:
        """Add a factor and a shift a channel; numbers and tensors of one number a channel will do."""
        pair = [_a_channel(part, x) for part in (factor, shift)]
        return self.add(call, "scale", [x], x.channels, layout=x.layout, weights=(pair[0], pair[1]))


def _a_channel(values: Tensor | float, x: Value) -> Tensor:
    """Return constants as one number a channel of `x`.

    Raises
    ------
    Unsupported
        If they differ between positions.
    """
    constants = torch.as_tensor(values, dtype=torch.float64).detach()
    axis = {NHWC: 3, PLANE: -1}.get(x.layout, 1)
    if constants.numel() == 1:
        return constants.reshape(1).expand(1 if x.layout == PLANE else x.channels).clone()
    full = constants.reshape((1,) * (len(x.shape) - constants.ndim) + tuple(constants.shape))
    if axis < 0 or full.shape[axis] != full.numel() or full.numel() != x.channels:
        raise Unsupported("with a constant that is not one number a channel")
    return full.reshape(-1).clone()


def window(kernel: Any, stride: Any, padding: Any, dilation: Any = 1, *, ceil: bool = False) -> dict[str, Any]:
    """Return the fields `window` and `columns` of a node from PyTorch's arguments.

    Raises
    ------
    Unsupported
        If the strides of both axes differ.
    """
    kernels, strides, dilations = (pair(value) for value in (kernel, stride, dilation))
    if strides[0] != strides[1]:
        raise Unsupported(f"with other strides down and to the right, {strides}")
    if padding == "same":  # PyTorch's: for stride 1, the odd pixel behind
        totals = [(size - 1) * step for size, step in zip(kernels, dilations, strict=True)]
        paddings: list[Any] = [(total // 2, total - total // 2) for total in totals]
    elif padding == "tensorflow":
        paddings = ["same", "same"]
    else:
        paddings = list(pair(0 if padding == "valid" else padding))
    rows, columns = (
        Window(size, strides[0], _plain(pad), ceil, step)
        for size, pad, step in zip(kernels, paddings, dilations, strict=True)
    )
    return {"window": rows, "columns": None if rows == columns else columns}


def _plain(padding: Any) -> Any:
    return padding[0] if isinstance(padding, tuple) and padding[0] == padding[1] else padding


def pair(value: Any) -> tuple[Any, Any]:
    """Return PyTorch's number, or pair of numbers, as a pair."""
    items = list(value) if isinstance(value, list | tuple) else [value]
    return (items[0], items[-1])


def with_layout(value: Value, layout: str, shape: tuple[int, ...], groups: int = 0) -> Value:
    """Return the same node held in another way."""
    return replace(value, layout=layout, shape=shape, groups=groups)
