"""The network that runs: an architecture with its weights as a PyTorch module."""

from collections.abc import Callable, Collection, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from highlow.networks import operations
from highlow.networks.extracted_file import check_weights
from highlow.networks.geometry import Window
from highlow.networks.graph import Architecture, Node, Preprocessing
from highlow.runs.errors import HighlowError

# What a node sees of one of its inputs (the tensor, the node, the input's name, the value of padding): what its window
# runs over without padding.
View = Callable[[Tensor, Node, str, float], Tensor]


class OwnInput(nn.Module):
    """What a network reads, of RGB images in [0, 1]: its channels in its order, scaled and shifted.

    Parameters
    ----------
    preprocessing : Preprocessing
        The network's.
    """

    def __init__(self, preprocessing: Preprocessing) -> None:
        super().__init__()
        self.channels = list(preprocessing.channels)
        self.scale: Tensor
        self.offset: Tensor
        self.register_buffer("scale", torch.tensor(preprocessing.scale).view(3, 1, 1), persistent=False)
        self.register_buffer("offset", torch.tensor(preprocessing.offset).view(3, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Return the network's own input for RGB `images` in [0, 1], (N, 3, H, W)."""
        match self.channels:
            case [0, 1, 2]:
                own = images
            case [2, 1, 0]:
                own = images.flip(1)
            case _:
                own = images[:, self.channels]
        return self.scale * own - self.offset


class Network(nn.Module):
    """An architecture, truncated at a layer, with frozen weights, float32 unless `dtype` says so.

    Called with RGB images in [0, 1], shape (N, 3, H, W), or grey ones, (N, 1, H, W), it returns the post-ReLU
    activations of the layer, (N, C, h, w), or the logits, (N, classes), where the layer is a classifier. Its own
    preprocessing is included; nothing is clipped; no node past the layer is computed. TF32 stays off.

    Parameters
    ----------
    architecture : Architecture
        Untruncated; `layer` says where to stop.
    weights : mapping of str to (Tensor, Tensor)
        Weight (out, in, kh, kw) or (out, in), and bias (out,), by node name.
    layer : str
        The node to return.
    linear : bool
        Run the linearization of the network instead (for expanded weights): rectifiers and normalization are
        the identity, max pools are average pools, biases are zero, and the preprocessing is left out.
    dtype : torch.dtype
        Of weights, images and activations: float64 where an import is compared with the module that it came from.

    Raises
    ------
    HighlowError
        If the layer does not exist or a weight is missing, has the wrong shape or is not finite.
    """

    def __init__(
        self,
        architecture: Architecture,
        weights: Mapping[str, tuple[Tensor, Tensor]],
        layer: str,
        *,
        linear: bool = False,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.dtype = dtype
        self.architecture = architecture.truncated(layer)
        self.layer = self.architecture.node(layer).name
        self.linear = linear
        self.weights = nn.ParameterDict()
        self.biases = nn.ParameterDict()
        check_weights(self.architecture, weights)
        for node in self.architecture.nodes:
            if node.has_weights:
                weight, bias = weights[node.name]
                weight = operations.channels_last(weight.to(dtype))
                self.weights[_key(node.name)] = nn.Parameter(weight, requires_grad=False)
                self.biases[_key(node.name)] = nn.Parameter(bias.to(dtype), requires_grad=False)
        self.first = _only_reader(self.architecture)
        self.last_use = _last_use(self.architecture)
        self.large_enough: set[tuple[int, int]] = set()  # sizes of images that were found to be
        self.views: dict[tuple[tuple[int, int], int], View] = {}  # by position and size of the image
        self.own_input = OwnInput(architecture.preprocessing).to(dtype)
        self.eval()

    def forward(self, images: Tensor) -> Tensor:
        """Return the layer's activations for `images` in [0, 1], RGB or grey, (N, 3, H, W) or (N, 1, H, W)."""
        return self.run(images)[self.layer]

    def parameters_of(self, name: str) -> tuple[Tensor, Tensor]:
        """Return weight and bias of a node."""
        return self.weights[_key(name)], self.biases[_key(name)]

    def at(self, images: Tensor, position: int | tuple[int, int]) -> Tensor:
        """Return the layer's activations at one position, (N, C), and compute nothing else.

        Of every node only the positions that it sees are computed; the numbers are those of `forward` up to rounding.
        Where gates see the whole image, all of it is computed.

        Parameters
        ----------
        images : Tensor
            Square, (N, 3, size, size).
        position : int or (int, int)
            Row and column of the layer.
        """
        size = images.shape[-1]
        position = position if isinstance(position, tuple) else (position, position)
        if self.architecture.is_gated(self.layer):
            return self.run(images)[self.layer][:, :, position[0], position[1]]
        return self.run(images, view=self.view_of(position, size))[self.layer].flatten(1)

    def view_of(self, position: tuple[int, int], size: int) -> View:
        """Return what every node sees where one position of the layer alone is computed, of images of `size` pixels."""
        if (position, size) not in self.views:
            self.views[position, size] = _only_seen(self.architecture, self.layer, position, size)
        return self.views[position, size]

    def run(
        self, images: Tensor, start: str | None = None, view: View | None = None, keep: Collection[str] = ()
    ) -> dict[str, Tensor]:
        """Return the activations that are still alive at the end, by node name.

        Parameters
        ----------
        images : Tensor
            The input, (N, 3, H, W); with `start`, the activations of that node instead.
        start : str, optional
            Begin behind this node.
        view : callable, optional
            What nodes see of their inputs; by default all of it, padded.
        keep : collection of str
            Nodes that stay alive beside the network's layer.
        """
        view = view or padded
        if start is None:
            start = self.architecture.nodes[0].name
            if not self.linear:
                images = self.preprocess(images)
        alive = {start: images}
        started = False
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            for node in self.architecture.nodes:
                if node.name == start:
                    started = True
                elif started and all(name in alive for name in node.inputs):
                    alive[node.name] = self._compute(node, alive, view)
                    for name in node.inputs:
                        if self.last_use[name] == node.name and name != self.layer and name not in keep:
                            alive.pop(name, None)
        if self.layer not in alive:
            raise HighlowError(f"layer {self.layer!r} of {self.architecture.name!r} needs more than {start!r}")
        return alive

    def preprocess(self, images: Tensor) -> Tensor:
        """Return the network's own input for images in [0, 1]; grey ones stay as they are where `first` is known."""
        if images.ndim != 4 or images.shape[1] not in (1, 3):
            raise HighlowError(f"images must have shape (N, 3, H, W), or (N, 1, H, W), not {tuple(images.shape)}")
        if images.dtype != self.dtype:
            expected = str(self.dtype).removeprefix("torch.")
            raise HighlowError(f"images must be {expected} in [0, 1], not {images.dtype}")
        rows, columns = images.shape[2:]
        if (rows, columns) not in self.large_enough:
            for axis, size in enumerate((rows, columns)):
                self.architecture.sizes(self.layer, size, axis)  # says so where an image is too small
            self.large_enough.add((rows, columns))
        if images.shape[1] == 1 and self.first:
            return images  # scaled and shifted with the first kernels
        own: Tensor = self.own_input(images.expand(-1, 3, -1, -1))
        return operations.channels_last(own)

    def _compute(self, node: Node, alive: Mapping[str, Tensor], view: View) -> Tensor:
        if node.op == "max_pool" and not self.linear:
            return self._largest(alive[node.inputs[0]], node, view)
        if node.op == "avg_pool" and not self.linear:
            return self._averaged(alive[node.inputs[0]], node, view)
        inputs = [view(alive[name], node, name, 0.0) for name in node.inputs]
        if node.has_weights:
            weight, bias = self.parameters_of(node.name)
            if node is self.first and inputs[0].shape[1] == 1:
                result = self._of_grey(inputs[0], alive[node.inputs[0]].shape, node, view)
            else:
                result = self._weighted(inputs[0], node, weight, None if self.linear else bias)
            return self._rectified(result, node, own=True)
        match node.op:
            case "concat" | "add" | "multiply":
                return self._rectified(operations.joined(inputs, node), node)
            case "gate":
                return self._rectified(inputs[0] * inputs[1], node)
            case "local_response_norm":
                assert node.norm is not None
                return inputs[0] if self.linear else operations.response_normalized(inputs[0], node.norm)
            case "max_pool" | "avg_pool":
                return operations.averaged(inputs[0], node)
            case "adaptive_pool":
                return functional.adaptive_avg_pool2d(inputs[0], node.size)
            case "global_average":
                return inputs[0].mean(dim=(2, 3))
            case "flatten":
                return inputs[0].flatten(1)
            case "select":
                return inputs[0][:, list(node.indices)]
            case "activation" | "pad":
                return self._rectified(inputs[0], node)
        raise HighlowError(f"operation {node.op!r} of node {node.name!r} is unknown")

    def _of_grey(self, seen: Tensor, shape: torch.Size, node: Node, view: View) -> Tensor:
        """Return the first convolution of what it sees of grey images of a shape, (N, 1, H, W).

        Its kernels are summed over the colours.

        A network's own input is scale * grey - offset in each colour, and zero where it is padded. The kernels' answer
        to -offset is the same for all images, and at all positions where nothing is padded.
        """
        weight, bias = self.parameters_of(node.name)
        source, offset = node.inputs[0], self.own_input.offset
        level = view(-offset.expand(3, *shape[2:])[None], node, source, 0.0)
        summed = (weight * self.own_input.scale).sum(1, keepdim=True)
        grey = operations.channels_last(seen)
        if bool((level == -offset).all()):
            rows, columns = (window.extent for window in node.windows)
            constant = self._weighted(level[:, :, :rows, :columns], node, weight, bias)
            return self._weighted(grey, node, summed, constant.flatten())
        return self._weighted(grey, node, summed, None).add_(self._weighted(level, node, weight, bias))

    def _weighted(self, x: Tensor, node: Node, weight: Tensor, bias: Tensor | None) -> Tensor:
        if node.op == "conv":
            return operations.convolution(x, node, weight, bias)
        if node.op == "linear":
            return functional.linear(x.flatten(1), weight, bias)
        if node.op == "scale" or bias is None:  # a layer norm is linear but for its statistics
            return operations.scaled(x, weight, bias)
        return operations.layer_normalized(x, node, weight, bias)

    def _largest(self, x: Tensor, node: Node, view: View) -> Tensor:
        own = operations.own_padding(node, x.shape[2:]) if view is padded else None
        if own is not None:
            return operations.largest(x, node, *own)
        return operations.largest(view(x, node, node.inputs[0], -torch.inf), node)

    def _averaged(self, x: Tensor, node: Node, view: View) -> Tensor:
        whole = operations.averaged(view(x, node, node.inputs[0], 0.0), node)
        if node.counts_padding:
            return whole
        inside = view(torch.ones_like(x[:1, :1]), node, node.inputs[0], 0.0)
        return whole / operations.averaged(inside, node)

    def _rectified(self, x: Tensor, node: Node, own: bool = False) -> Tensor:
        """Return `x` through the node's nonlinearity; its `own` tensor nobody else reads: it can be overwritten."""
        if own and node.activation == "relu" and not self.linear:
            return x.relu_()
        return x if self.linear else operations.activated(x, node)


def _key(name: str) -> str:
    """Return a node's name as the key of its parameters: PyTorch's own separator is the dot."""
    return name.replace(".", "/")


def padded(x: Tensor, node: Node, _: str, value: float) -> Tensor:
    """Return the whole input, padded for the node's window, also behind where a pool rounds up."""
    if not node.has_window:
        return x
    top, bottom = _axis_pads(node.windows[0], x.shape[2])
    left, right = _axis_pads(node.windows[1], x.shape[3])
    if not any((top, bottom, left, right)):
        return x
    return functional.pad(x, (left, right, top, bottom), value=value)


def _only_seen(architecture: Architecture, layer: str, position: tuple[int, int], size: int) -> View:
    """Return the view in which every node has the positions only that one position of a layer sees."""
    down, right = (_seen_along(architecture, layer, position[axis], size, axis) for axis in (0, 1))

    def view(x: Tensor, node: Node, source: str, value: float) -> Tensor:
        pads = (*right[node.name, source], *down[node.name, source])
        return functional.pad(x, pads, value=value) if any(pads) else x  # negative padding crops

    return view


def _seen_along(
    architecture: Architecture, layer: str, position: int, size: int, axis: int
) -> dict[tuple[str, str], tuple[int, int]]:
    """Return what to pad (or to crop) a node's input with, before and behind, on an axis, by node and input."""
    spans, sizes = architecture.spans(layer, position, size, axis), architecture.sizes(layer, size, axis)
    inside = {name: (max(span.first, 0), min(span.last, sizes[name] - 1)) for name, span in spans.items()}
    inside[architecture.nodes[0].name] = (0, size - 1)
    seen = {}
    for node in architecture.nodes:
        for source in node.inputs:
            first, last = inside[node.name]
            if node.has_window:
                window = node.windows[axis]
                before = window.pads(sizes[source])[0]
                first, last = first * window.stride - before, last * window.stride - before + window.extent - 1
            seen[node.name, source] = (inside[source][0] - first, last - inside[source][1])
    return seen


def _axis_pads(window: Window, size: int) -> tuple[int, int]:
    before, behind = window.pads(size)
    if window.ceil:
        behind = (window.output_size(size) - 1) * window.stride + window.extent - size - before
    return before, max(behind, 0)


def _only_reader(architecture: Architecture) -> Node | None:
    """Return the convolution that alone reads all of the image, None where there is no such one."""
    image = architecture.nodes[0].name
    readers = [node for node in architecture.nodes if image in node.inputs]
    return readers[0] if len(readers) == 1 and readers[0].op == "conv" and readers[0].groups == 1 else None


def _last_use(architecture: Architecture) -> dict[str, str]:
    return {name: node.name for node in architecture.nodes for name in node.inputs}
