"""Calls that only move numbers: views, transposed axes, slices, padding. Few of them need a node."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from highlow.networks.geometry import Window
from highlow.networks.importing.drafts import (
    FLAT,
    GROUPED,
    NCHW,
    NHWC,
    PLANE,
    SHUFFLED,
    Draft,
    Unsupported,
    Value,
    with_layout,
)
from highlow.networks.importing.tracing import Call

WHOLE = slice(None)
BATCHED_IMAGE = 4


def identity(draft: Draft, call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """Return what there is."""
    return x


def flatten(draft: Draft, call: Call, x: Value, start_dim: int = 0, end_dim: int = -1) -> Value:
    """Add a vector of all channels at all positions."""
    if x.layout == FLAT:
        return x
    if x.layout != NCHW or start_dim != 1 or end_dim not in (-1, 3):
        raise Unsupported("of other axes than all of an image")
    return draft.add(call, "flatten", [x], call.shape[1], layout=FLAT)


def view(draft: Draft, call: Call, x: Value, *_: Any, **__: Any) -> Value:
    """Return what a tensor of other axes stands for: a vector, or channels in groups."""
    old, new = x.shape, call.shape
    if new == old:
        return x
    if x.layout == NCHW and len(new) == 2 and new[0] == old[0]:
        return draft.add(call, "flatten", [x], new[1], layout=FLAT)
    if x.layout == FLAT and new == (*old, 1, 1):
        return with_layout(x, NCHW, new)
    if x.layout == NCHW and len(new) == 5 and new[3:] == old[2:] and new[1] * new[2] == old[1]:
        return with_layout(x, GROUPED, new, groups=new[1])
    if x.layout in (GROUPED, SHUFFLED) and len(new) == BATCHED_IMAGE and new[2:] == old[3:]:
        flat = with_layout(x, NCHW, new)
        if x.layout == GROUPED:
            return flat
        order = torch.arange(new[1]).view(x.groups, -1).T.reshape(-1)
        return draft.add(call, "select", [flat], new[1], indices=tuple(order.tolist()))
    raise Unsupported(f"from {old} to {new}")


def permute(draft: Draft, call: Call, x: Value, *dims: Any) -> Value:
    """Return the same numbers with the channels last, or first again, or exchanged with their groups."""
    order = tuple(dims[0]) if len(dims) == 1 else tuple(dims)
    order = tuple(axis % len(x.shape) for axis in order)
    known = {(NCHW, (0, 2, 3, 1)): NHWC, (NHWC, (0, 3, 1, 2)): NCHW, (GROUPED, (0, 2, 1, 3, 4)): SHUFFLED}
    if (x.layout, order) not in known:
        raise Unsupported(f"of the axes {order} of {x.shape}")
    return with_layout(x, known[x.layout, order], call.shape, groups=x.groups)


def transpose(draft: Draft, call: Call, x: Value, first: int, second: int) -> Value:
    """Return the same numbers with two axes exchanged."""
    order = list(range(len(x.shape)))
    order[first], order[second] = order[second], order[first]
    return permute(draft, call, x, order)


def chunk(draft: Draft, call: Call, x: Value, chunks: int, dim: int = 0) -> list[Value]:
    """Return parts of the channels."""
    return split(draft, call, x, -(-x.channels // chunks), dim)


def split(draft: Draft, call: Call, x: Value, sizes: Any, dim: int = 0) -> list[Value]:
    """Return parts of the channels, of a size or of given sizes."""
    if x.layout != NCHW or dim % len(x.shape) != 1:
        raise Unsupported("along another axis than the channels")
    if isinstance(sizes, int):
        sizes = [min(sizes, x.channels - start) for start in range(0, x.channels, sizes)]
    parts, start = [], 0
    for size in sizes:
        parts.append(_selected(draft, call, x, range(start, start + size)))
        start += size
    return parts


def getitem(draft: Draft, call: Call, x: Value | Sequence[Value], index: Any) -> Value:
    """Return a part of a tuple, or some channels."""
    if not isinstance(x, Value):
        part: Value = x[index]
        return part
    items = list(index) if isinstance(index, tuple) else [index]
    items += [WHOLE] * (len(x.shape) - len(items))
    if x.layout == PLANE and items == [WHOLE, None, WHOLE, WHOLE]:
        return with_layout(x, NCHW, call.shape)
    if x.layout != NCHW or items[0] != WHOLE or len(items) != len(x.shape):
        raise Unsupported("of other axes than channels and positions")
    return _sliced(draft, call, x, items)


def _sliced(draft: Draft, call: Call, x: Value, items: Sequence[Any]) -> Value:
    channels = torch.arange(x.channels)[items[1]].reshape(-1).tolist()
    if channels != list(range(x.channels)):
        shape = (x.shape[0], len(channels), *x.shape[2:])
        x = _selected(draft, call, x, channels, shape)
    steps = {item.step or 1 for item in items[2:] if isinstance(item, slice)}
    starts = [item for item in items[2:] if not isinstance(item, slice) or item.start or item.stop is not None]
    if starts or len(steps) != 1:
        raise Unsupported("of some positions")
    (step,) = steps
    if step > 1:
        x = draft.add(call, "max_pool", [x], x.channels, window=Window(1, step))
    return with_layout(x, PLANE, call.shape) if isinstance(items[1], int) else replace(x, shape=call.shape)


def select(draft: Draft, call: Call, x: Value, dim: int, index: int) -> Value:
    """Return one channel, without its axis."""
    return getitem(draft, call, x, tuple(index if axis == dim % len(x.shape) else WHOLE for axis in range(dim % 4 + 1)))


def aten_slice(
    draft: Draft, call: Call, x: Value, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Value:
    """Return a slice along one axis."""
    size = x.shape[dim]
    part = slice(start or None, None if end is None or end >= size else end, step if step != 1 else None)
    return getitem(draft, call, x, tuple(part if axis == dim else WHOLE for axis in range(dim + 1)))


def unsqueeze(draft: Draft, call: Call, x: Value, dim: int) -> Value:
    """Return a plane as an image of one channel, or a vector as one of a single position."""
    if (x.layout == PLANE and dim == 1) or (x.layout == FLAT and dim in (2, -1)):
        return with_layout(x, NCHW if len(call.shape) == BATCHED_IMAGE else FLAT, call.shape)
    if x.layout == FLAT and len(x.shape) == 3 and dim in (3, -1):
        return with_layout(x, NCHW, call.shape)
    raise Unsupported(f"of {x.shape}")


def index_select(draft: Draft, call: Call, x: Value, dim: int, index: Any) -> Value:
    """Return channels in another order."""
    if x.layout != NCHW or dim != 1:
        raise Unsupported("along another axis than the channels")
    return _selected(draft, call, x, torch.as_tensor(index).tolist())


def flip(draft: Draft, call: Call, x: Value, *dims: Any) -> Value:
    """Return the channels in reverse order."""
    axes = list(dims[0]) if isinstance(dims[0], list | tuple) else list(dims)
    if x.layout != NCHW or axes not in ([1], [-3]):
        raise Unsupported("along another axis than the channels")
    return _selected(draft, call, x, range(x.channels - 1, -1, -1))


def pad(draft: Draft, call: Call, x: Value, amounts: Sequence[int], mode: str = "constant", value: Any = 0) -> Value:
    """Add zeros around the image, or channels of zeros before and behind."""
    if mode == "constant" and value == -math.inf and x.layout == NCHW and len(amounts) == BATCHED_IMAGE:
        return replace(x, shape=call.shape, border=tuple(amounts))
    if mode != "constant" or value or x.layout != NCHW or len(amounts) > 6:
        raise Unsupported("with anything but zeros around an image")
    left, right, top, bottom, before, behind = [*amounts, *([0] * (6 - len(amounts)))]
    if min(amounts) < 0:
        raise Unsupported("by less than nothing")
    if left or right or top or bottom:
        rows, columns = Window(padding=(top, bottom)), Window(padding=(left, right))
        shape = (*x.shape[:2], *call.shape[2:])
        x = draft.add(
            call, "pad", [x], x.channels, shape=shape, window=rows, columns=None if rows == columns else columns
        )
    if before or behind:
        channels = x.channels + before + behind
        kernel = torch.zeros(channels, x.channels, 1, 1)
        kernel[before : before + x.channels, :, 0, 0] = torch.eye(x.channels)
        x = draft.add(call, "conv", [x], channels, weights=(kernel, torch.zeros(channels)))
    return x


def _selected(draft: Draft, call: Call, x: Value, channels: Sequence[int], shape: tuple[int, ...] = ()) -> Value:
    shape = shape or (x.shape[0], len(channels), *x.shape[2:])
    return draft.add(call, "select", [x], len(channels), shape=shape, indices=tuple(channels))
