"""Opening the network that a command names: a known one, or what a function of the user's returns."""

import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from highlow.networks import registry
from highlow.runs.errors import HighlowError

if TYPE_CHECKING:  # PyTorch comes with it
    from highlow.studied.network import Studied


class Place(NamedTuple):
    """What is studied of a network: a layer, its branch that gets a verdict, the layer that its factors are of."""

    layer: str
    branch: str
    source: str


def of_module(weights: str = "", mean: str = "", std: str = "", size: int = 0, arguments: str = "") -> dict[str, Any]:
    """Return what the options of a module say, as the keys of a registry entry; what is not given is left out."""
    try:
        called_with = json.loads(arguments) if arguments else {}
    except json.JSONDecodeError:
        called_with = None
    if not isinstance(called_with, dict):
        raise HighlowError(f"--arguments is JSON by name, e.g. '{{\"depth\": 18}}', not {arguments!r}")
    given = {"weights": weights, "mean": _three("mean", mean), "std": _three("std", std)}
    return {key: value for key, value in (given | {"size": size, "arguments": called_with}).items() if value}


def opened(network: str, module: Mapping[str, Any], *, weights_dir: str = "", seed: int = 0) -> "Studied":
    """Return a network by its name, or a module by `FILE.py:FUNCTION` or `PACKAGE.MODULE:FUNCTION`.

    Parameters
    ----------
    network : str
    module : mapping
        As of `of_module`; empty for a network with a name.
    weights_dir : str
        Folder that is looked into first.
    seed : int
        Of a generated network and of a control.
    """
    from highlow.studied.opening import load

    folder = weights_dir or None
    if ":" in network:
        name = name_of(network)
        return load(name, weights_dir=folder, seed=seed, networks={name: {"module": network, **module}})
    if module:
        raise HighlowError(f"--{next(iter(module))} is for a module, FILE.py:FUNCTION; {network!r} has its own")
    return load(network, weights_dir=folder, seed=seed)


def place(network: str, studied: "Studied", wanted: Place, **scan: Any) -> Place:
    """Return what is studied of a network, where nothing is named for it: the registered, or the usual.

    Parameters
    ----------
    network : str
        As it was named.
    studied : Studied
        The same, opened.
    wanted : Place
        What is named; the layer `auto` is the one where the scan of all layers finds most detectors.
    **scan
        How that scan computes.

    Raises
    ------
    HighlowError
        If no layer is named and none is registered.
    """
    layer = wanted.layer or (registry.AUTO if ":" in network else registry.entry(network).layer)
    if wanted.layer == registry.AUTO:
        table = studied.scan(**scan)
        peak = table[table["is_peak"] == 1].iloc[0]
        wanted = Place(peak["layer"], wanted.branch or peak["branch"], wanted.source or peak["source"])
        layer = wanted.layer
    if layer == registry.AUTO:
        known = studied.layers
        shown = ", ".join(known if len(known) <= 12 else [*known[:6], "...", *known[-6:]])
        raise HighlowError(
            f"no layer of {studied.name!r} is registered; name one with --layer, or --layer auto, which looks at all "
            f"of them first: {shown}"
        )
    layer = studied.extracted.architecture.node(layer).name
    branch = wanted.branch or studied.branch(layer)
    return Place(layer, branch, wanted.source or studied.source(layer, branch))


def name_of(module: str) -> str:
    """Return what a module is called in tables: its file or its package, and its function."""
    place, _, function = module.rpartition(":")
    stem = re.split(r"[/\\]", place.removesuffix(".py"))[-1].rpartition(".")[2]
    return re.sub(r"[^A-Za-z0-9_-]", "_", stem if function == "build" else f"{stem}_{function}")


def _three(name: str, text: str) -> list[float]:
    """Return the three numbers of an option."""
    try:
        values = [float(part) for part in text.split(",")] if text else []
    except ValueError:
        values = [math.nan]
    if len(values) not in (0, 3) or not all(map(math.isfinite, values)):
        raise HighlowError(f"--{name} is three numbers, e.g. 0.485,0.456,0.406, not {text!r}")
    return values
