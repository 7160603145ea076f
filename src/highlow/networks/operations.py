"""What the nodes of a network compute: tensors in, tensor out, without padding, weights or state of their own.

Every operation has its linearization, in which weights are composed (`expanded_weights`): rectifiers and normalization
are the identity, max pools are average pools, biases are zero (Voss et al., "Visualizing Weights", Distill 2021).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from highlow.networks.graph import LocalResponseNorm, Node

# Numbers of a float32 tensor that stay in a core's own cache while several operations go over them.
NEAR = 2**17

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "relu6": functional.relu6,
    "elu": functional.elu,
    "selu": functional.selu,
    "celu": functional.celu,
    "silu": functional.silu,
    "gelu": functional.gelu,
    "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "hardswish": functional.hardswish,
    "mish": functional.mish,
    "sigmoid": torch.sigmoid,
    "hardsigmoid": functional.hardsigmoid,
    "tanh": torch.tanh,
    "hardtanh": functional.hardtanh,
    "softplus": functional.softplus,
    "softmax": lambda x: x.softmax(1),
    "log_softmax": lambda x: x.log_softmax(1),
}


def activated(x: Tensor, node: Node) -> Tensor:
    """Return what a node's nonlinearity makes of `x`."""
    if node.activation == "leaky_relu":
        return functional.leaky_relu(x, node.slope)
    return ACTIVATIONS[node.activation](x) if node.activation else x


def convolution(x: Tensor, node: Node, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Return a convolution of an input that is padded already."""
    dilation = tuple(window.dilation for window in node.windows)
    return functional.conv2d(x, weight, bias, node.window.stride, 0, dilation, node.groups)


def kernel_of(node: Node) -> tuple[int, int]:
    """Return the taps of a node's window, down and to the right."""
    rows, columns = node.windows
    return rows.kernel, columns.kernel


def averaged(x: Tensor, node: Node) -> Tensor:
    """Return the mean over the node's window of an input that is padded already."""
    return functional.avg_pool2d(x, kernel_of(node), node.window.stride)


def largest(x: Tensor, node: Node, padding: tuple[int, int] = (0, 0), ceil: bool = False) -> Tensor:
    """Return the maximum over the node's window of an input that is padded already, with minus infinity.

    Or of one that PyTorch pads by itself on both sides, and whose last windows may be cut: see `own_padding`.
    """
    dilation = tuple(window.dilation for window in node.windows)
    return functional.max_pool2d(x, kernel_of(node), node.window.stride, padding, dilation, ceil)


def own_padding(node: Node, sizes: Sequence[int]) -> tuple[tuple[int, int], bool] | None:
    """Return the padding and the rounding with which PyTorch's max pool pads as the node's window; None if it cannot.

    A padded copy of an input costs as much as the pool.
    """
    before, roundings = [], {False, True}
    for window, size in zip(node.windows, sizes, strict=True):
        pad = window.pads(size)[0]
        theirs = {ceil: replace(window, padding=pad, ceil=ceil).output_size(size) for ceil in roundings}
        roundings &= {ceil for ceil, count in theirs.items() if count == window.output_size(size)}
        if pad > window.kernel // 2:
            return None
        before.append(pad)
    return ((before[0], before[1]), max(roundings)) if roundings else None


def scaled(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """Return every channel times its factor, and its shift added."""
    shape = (-1, *(1,) * (x.ndim - 2))
    return x * weight.view(shape) if bias is None else x * weight.view(shape) + bias.view(shape)


def layer_normalized(x: Tensor, node: Node, weight: Tensor, bias: Tensor) -> Tensor:
    """Return every position's channels with mean 0 and variance 1, scaled and shifted (Ba et al., 2016)."""
    variance, mean = torch.var_mean(x, dim=1, correction=0, keepdim=True)
    return scaled((x - mean) * torch.rsqrt(variance + node.epsilon), weight, bias)


def response_normalized(x: Tensor, norm: LocalResponseNorm) -> Tensor:
    """Return local response normalization across channels.

    PyTorch's own sums over neighbouring channels with a three-dimensional pool; as products with the blocks of a band
    matrix the same sum takes an eighth of the time. Where nobody asks for a gradient, as many positions at a time as
    stay near the core.
    """
    blocks = _band(x.shape[1], norm.size // 2, norm.alpha / norm.size, x.dtype, x.device)
    last = x.movedim(1, -1)
    if x.requires_grad:
        squares = last.square()
        sums = torch.cat([squares[..., first:stop] @ block for first, stop, block in blocks], -1)
        return (last / _power(sums.add_(norm.k), norm.beta)).movedim(-1, 1)
    positions = last.reshape(-1, x.shape[1])
    result = torch.empty_like(positions)
    count = max(NEAR // x.shape[1] if x.device.type == "cpu" else len(positions), 1)
    for start in range(0, len(positions), count):
        part, output = positions[start : start + count], result[start : start + count]
        squares, channel = part.square(), 0
        for first, stop, block in blocks:
            torch.mm(squares[:, first:stop], block, out=output[:, channel : channel + block.shape[1]])
            channel += block.shape[1]
        torch.div(part, _power(output.add_(norm.k), norm.beta), out=output)
    return result.view(last.shape).movedim(-1, 1)


def _power(sums: Tensor, beta: float) -> Tensor:
    """Return sums**beta; `sums` may be overwritten.

    Roots are taken where the power allows, logarithms where not: `**` takes several times as long.
    """
    match beta:
        case 0.5:
            return sums.sqrt_()
        case 0.75:
            root = sums.sqrt_()
            return root * root.sqrt()
        case _:
            return sums.log_().mul_(beta).exp_()


@cache
def _band(
    channels: int, reach: int, value: float, dtype: torch.dtype, device: torch.device
) -> tuple[tuple[int, int, Tensor], ...]:
    """Return what sums `value` times each channel within `reach`, in blocks of sums: first channel, stop, matrix."""
    width = channels if channels <= 96 else 48  # of many channels most are out of reach
    with torch.inference_mode(False):  # kept: the next call may want gradients
        index = torch.arange(channels, device=device)
        near = ((index[:, None] - index).abs() <= reach).to(dtype) * value
        starts = [(start, max(start - reach, 0)) for start in range(0, channels, width)]
        return tuple(
            (first, start + width + reach, near[first : start + width + reach, start : start + width].contiguous())
            for start, first in starts
        )


def channels_last(x: Tensor) -> Tensor:
    """Return images or kernels with their channels beside each other in memory: faster on processors."""
    if x.ndim == 4 and x.shape[1] == 1:  # of one channel both orders are one, and PyTorch takes it for the other
        _, _, rows, columns = x.shape
        return x.contiguous().as_strided(x.shape, (rows * columns, 1, columns, 1))
    return x.contiguous(memory_format=torch.channels_last) if x.ndim == 4 else x


def joined(inputs: Sequence[Tensor], node: Node) -> Tensor:
    """Return inputs beside each other, added, or multiplied."""
    if node.op == "concat":
        return torch.cat(list(inputs), dim=1)
    result = inputs[0]
    for other in inputs[1:]:
        result = result + other if node.op == "add" else result * other
    return result
