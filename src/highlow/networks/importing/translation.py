"""From calls to nodes."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch

from highlow.networks.importing import operations, rearrangements
from highlow.networks.importing.drafts import FLAT, IMAGE, NCHW, Draft, Unsupported, Value
from highlow.networks.importing.modules import calls_of
from highlow.networks.importing.tracing import Call, Reference, Trace, line
from highlow.networks.operations import ACTIVATIONS

Handler = Callable[..., Any]


def _activation(kind: str) -> Handler:
    def handler(draft: Draft, call: Call, x: Value, *_: Any, **__: Any) -> Value:
        return operations.activation(draft, call, x, kind)

    return handler


def _leaky_relu(draft: Draft, call: Call, x: Value, negative_slope: float = 0.01, *_: Any, **__: Any) -> Value:
    return operations.activation(draft, call, x, "leaky_relu", negative_slope)


def _gelu(draft: Draft, call: Call, x: Value, approximate: str = "none") -> Value:
    return operations.activation(draft, call, x, "gelu" if approximate == "none" else "gelu_tanh")


def _elu(kind: str) -> Handler:
    def handler(draft: Draft, call: Call, x: Value, alpha: float = 1.0, *_: Any, **__: Any) -> Value:
        if alpha != 1:
            raise Unsupported(f"with alpha {alpha:g}")
        return operations.activation(draft, call, x, kind)

    return handler


def _clamp(draft: Draft, call: Call, x: Value, low: Any = None, high: Any = None, *_: Any, **names: Any) -> Value:
    limits = (names.get("min", names.get("min_val", low)), names.get("max", names.get("max_val", high)))
    kind = {(0, None): "relu", (0, 6): "relu6", (-1, 1): "hardtanh"}.get(limits)
    if kind is None:
        raise Unsupported(f"between {limits[0]} and {limits[1]}")
    return operations.activation(draft, call, x, kind)


def _hardtanh(draft: Draft, call: Call, x: Value, low: float = -1, high: float = 1, *_: Any, **names: Any) -> Value:
    return _clamp(draft, call, x, low, high, **names)


def _softmax(draft: Draft, call: Call, x: Value, dim: int | None = None, *_: Any, **__: Any) -> Value:
    if x.layout != FLAT or dim not in (1, -1):
        raise Unsupported("of anything but logits")
    return operations.activation(draft, call, x, call.operation.strip("_"))


def _dropout(draft: Draft, call: Call, x: Value, p: float = 0.5, training: bool = True, *_: Any, **names: Any) -> Value:
    if names.get("train", training):
        raise Unsupported("which stays random in evaluation mode")
    return x


def _stochastic_depth(draft: Draft, call: Call, x: Value, p: float, mode: str, training: bool = True) -> Value:
    return _dropout(draft, call, x, p, training)


# Functions that change no number once a network is trained.
IDENTITIES = ("contiguous", "clone", "detach", "to", "float", "type_as", "alias")
HANDLERS: Mapping[str, Handler] = {
    **{kind: _activation(kind) for kind in ACTIVATIONS},
    "leaky_relu": _leaky_relu,
    "gelu": _gelu,
    "elu": _elu("elu"),
    "celu": _elu("celu"),
    "clamp": _clamp,
    "hardtanh": _hardtanh,
    "softmax": _softmax,
    "log_softmax": _softmax,
    "conv2d": operations.conv2d,
    "linear": operations.linear,
    "batch_norm": operations.functional_batch_norm,
    "aten_batch_norm": operations.aten_batch_norm,
    "layer_norm": operations.layer_norm,
    "local_response_norm": operations.local_response_norm,
    "max_pool2d": operations.max_pool2d,
    "avg_pool2d": operations.avg_pool2d,
    "adaptive_avg_pool2d": operations.adaptive_avg_pool2d,
    "mean": operations.mean,
    "add": operations.add,
    "sub": operations.sub,
    "mul": operations.mul,
    "div": operations.div,
    "neg": operations.neg,
    "cat": operations.cat,
    "concat": operations.cat,
    "flatten": rearrangements.flatten,
    "view": rearrangements.view,
    "reshape": rearrangements.view,
    "permute": rearrangements.permute,
    "transpose": rearrangements.transpose,
    "chunk": rearrangements.chunk,
    "split": rearrangements.split,
    "split_with_sizes": rearrangements.split,
    "getitem": rearrangements.getitem,
    "slice": rearrangements.aten_slice,
    "select": rearrangements.select,
    "unsqueeze": rearrangements.unsqueeze,
    "index_select": rearrangements.index_select,
    "flip": rearrangements.flip,
    "pad": rearrangements.pad,
    **dict.fromkeys(IDENTITIES, rearrangements.identity),
    **dict.fromkeys(("dropout", "dropout2d", "feature_dropout", "alpha_dropout"), _dropout),
    "stochastic_depth": _stochastic_depth,
}


class Translation:
    """Calls translated one after the other.

    Attributes
    ----------
    draft : Draft
        Nodes so far.
    values : dict
        Results of calls by key.
    leaves : dict
        The last node of every module of PyTorch's own, by path.
    inside : dict
        The last node inside any other module, by path.
    stopped : str
        Why it ended early: the operation that is not known and its place; empty if it did not.
    result : str
        The node that the module returns; empty if it stopped.
    has_logits : bool
        Whether that is one number a class.
    """

    def __init__(self, trace: Trace, dtype: torch.dtype = torch.float32) -> None:
        self.draft = Draft(dtype=dtype)
        self.values: dict[str, Any] = {}
        self.leaves: dict[str, str] = {}
        self.inside: dict[str, str] = {}
        self.stopped = ""
        self.result = ""
        self.has_logits = False
        self.values[trace.image] = Value(IMAGE, trace.shape)
        for call in trace.calls:
            try:
                self._translate(call)
            except Unsupported as error:
                kind = call.operation.strip("_").removeprefix("aten_")
                if call.operation == "module":
                    kind = type(call.arguments[0]).__name__
                within = f" in {call.path!r}" if call.path else ""
                what = " ".join(filter(None, (kind, str(error))))
                # What Python asks of a number that depends on the image is computed on the same line.
                asked = bool(call.place) and call.place in trace.stopped
                self.stopped = trace.stopped if asked else f"the operation {what}{within}{call.place} is not known"
                self._leave(call.path)
                return
        self.stopped = trace.stopped
        if self.stopped:
            self._leave(trace.calls[-1].path if trace.calls else "")
            return
        found = self.values.get(trace.result)
        if not isinstance(found, Value) or found.layout not in (NCHW, FLAT):
            self.stopped = "what it returns is neither one number a class, (N, classes), nor (N, channels, y, x)"
            return
        self.result, self.has_logits = found.node, found.layout == FLAT

    def _leave(self, path: str) -> None:
        """Forget the last nodes of modules that are not at their end."""
        for unfinished in [item for item in self.inside if f"{path}.".startswith(f"{item}.")]:
            del self.inside[unfinished]

    def _translate(self, call: Call) -> None:
        result: Any = None
        for step in calls_of(call) if call.operation == "module" else [call]:
            handler = HANDLERS.get(step.operation.rstrip("_"))
            if handler is None:
                raise Unsupported("")
            arguments, keywords = self._filled(list(step.arguments)), self._filled(step.keywords)
            for first in ("input", "self", "x"):
                if first in keywords:
                    arguments.insert(0, keywords.pop(first))
            if "tensors" in keywords:
                arguments.insert(0, keywords.pop("tensors"))
            keywords.pop("inplace", None)
            if result is not None:
                arguments.insert(0, result)
            try:
                inspect.signature(handler).bind(self.draft, step, *arguments, **keywords)
            except TypeError:
                raise Unsupported("with arguments that are not known") from None
            try:
                result = handler(self.draft, step, *arguments, **keywords)
            except (AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
                raise Unsupported(f"with arguments that are not known ({line(error)})") from error
        self.values[call.key] = result
        if not isinstance(result, Value):
            return
        in_place = call.operation.endswith("_") or call.keywords.get("inplace") or _is_in_place_module(call)
        if in_place:  # whoever reads the operand from now on sees the result
            for key in [item.key for item in call.arguments if isinstance(item, Reference)][:1]:
                self.values[key] = result
        if call.is_leaf:
            self.leaves[call.path] = result.node
        parts = call.path.split(".") if call.path else []
        for count in range(1, len(parts) + (not call.is_leaf)):
            self.inside[".".join(parts[:count])] = result.node

    def _filled(self, value: Any) -> Any:
        if isinstance(value, Reference):
            if value.key not in self.values:
                raise Unsupported("of what has no node")
            return self.values[value.key]
        if isinstance(value, list | tuple):
            return [self._filled(item) for item in value] if _has_reference(value) else value
        return {key: self._filled(item) for key, item in value.items()} if isinstance(value, dict) else value


def _has_reference(values: Any) -> bool:
    return any(
        isinstance(item, Reference) or (isinstance(item, list | tuple) and _has_reference(item)) for item in values
    )


def _is_in_place_module(call: Call) -> bool:
    return call.operation == "module" and bool(getattr(call.arguments[0], "inplace", False))
