"""A network as data: named nodes, each an operation on earlier nodes.

Everything that the pipeline asks of a network (run it to a layer, find a receptive field, compose its weights) is a
walk over these nodes, so that a new architecture is a new list and no new code.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from highlow.networks.geometry import ReceptiveField, Window
from highlow.runs.errors import HighlowError, nearest

Operation = Literal[
    "input",
    "conv",
    "linear",
    "scale",
    "layer_norm",
    "local_response_norm",
    "activation",
    "max_pool",
    "avg_pool",
    "adaptive_pool",
    "global_average",
    "flatten",
    "pad",
    "select",
    "concat",
    "add",
    "multiply",
    "gate",
]
# Nodes behind which there are no positions any more.
WHOLE_IMAGE = ("global_average", "flatten", "linear")
# The kin of the rectifier: a unit that it passes on responds to what it stands for, and to nothing by not responding.
RECTIFIERS = ("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "silu", "gelu", "gelu_tanh", "hardswish", "mish")


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
        Convolutions, linear nodes, scales (a factor and a shift a channel) and layer norms own a weight and a bias of
        the node's name. A gate multiplies its first input by one number a channel, its second; what that number sees
        is not part of the receptive field.
    inputs : tuple of str
        Names of the nodes that it reads.
    channels : int
        Channels of its output.
    window : Window
        Of convolutions, pools and paddings.
    columns : Window or None
        Its horizontal window where that is another one; the strides are the same.
    groups : int
        Of a convolution.
    activation : str
        The nonlinearity that follows, `relu` or another of `operations.ACTIVATIONS`; empty if there is none.
    slope : float
        Of a leaky rectifier.
    branches : tuple of str
        Of a concatenation: the name of each input as a branch (`1x1`, `3x3`, ...).
    block : str
        The block that the node is a part of, if it is not a whole block itself.
    counts_padding : bool
        Whether an average pool counts the zeros around its input.
    epsilon : float
        Of a layer norm.
    size : int
        Of an adaptive pool: positions of its output on each axis.
    indices : tuple of int
        Of a selection: the input's channel at each of its own.
    """

    name: str
    op: Operation
    inputs: tuple[str, ...] = ()
    channels: int = 0
    window: Window = field(default_factory=Window)
    columns: Window | None = None
    groups: int = 1
    activation: str = ""
    slope: float = 0.0
    norm: LocalResponseNorm | None = None
    branches: tuple[str, ...] = ()
    block: str = ""
    counts_padding: bool = False
    epsilon: float = 0.0
    size: int = 0
    indices: tuple[int, ...] = ()

    @property
    def has_weights(self) -> bool:
        """Whether the node owns a weight and a bias."""
        return self.op in ("conv", "linear", "scale", "layer_norm")

    @property
    def has_window(self) -> bool:
        """Whether the node slides a window over its input."""
        return self.op in ("conv", "max_pool", "avg_pool", "pad")

    @property
    def rectified(self) -> bool:
        """Whether a rectifier, or a nonlinearity of its kin, follows."""
        return self.activation in RECTIFIERS

    @property
    def windows(self) -> tuple[Window, Window]:
        """The vertical and the horizontal window."""
        return self.window, self.columns or self.window

    @property
    def taps(self) -> bool:
        """Whether the node is a convolution that sees more than one position."""
        return self.op == "conv" and any(window.kernel > 1 for window in self.windows)


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
    aliases : mapping
        Further names of nodes.
    """

    name: str
    nodes: tuple[Node, ...]
    preprocessing: Preprocessing
    blocks: tuple[str, ...] = ()
    logits: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """Nodes by name."""
        return {node.name: node for node in self.nodes}

    def node(self, name: str) -> Node:
        """Return a node by its name or an alias.

        Raises
        ------
        HighlowError
            If there is none of that name; the message names the nearest one.
        """
        name = self.aliases.get(name, name)
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
            return [node.name] * node.channels
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
            if node.block != block and node.op not in ("local_response_norm", "pad"):
                return () if node.op == "input" else (node.name,)

    def pictured_layer(self, layer: str) -> str:
        """Return the layer whose units are shown as pictures of a layer's channels.

        A pool or a normalization passes on the channels of the layer before it; any other layer is its own.
        """
        node = self.node(layer)
        while node.op in ("max_pool", "avg_pool", "local_response_norm", "pad"):
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

    def local(self, layer: str) -> tuple[Node, ...]:
        """Return the nodes that a position of `layer` sees by where it is, in order: those behind gates are not."""
        needed = {self.node(layer).name}
        for node in reversed(self.nodes):
            if node.name in needed:
                needed.update(node.inputs[:1] if node.op == "gate" else node.inputs)
        return tuple(node for node in self.nodes if node.name in needed)

    def is_gated(self, layer: str) -> bool:
        """Return whether a layer depends on products with numbers that are measured over the whole image."""
        return any(node.op == "gate" for node in self.upto(layer))

    def sizes(self, layer: str, size: int, axis: int = 0) -> dict[str, int]:
        """Return the positions of every node's output up to `layer` for a square image of `size` pixels.

        Parameters
        ----------
        layer : str
            Where to stop.
        size : int
            Pixels of the image.
        axis : int
            0 down, 1 to the right.
        """
        result: dict[str, int] = {}
        for node in self.upto(layer):
            if node.op == "input":
                result[node.name] = size
            elif node.op in WHOLE_IMAGE:
                result[node.name] = 1
            elif node.op == "adaptive_pool":
                result[node.name] = node.size
            else:
                result[node.name] = node.windows[axis].output_size(result[node.inputs[0]])
            if result[node.name] < 1:
                raise HighlowError(f"an image of {size} px is too small for layer {layer!r} of {self.name!r}")
        return result

    def spans(self, layer: str, position: int, size: int, axis: int = 0) -> dict[str, ReceptiveField]:
        """Return the positions of every node that a position of `layer` sees in a square image of `size` pixels.

        Exact for this size: TensorFlow's SAME padding moves the centre with the size (Araujo, Norris and Sim,
        "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019). Spans may reach into the padding.
        """
        sizes = self.sizes(layer, size, axis)
        spans = {self.node(layer).name: ReceptiveField(position, position)}
        for node in reversed(self.local(layer)):
            for name in node.inputs[:1] if node.op == "gate" else node.inputs:
                span = spans[node.name]
                if node.op in WHOLE_IMAGE:
                    span = ReceptiveField(0, sizes[name] - 1)
                elif node.op == "adaptive_pool":
                    span = span.pooled(node.size, sizes[name])
                elif node.has_window:
                    span = span.through(node.windows[axis], sizes[name])
                spans[name] = spans[name].union(span) if name in spans else span
        return spans

    def receptive_field(self, layer: str, position: int, size: int, axis: int = 0) -> ReceptiveField:
        """Return the pixels seen by a position of `layer` in a square image of `size` pixels, along an axis."""
        return self.spans(layer, position, size, axis)[self.nodes[0].name]

    def stride(self, layer: str) -> int:
        """Return the distance in image pixels between neighbouring positions of a layer."""
        strides: dict[str, int] = {}
        for node in self.local(layer):
            strides[node.name] = max((strides.get(name, 1) for name in node.inputs), default=1) * node.window.stride
        return strides[self.node(layer).name]

    def central_position(self, layer: str, size: int, axis: int = 0) -> int:
        """Return the position whose receptive field lies nearest to the middle of the image (the first of two)."""
        count = self.sizes(layer, size, axis)[self.node(layer).name]
        middle = (size - 1) / 2

        def center(position: int) -> float:
            return self.receptive_field(layer, position, size, axis).center

        # Centres never go back: the nearest is at the first that reaches the middle, or the one before.
        after = min(bisect_left(range(count), middle, key=center), count - 1)
        before = bisect_left(range(count), center(max(after - 1, 0)), key=center)
        return min((before, after), key=lambda position: (abs(center(position) - middle), position))

    def canvas_size(self, layer: str) -> int:
        """Return the smallest image on which a position of `layer` sees no padding.

        It is a multiple of the layer's stride, so that SAME padding is what it is on any larger such image, and
        the central position answers exactly as on that image.
        """
        for node in self.local(layer):
            if node.op in (*WHOLE_IMAGE, "adaptive_pool"):
                raise HighlowError(f"layer {layer!r} of {self.name!r} sees the whole image: it has no receptive field")
        stride = self.stride(layer)
        width = self.field_size(layer)
        size = -(-width // stride) * stride
        while not all(self._sees_no_padding(layer, size, axis) for axis in self.axes):
            size += stride
        return size

    def field_size(self, layer: str) -> int:
        """Return the width in pixels of the receptive field of a layer, the larger one of both axes."""
        large = 256 * self.stride(layer)
        return max(
            self.receptive_field(layer, self.central_position(layer, large, axis), large, axis).size
            for axis in self.axes
        )

    @cached_property
    def axes(self) -> tuple[int, ...]:
        """The axes that have to be asked about: the vertical one stands for both where all windows are square."""
        return (0,) if all(node.columns is None for node in self.nodes) else (0, 1)

    def _sees_no_padding(self, layer: str, size: int, axis: int) -> bool:
        try:
            span = self.receptive_field(layer, self.central_position(layer, size, axis), size, axis)
        except HighlowError:  # too small for some window on the way
            return False
        return span.first >= 0 and span.last < size
