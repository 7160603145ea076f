"""A network as data: named nodes, each an operation on earlier nodes.

Everything that the pipeline asks of a network (run it to a layer, find a receptive field, compose its weights) is a
walk over these nodes, so that a new architecture is a new list and no new code.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from highlow.networks.geometry import ReceptiveField, Window
from highlow.runs.errors import HighlowError, nearest

Operation = Literal[
    "input", "conv", "max_pool", "avg_pool", "local_response_norm", "concat", "add", "global_average", "linear"
]


@dataclass(frozen=True)
class Preprocessing:
    """How an RGB image in [0, 1] becomes the network's input: `scale * image[channels] - offset`, a value a channel."""

    scale: tuple[float, float, float]
    offset: tuple[float, float, float]
    channels: tuple[int, int, int] = (0, 1, 2)


@dataclass(frozen=True)
class LocalResponseNorm:
    """PyTorch's `local_response_norm` constants (alpha is divided by `size` there)."""

    size: int
    alpha: float
    beta: float
    k: float


@dataclass(frozen=True)
class Node:
    """One operation.

    Attributes
    ----------
    name : str
        TensorFlow InceptionV1 name where there is one.
    op : str
        Convolutions and linear nodes own a weight and a bias of the node's name.
    inputs : tuple of str
        Names of the nodes that it reads.
    channels : int
        Channels of its output.
    window : Window
        Of convolutions and pools.
    relu : bool
        Whether a rectifier follows (convolutions, sums and linear nodes).
    branches : tuple of str
        Of a concatenation: the name of each input as a branch (`1x1`, `3x3`, ...).
    block : str
        The block that the node is a part of, if it is not a whole block itself.
    """

    name: str
    op: Operation
    inputs: tuple[str, ...] = ()
    channels: int = 0
    window: Window = field(default_factory=Window)
    relu: bool = False
    norm: LocalResponseNorm | None = None
    branches: tuple[str, ...] = ()
    block: str = ""

    @property
    def has_weights(self) -> bool:
        """Whether the node owns a weight and a bias."""
        return self.op in ("conv", "linear")

    @property
    def has_window(self) -> bool:
        """Whether the node slides a window over its input."""
        return self.op in ("conv", "max_pool", "avg_pool")


@dataclass(frozen=True)
class Architecture:
    """A directed acyclic graph of nodes in an order in which they can be computed; the first is the image.

    Attributes
    ----------
    name : str
        Name in messages.
    nodes : tuple of Node
        The graph.
    preprocessing : Preprocessing
        Of the image.
    blocks : tuple of str
        Every block before the classifier of the whole network, also of those that the nodes leave out: the article
        counts depth in them.
    logits : str
        The node whose output is a value a class.
    """

    name: str
    nodes: tuple[Node, ...]
    preprocessing: Preprocessing
    blocks: tuple[str, ...] = ()
    logits: str = ""

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """Nodes by name."""
        return {node.name: node for node in self.nodes}

    def node(self, name: str) -> Node:
        """Return a node.

        Raises
        ------
        HighlowError
            If there is none of that name; the message names the nearest one.
        """
        if name not in self.by_name or self.by_name[name].op == "input":
            known = [node.name for node in self.nodes if node.op != "input"]
            raise HighlowError(f"network {self.name!r} has no layer {name!r}; {nearest(name, known)}")
        return self.by_name[name]

    def upto(self, name: str) -> tuple[Node, ...]:
        """Return the nodes that `name` depends on, itself included, in order."""
        needed = {self.node(name).name}
        for node in reversed(self.nodes):
            if node.name in needed:
                needed.update(node.inputs)
        return tuple(node for node in self.nodes if node.name in needed)

    def truncated(self, name: str) -> "Architecture":
        """Return the architecture without anything that `name` does not need."""
        return replace(self, nodes=self.upto(name))

    def without_missing(self, present: Iterable[str]) -> "Architecture":
        """Return the part whose weights are all `present` (some files hold the early layers only)."""
        available = set(present)
        kept: set[str] = set()
        for node in self.nodes:
            if all(name in kept for name in node.inputs) and (not node.has_weights or node.name in available):
                kept.add(node.name)
        return replace(self, nodes=tuple(node for node in self.nodes if node.name in kept))

    def branch_of_unit(self, layer: str) -> list[str]:
        """Return the branch name of every unit of a layer; a layer without branches is its own branch."""
        node = self.node(layer)
        if node.op != "concat":
            return [layer] * node.channels
        return [
            branch
            for branch, name in zip(node.branches, node.inputs, strict=True)
            for _ in range(self.by_name[name].channels)
        ]

    def branch_node(self, layer: str, branch: str) -> Node:
        """Return the node that computes a branch of a layer."""
        node = self.node(layer)
        if node.op != "concat":
            return node
        return self.by_name[node.inputs[node.branches.index(branch)]]

    def layers_before(self, layer: str) -> tuple[str, ...]:
        """Return the layer that feeds `layer`: normalization and the rest of its block are skipped."""
        node = self.node(layer)
        block = node.block or node.name
        while True:
            node = self.by_name[node.inputs[0]]
            if node.block != block and node.op != "local_response_norm":
                return () if node.op == "input" else (node.name,)

    def pictured_layer(self, layer: str) -> str:
        """Return the layer whose units are shown as pictures of a layer's channels.

        A pool or a normalization passes on the channels of the layer before it; any other layer is its own.
        """
        node = self.node(layer)
        while node.op in ("max_pool", "avg_pool", "local_response_norm"):
            node = self.by_name[node.inputs[0]]
        return node.name

    def convolutions_of(self, layer: str) -> list[Node]:
        """Return the convolutions of a layer's block; none where the layer is a pool or a normalization."""
        node = self.node(layer)
        block = node.block or node.name
        return [item for item in self.nodes if item.op == "conv" and (item.block or item.name) == block]

    def depth(self, layer: str) -> tuple[int, int] | None:
        """Return the 1-based index of a layer's block and the number of blocks before the classifier.

        The article's measure of depth (section "Universality"); None for a layer between blocks.
        """
        node = self.node(layer)
        block = node.block or node.name
        return (self.blocks.index(block) + 1, len(self.blocks)) if block in self.blocks else None

    def sizes(self, layer: str, size: int) -> dict[str, int]:
        """Return the width of every node's output up to `layer` for a square image of `size` pixels."""
        result: dict[str, int] = {}
        for node in self.upto(layer):
            if node.op == "input":
                result[node.name] = size
            elif node.op in ("global_average", "linear"):
                result[node.name] = 1
            else:
                result[node.name] = node.window.output_size(result[node.inputs[0]])
            if result[node.name] < 1:
                raise HighlowError(f"an image of {size} px is too small for layer {layer!r} of {self.name!r}")
        return result

    def spans(self, layer: str, position: int, size: int) -> dict[str, ReceptiveField]:
        """Return the positions of every node that a position of `layer` sees in a square image of `size` pixels.

        Exact for this size: TensorFlow's SAME padding moves the centre with the size (Araujo, Norris and Sim,
        "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019). Spans may reach into the padding.
        """
        sizes = self.sizes(layer, size)
        spans = {layer: ReceptiveField(position, position)}
        for node in reversed(self.upto(layer)):
            for name in node.inputs:
                span = spans[node.name]
                if node.op in ("global_average", "linear"):
                    span = ReceptiveField(0, sizes[name] - 1)
                elif node.has_window:
                    span = span.through(node.window, sizes[name])
                spans[name] = spans[name].union(span) if name in spans else span
        return spans

    def receptive_field(self, layer: str, position: int, size: int) -> ReceptiveField:
        """Return the pixels seen by a position of `layer` in a square image of `size` pixels."""
        return self.spans(layer, position, size)[self.nodes[0].name]

    def stride(self, layer: str) -> int:
        """Return the distance in image pixels between neighbouring positions of a layer."""
        strides: dict[str, int] = {}
        for node in self.upto(layer):
            strides[node.name] = max((strides[name] for name in node.inputs), default=1) * node.window.stride
        return strides[layer]

    def central_position(self, layer: str, size: int) -> int:
        """Return the position whose receptive field lies nearest to the middle of the image (the first of two)."""
        count = self.sizes(layer, size)[layer]
        middle = (size - 1) / 2
        return min(
            range(count),
            key=lambda position: (abs(self.receptive_field(layer, position, size).center - middle), position),
        )

    def canvas_size(self, layer: str) -> int:
        """Return the smallest image on which a position of `layer` sees no padding.

        It is a multiple of the layer's stride, so that SAME padding is what it is on any larger such image, and
        the central position answers exactly as on that image.
        """
        for node in self.upto(layer):
            if node.op in ("global_average", "linear"):
                raise HighlowError(f"layer {layer!r} of {self.name!r} sees the whole image: it has no receptive field")
        stride = self.stride(layer)
        large = 256 * stride
        width = self.receptive_field(layer, self.central_position(layer, large), large).size
        size = -(-width // stride) * stride
        while True:
            span = self.receptive_field(layer, self.central_position(layer, size), size)
            if span.first >= 0 and span.last < size:
                return size
            size += stride
