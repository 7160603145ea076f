"""Calls that compute: convolutions, normalization, pools, nonlinearities, sums, products. A node for each."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from highlow.networks.graph import LocalResponseNorm
from highlow.networks.importing.drafts import FLAT, NCHW, NHWC, Draft, Unsupported, Value, pair, window
from highlow.networks.importing.tracing import Call, FromSize
from highlow.networks.operations import ACTIVATIONS

Numbers = Tensor | float


def conv2d(
    draft: Draft,
    call: Call,
    x: Value,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Value:
    """Add a convolution."""
    _needs(x, NCHW)
    bias = torch.zeros(len(weight)) if bias is None else bias
    fields = window(tuple(weight.shape[2:]), stride, padding, dilation)
    return draft.add(call, "conv", [x], len(weight), weights=(weight, bias), groups=groups, **fields)


def linear(draft: Draft, call: Call, x: Value, weight: Tensor, bias: Tensor | None = None) -> Value:
    """Add a matrix product; over the channels of every position it is a convolution with one tap."""
    bias = torch.zeros(len(weight)) if bias is None else bias
    if x.layout == NHWC:
        shape = (*x.shape[:-1], len(weight))
        kernel = weight[:, :, None, None]
        return draft.add(call, "conv", [x], len(weight), layout=NHWC, shape=shape, weights=(kernel, bias))
    _needs(x, FLAT)
    return draft.add(call, "linear", [x], len(weight), layout=FLAT, weights=(weight, bias))


def functional_batch_norm(
    draft: Draft,
    call: Call,
    x: Value,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Value:
    """Add the scale that batch normalization is once it is trained."""
    if running_mean is None or running_var is None:
        raise Unsupported("which normalizes by each batch (it has no running statistics)")
    factor = (running_var.double() + eps).rsqrt()
    factor = factor if weight is None else factor * weight.double()
    shift = -running_mean.double() * factor
    shift = shift if bias is None else shift + bias.double()
    return draft.add(call, "scale", [x], x.channels, layout=x.layout, weights=(factor, shift))


def aten_batch_norm(
    draft: Draft,
    call: Call,
    x: Value,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
    *_: Any,
) -> Value:
    """Add batch normalization whose arguments are in the order of PyTorch's core."""
    return functional_batch_norm(draft, call, x, running_mean, running_var, weight, bias, training, momentum, eps)


def layer_norm(
    draft: Draft,
    call: Call,
    x: Value,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    *_: Any,
) -> Value:
    """Add a layer norm across the channels of every position."""
    if x.layout not in (NHWC, FLAT) or tuple(normalized_shape) != (x.channels,):
        raise Unsupported("over more than the channels of a position")
    pair_of = (
        torch.ones(x.channels) if weight is None else weight,
        torch.zeros(x.channels) if bias is None else bias,
    )
    return draft.add(call, "layer_norm", [x], x.channels, layout=x.layout, weights=pair_of, epsilon=eps)


def local_response_norm(
    draft: Draft, call: Call, x: Value, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Value:
    """Add a local response normalization."""
    _needs(x, NCHW)
    if size % 2 == 0:
        raise Unsupported("over an even number of channels")
    return draft.add(call, "local_response_norm", [x], x.channels, norm=LocalResponseNorm(size, alpha, beta, k))


def max_pool2d(
    draft: Draft,
    call: Call,
    x: Value,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Value:
    """Add a max pool."""
    _needs(x, NCHW)
    if return_indices:
        raise Unsupported("that returns indices")
    if x.border:
        if padding != 0:
            raise Unsupported("with padding around a border of minus infinity")
        left, right, top, bottom = x.border
        padding = ((top, bottom), (left, right))
    fields = window(kernel_size, stride or kernel_size, padding, dilation, ceil=ceil_mode)
    return draft.add(call, "max_pool", [x], x.channels, **fields)


def avg_pool2d(
    draft: Draft,
    call: Call,
    x: Value,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Value:
    """Add an average pool."""
    _needs(x, NCHW)
    padded = padding != "tensorflow" and any(pair(padding))
    if divisor_override or (padded and ceil_mode and count_include_pad):
        raise Unsupported("with a divisor of its own")
    sizes = tuple(x.shape[2:])
    if not padded and pair(kernel_size) == sizes and any(isinstance(size, FromSize) for size in pair(kernel_size)):
        return draft.add(call, "adaptive_pool", [x], x.channels, size=1)
    fields = window(kernel_size, stride or kernel_size, padding, ceil=ceil_mode)
    counts = bool(count_include_pad and padded)
    return draft.add(call, "avg_pool", [x], x.channels, counts_padding=counts, **fields)


def adaptive_avg_pool2d(draft: Draft, call: Call, x: Value, output_size: Any) -> Value:
    """Add an average over a fixed number of windows."""
    _needs(x, NCHW)
    rows, columns = pair(output_size)
    if rows is None and columns is None:
        return x
    if rows != columns or rows is None:
        raise Unsupported(f"with another number of windows down and to the right, {rows} and {columns}")
    return draft.add(call, "adaptive_pool", [x], x.channels, size=int(rows))


def mean(draft: Draft, call: Call, x: Value, dim: Any = None, keepdim: bool = False, *_: Any, **__: Any) -> Value:
    """Add the mean over all positions."""
    axes = sorted(axis % len(x.shape) for axis in (dim if isinstance(dim, list | tuple) else [dim]) if axis is not None)
    wanted = {NCHW: [2, 3], NHWC: [1, 2]}.get(x.layout)
    if axes != wanted:
        raise Unsupported("over other axes than both of the image")
    if keepdim:
        return draft.add(call, "adaptive_pool", [x], x.channels, layout=x.layout, size=1)
    return draft.add(call, "global_average", [x], x.channels, layout=FLAT)


def activation(draft: Draft, call: Call, x: Value, kind: str, slope: float = 0.0) -> Value:
    """Add a nonlinearity."""
    if kind not in (*ACTIVATIONS, "leaky_relu"):
        raise Unsupported("")
    return draft.add(call, "activation", [x], x.channels, layout=x.layout, activation=kind, slope=slope)


def add(draft: Draft, call: Call, x: Value | Numbers, other: Value | Numbers, *, alpha: float = 1) -> Value:
    """Add a sum of two nodes, or a shift."""
    if not isinstance(other, Value):
        assert isinstance(x, Value)
        return draft.scale(call, x, 1.0, torch.as_tensor(other) * alpha)
    if alpha != 1:
        other = draft.scale(call, other, alpha, 0.0)
    if not isinstance(x, Value):
        return draft.scale(call, other, 1.0, x)
    if x.shape != other.shape or x.layout != other.layout:
        raise Unsupported(f"of other shapes, {x.shape} and {other.shape}")
    return draft.add(call, "add", [x, other], x.channels, layout=x.layout)


def sub(draft: Draft, call: Call, x: Value | Numbers, other: Value | Numbers, *, alpha: float = 1) -> Value:
    """Add a difference of two nodes, or a shift."""
    return add(draft, call, x, other, alpha=-alpha)


def neg(draft: Draft, call: Call, x: Value) -> Value:
    """Add a change of sign."""
    return draft.scale(call, x, -1.0, 0.0)


def mul(draft: Draft, call: Call, x: Value | Numbers, other: Value | Numbers) -> Value:
    """Add a factor, or a product of two nodes: a gate where one of them has no positions."""
    if not isinstance(x, Value):
        x, other = other, x
    assert isinstance(x, Value)
    if not isinstance(other, Value):
        return draft.scale(call, x, other, 0.0)
    if x.channels != other.channels or x.layout != other.layout:
        raise Unsupported(f"of other shapes, {x.shape} and {other.shape}")
    if x.has_positions == other.has_positions:
        return draft.add(call, "multiply", [x, other], x.channels, layout=x.layout)
    whole, gate = (x, other) if x.has_positions else (other, x)
    return draft.add(call, "gate", [whole, gate], x.channels, layout=x.layout)


def div(draft: Draft, call: Call, x: Value, other: Numbers, **_: Any) -> Value:
    """Add a factor."""
    if isinstance(other, Value) or not isinstance(x, Value):
        raise Unsupported("by what depends on the image")
    return draft.scale(call, x, 1 / torch.as_tensor(other, dtype=torch.float64), 0.0)


def cat(draft: Draft, call: Call, tensors: Sequence[Value], dim: int = 0) -> Value:
    """Add a concatenation of channels."""
    first = tensors[0]
    axis = dim % len(first.shape)
    if axis != (3 if first.layout == NHWC else 1) or any(item.layout != first.layout for item in tensors):
        raise Unsupported("along another axis than the channels")
    channels = sum(item.channels for item in tensors)
    names = tuple(item.node for item in tensors)  # branches get their names when the nodes have theirs
    return draft.add(call, "concat", list(tensors), channels, layout=first.layout, branches=names)


def _needs(x: Value, layout: str) -> None:
    if x.layout != layout:
        raise Unsupported(f"of a tensor of shape {x.shape}, which is no {'image' if layout == NCHW else 'vector'}")
