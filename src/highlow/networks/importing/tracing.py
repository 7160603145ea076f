"""What a module computes, as a list of calls: torch.fx, and torch.export where torch.fx fails.

torch.fx follows a module symbolically, so that nothing depends on the size of the image; it fails where Python asks a
number of it. torch.export runs the module with an image of one size, and follows that.
"""

import contextlib
import io
import logging
import operator
import re
import traceback
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn import functional
from torch.utils import _pytree

import highlow
from highlow.runs.errors import HighlowError

# Modules of timm that pad as TensorFlow does, for which torch.fx has no symbols: calls of their own.
LEAVES = ("Conv2dSame", "MaxPool2dSame", "AvgPool2dSame", "BatchNormAct2d")
LIBRARIES = [Path(file).parent for file in (torch.__file__, highlow.__file__)]
OPERATORS = {
    operator.add: "add",
    operator.iadd: "add_",
    operator.sub: "sub",
    operator.isub: "sub_",
    operator.mul: "mul",
    operator.imul: "mul_",
    operator.truediv: "div",
    operator.itruediv: "div_",
    operator.neg: "neg",
    operator.getitem: "getitem",
    # Functions that PyTorch makes of two others, without a name of their own.
    functional.max_pool2d: "max_pool2d",
    functional.adaptive_max_pool2d: "adaptive_max_pool2d",
}


@dataclass(frozen=True)
class Reference:
    """The result of an earlier call."""

    key: str


class FromSize(int):
    """A number that the module computes from the size of its image."""


@dataclass(frozen=True, eq=False)
class Call:
    """A call whose result depends on the image.

    Attributes
    ----------
    key : str
        Its own, for references.
    operation : str
        PyTorch's name of the function; `module` where a whole module is called.
    arguments, keywords : sequence, dict
        As in the module's code, with references, constants and weights.
    path : str
        The innermost module that it is in.
    is_leaf : bool
        Whether that module is one of PyTorch's own, of which the call is all.
    shape : tuple of int
        Of the result for the example image; empty for a tuple of tensors.
    place : str
        File and line of the user's code, if they are known.
    """

    key: str
    operation: str
    arguments: Sequence[Any]
    keywords: dict[str, Any] = field(default_factory=dict)
    path: str = ""
    is_leaf: bool = False
    shape: tuple[int, ...] = ()
    place: str = ""


@dataclass(frozen=True, eq=False)
class Trace:
    """What a module computes.

    Attributes
    ----------
    calls : list of Call
        In order.
    image, result : str
        Keys.
    shape : tuple of int
        Of the example image.
    graph : torch.fx.GraphModule
        PyTorch's graph of all that.
    stopped : str
        Why nothing behind the last call is known; empty if that is all.
    """

    calls: list[Call]
    image: str
    shape: tuple[int, ...]
    result: str
    graph: fx.GraphModule
    stopped: str = ""

    def value(self, images: Tensor, key: str) -> Tensor:
        """Return the result of one call for other images, as it is before a later call changes it."""
        try:
            _Upto(self.graph, key).run(images)
        except _Reached as reached:
            return reached.value
        raise KeyError(key)


class _Reached(Exception):  # noqa: N818 (no error)
    def __init__(self, value: Tensor) -> None:
        self.value = value


class _Upto(fx.Interpreter):
    def __init__(self, graph: fx.GraphModule, key: str) -> None:
        super().__init__(graph)
        self.key = key
        self.extra_traceback = False

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        if n.name == self.key:
            raise _Reached(value)
        return value


class _Tracer(fx.Tracer):
    record_stack_traces = True

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return super().is_leaf_module(m, module_qualified_name) or type(m).__name__ in LEAVES


def traced(module: nn.Module, size: int, dtype: torch.dtype = torch.float32) -> Trace:
    """Return the calls of a module in evaluation mode for an RGB image.

    Parameters
    ----------
    module : torch.nn.Module
        In evaluation mode, on the CPU.
    size : int
        Width and height of the example image, pixels.
    dtype : torch.dtype
        Of the module and of the image.

    Raises
    ------
    HighlowError
        If the module does not take such an image, or neither can follow it.
    """
    example = torch.zeros(1, 3, size, size, dtype=dtype)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the user's module, about its own code
        try:
            module(example)
        except Exception as error:  # whatever the user's code raises
            raise HighlowError(
                f"the module does not take an RGB image of {size} px, (1, 3, {size}, {size}): {line(error)}"
            ) from error
        tracer = _Tracer()
        try:
            return _calls(fx.GraphModule(module, tracer.trace(module)), example)
        except HighlowError:
            raise
        except Exception as symbolic:  # TraceError, or what the user's code makes of a symbol
            try:
                return _calls(_exported(module, example), example)
            except HighlowError:
                raise
            except Exception as error:
                return _begun(tracer, example, _why(error, symbolic))


def _exported(module: nn.Module, example: Tensor) -> fx.GraphModule:
    """Return what torch.export makes of a module; it says at length why it fails, which is said here in one line."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            graph = torch.export.export(module, (example,)).module()
    finally:
        logging.disable(before)
    assert isinstance(graph, fx.GraphModule)
    return graph


def _why(exported: Exception, symbolic: Exception) -> str:
    """Return why neither torch.export nor torch.fx could follow a module."""
    if "DataDependent" in type(exported).__name__:
        return f"what it does{_place(exported) or _place(symbolic)} depends on the numbers of the image"
    return (
        f"it cannot be traced{_place(exported)}: {line(exported)} (torch.export); torch.fx stopped{_place(symbolic)}: "
        f"{line(symbolic)}"
    )


def _begun(tracer: _Tracer, example: Tensor, why: str) -> Trace:
    """Return the calls that torch.fx could follow before it stopped.

    Raises
    ------
    HighlowError
        If there are none.
    """
    try:
        graph = tracer.graph
        graph.output(next(reversed(graph.nodes)))
        return replace(_calls(fx.GraphModule(tracer.root, graph), example), stopped=why)
    except Exception as error:
        raise HighlowError(f"the module cannot be imported: {why}") from error


def _calls(graph: fx.GraphModule, example: Tensor) -> Trace:
    """Return the calls of a traced graph, after a run that tells shapes and all that is constant."""
    recorder = _Recorder(graph)
    recorder.run(example)
    values, modules = recorder.values, dict(graph.named_modules())
    image, result = "", ""
    dependent: set[fx.Node] = set()
    calls = []
    for node in graph.graph.nodes:
        if node.op == "placeholder" and not image:
            image = node.name
            dependent.add(node)
        elif node.op == "output":
            result = _key_of_result(node.args[0], graph)
        elif dependent & set(node.all_input_nodes) and _has_tensor(values[node]):
            dependent.add(node)
            calls.append(_call(node, values, dependent, modules))
    return Trace(calls, image, tuple(example.shape), result, graph)


class _Recorder(fx.Interpreter):
    """Runs a graph and keeps every node's value."""

    def __init__(self, graph: fx.GraphModule) -> None:
        super().__init__(graph, garbage_collect_values=False)
        self.values: dict[fx.Node, Any] = {}

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        # In-place operations change what was recorded before; only its shape is used.
        self.values[n] = value
        return value


def _marked(value: Any) -> Any:
    """Return a number, or several, as computed from a size; what else is constant as it is."""
    if type(value) is int:
        return FromSize(value)
    return tuple(map(_marked, value)) if isinstance(value, torch.Size) else value


def _has_tensor(value: Any) -> bool:
    return isinstance(value, Tensor) or (isinstance(value, list | tuple) and any(map(_has_tensor, value)))


def _call(node: fx.Node, values: dict[fx.Node, Any], dependent: set[fx.Node], modules: dict[str, nn.Module]) -> Call:
    def argument(item: fx.Node) -> Any:
        return Reference(item.name) if item in dependent else _marked(values[item])

    arguments: list[Any] = list(fx.node.map_arg(node.args, argument))
    keywords = dict(fx.node.map_arg(node.kwargs, argument))
    path, kind = _innermost(node)
    value = values[node]
    if node.op == "call_module":
        operation: str = "module"
        arguments = [modules[str(node.target)], *arguments]
    elif isinstance(node.target, str):
        operation = node.target
    elif isinstance(node.target, torch._ops.OpOverload):
        operation = str(node.target._schema.name).split("::")[1]
        operation = f"aten_{operation}" if operation.startswith("batch_norm") else operation
    else:
        operation = OPERATORS.get(node.target) or str(getattr(node.target, "__name__", node.target))
    return Call(
        node.name,
        operation,
        arguments,
        keywords,
        path,
        node.op == "call_module" or (kind.startswith("torch.nn.modules.") and ".container." not in kind),
        tuple(value.shape) if isinstance(value, Tensor) else (),
        _user_place(node.stack_trace or ""),
    )


def _innermost(node: fx.Node) -> tuple[str, str]:
    """Return the path and the class of the innermost module that a node is in."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    if not stack:
        return "", ""
    path, kind = stack[-1]
    return str(path), kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__name__}"


def chosen_result(value: Any) -> Any:
    """Return what stands for a module among its results: the logits where there are several."""
    while isinstance(value, Mapping | list | tuple) and value:
        if isinstance(value, Mapping):
            key = next((key for key in ("logits", "out") if key in value), next(iter(value)))
            value = value[key]
        else:
            value = value[0]
    return value


def _key_of_result(value: Any, graph: fx.GraphModule) -> str:
    info = getattr(graph.graph._codegen, "pytree_info", None)
    if info is not None and info.out_spec is not None:  # torch.export lays results out in a row
        value = _pytree.tree_unflatten(list(value), info.out_spec)
    result = chosen_result(value)
    if not isinstance(result, fx.Node):
        raise HighlowError("the module returns no tensor that depends on the image; wrap it in one that does")
    return str(result.name)


def _user_place(trace: str) -> str:
    """Return ` at file:line` of the last line of a stack trace that is the user's, or nothing."""
    lines = re.findall(r'File "([^"]+)", line (\d+)', trace)
    users = [(file, line) for file, line in lines if is_users(file)]
    return f" at {Path(users[-1][0]).name}:{users[-1][1]}" if users else ""


def is_users(file: str) -> bool:
    """Return whether a file is neither PyTorch's nor this library's: whatever folders are called on the way to it."""
    return not file.startswith("<") and not any(Path(file).is_relative_to(library) for library in LIBRARIES)


def _place(error: BaseException) -> str:
    """Return ` at file:line` of the user's code in an error's traceback, or nothing."""
    return _user_place("".join(traceback.format_tb(error.__traceback__)))


def line(error: BaseException) -> str:
    """Return the first line of an error's message."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
