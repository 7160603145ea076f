"""A network's graph as JSON, in which fields that have their default are left out. Imports neither torch nor numpy."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, get_args

from highlow.networks.geometry import Window
from highlow.networks.graph import Architecture, LocalResponseNorm, Node, Operation, Preprocessing
from highlow.runs.errors import HighlowError

LARGEST = 1 << 20  # channels, taps or pixels of any node

NESTED: dict[str, Any] = {
    "window": Window,
    "columns": Window,
    "norm": LocalResponseNorm,
    "preprocessing": Preprocessing,
}


def to_json(architecture: Architecture) -> dict[str, Any]:
    """Return an architecture as plain values."""
    found: dict[str, Any] = _plain(architecture)
    return found


def from_json(values: Mapping[str, Any]) -> Architecture:
    """Return an architecture from plain values.

    Raises
    ------
    HighlowError
        If they are not what `to_json` returns.
    """
    try:
        nodes = tuple(_filled(Node, node) for node in values["nodes"])
        _check(nodes)
        found = _filled(Architecture, {**values, "nodes": ()})
        return Architecture(
            str(found.name), nodes, found.preprocessing, tuple(found.blocks), str(found.logits), dict(found.aliases)
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise HighlowError(
            f"a network's graph is not what it should be ({error}); delete its file and run again"
        ) from None


def _check(nodes: Sequence[Node]) -> None:
    """Raise a ValueError unless nodes can be computed in their order, and their numbers are of a size that occurs."""
    known: set[str] = set()
    for node in nodes:
        if node.op not in get_args(Operation) or node.name in known or (node.op == "input") == bool(known):
            raise ValueError(f"node {node.name!r}")
        if not set(node.inputs) <= known or (known and not node.inputs):
            raise ValueError(f"inputs of {node.name!r}")
        sizes = [(window.kernel, window.stride, window.dilation) for window in node.windows]
        for number in (node.channels, node.groups, *(size for group in sizes for size in group)):
            if not isinstance(number, int) or not 1 <= number <= LARGEST:
                raise ValueError(f"numbers of {node.name!r}")
        pads = [pad for window in node.windows if window.padding != "same" for pad in window.pads(0)]
        if not all(isinstance(pad, int) and 0 <= pad <= LARGEST for pad in (*pads, *node.indices, node.size)):
            raise ValueError(f"numbers of {node.name!r}")
        known.add(node.name)


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        pairs = {item.name: getattr(value, item.name) for item in fields(value)}
        return {item.name: _plain(pairs[item.name]) for item in fields(value) if pairs[item.name] != _default(item)}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return dict(value) if isinstance(value, Mapping) else value


def _default(item: "Field[Any]") -> Any:
    return item.default_factory() if item.default_factory is not MISSING else item.default


def _filled(kind: Any, values: Mapping[str, Any]) -> Any:
    return kind(**{key: _value(key, value) for key, value in values.items()})


def _value(key: str, value: Any) -> Any:
    if key in NESTED and value is not None:
        return _filled(NESTED[key], value)
    return tuple(value) if isinstance(value, list) else value
