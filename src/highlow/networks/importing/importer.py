"""Importing a module: the whole way from PyTorch's code to a graph with weights that computes the same."""

import copy
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import nn

from highlow.networks.extracted import Extracted
from highlow.networks.graph import Architecture, Node, Preprocessing
from highlow.networks.importing.drafts import IMAGE
from highlow.networks.importing.naming import block_of, block_paths, branch_names, layer_names, renamed
from highlow.networks.importing.simplification import simplified
from highlow.networks.importing.tracing import traced
from highlow.networks.importing.translation import Translation
from highlow.networks.model import Network
from highlow.runs.errors import HighlowError

# Of the largest activation: float32 sums in another order.
TOLERANCE = 1e-3
# Beside the example's size the graph is compared at this many pixels more, where padding and pools round otherwise.
OTHER_SIZE = 13


def imported(
    module: nn.Module, preprocessing: Preprocessing, *, name: str = "module", size: int = 224, until: str = ""
) -> Extracted:
    """Return a module as a graph with weights.

    It is traced in evaluation mode, and its numbers are compared with the module's own at two sizes of image.

    Parameters
    ----------
    module : torch.nn.Module
        Takes RGB images, preprocessed, (N, 3, H, W). It is left as it is.
    preprocessing : Preprocessing
        Of RGB images in [0, 1].
    name : str
        Name in messages and files.
    size : int
        Width and height of the images that it was made for, pixels.
    until : str
        The last layer that is imported; by default all are.

    Raises
    ------
    HighlowError
        If the module does not take such images, cannot be traced, has an operation that is not known before `until`,
        or the graph's numbers are not the module's.
    """
    module = _settled(module)
    translation = Translation(traced(module, size))
    graph = _named(module, translation, preprocessing, name)
    if until or translation.stopped:
        if translation.stopped and not (until and _has(graph.architecture, until)):
            last = _last_studied(graph.architecture)
            hint = f"; the last layer that can be studied is {last!r}: name it in `until`" if last else ""
            raise HighlowError(f"network {name!r} cannot be imported: {translation.stopped} is not known{hint}")
        last = graph.architecture.node(until).name
        part = graph.architecture.truncated(last)
        kept = {item.name for item in part.nodes}
        aliases = {alias: item for alias, item in part.aliases.items() if item in kept}
        graph = replace(graph, architecture=replace(part, aliases=aliases, logits=""))
    _compare(module, graph, size)
    return graph


def _settled(module: nn.Module) -> nn.Module:
    """Return a copy of a module as it is traced: in evaluation mode, on the CPU, in float32."""
    try:
        module = copy.deepcopy(module)
    except Exception as error:
        raise HighlowError(f"the module cannot be copied: {type(error).__name__}: {error}") from error
    return module.to("cpu", torch.float32).eval().requires_grad_(False)


def _named(module: nn.Module, translation: Translation, preprocessing: Preprocessing, name: str) -> Extracted:
    draft = translation.draft
    result = translation.result or next(reversed(draft.nodes))
    nodes, weights, merged = simplified(draft.nodes, draft.weights, result)
    inside = {path: merged.get(node, node) for path, node in translation.inside.items()}
    leaves = {path: merged.get(node, node) for path, node in translation.leaves.items()}
    names = layer_names(nodes, draft.born_of_function, inside)
    paths = {names.get(node, node): draft.paths.get(node, "") for node in nodes}
    nodes = renamed(nodes, names)
    weights = {names.get(node, node): pair for node, pair in weights.items()}
    blocks = block_paths(module, _meeting_paths(nodes, paths))
    nodes = {node: _placed(item, paths, blocks) for node, item in nodes.items()}
    aliases = {path: names.get(node, node) for path, node in (inside | leaves).items() if path}
    aliases = {path: node for path, node in aliases.items() if node in nodes and path not in nodes and node != IMAGE}
    counted = list(dict.fromkeys(item.block or item.name for item in nodes.values() if item.op in ("conv", "linear")))
    complete = not translation.stopped
    architecture = Architecture(
        name,
        tuple(nodes.values()),
        preprocessing,
        tuple(counted[:-1] if complete else counted),
        names.get(merged.get(result, result), merged.get(result, result)) if complete else "",
        aliases,
    )
    return Extracted(name, architecture, weights)


def _meeting_paths(nodes: Mapping[str, Node], paths: Mapping[str, str]) -> set[str]:
    """Return the paths of the modules inside which paths of the computation meet: the node's own, and all around it."""
    found: set[str] = set()
    for node in nodes.values():
        if len(node.inputs) > 1 and node.op != "gate":
            parts = paths[node.name].split(".")
            found.add(".".join(parts))
    return found - {""}


def _placed(node: Node, paths: Mapping[str, str], blocks: list[str]) -> Node:
    """Return a node with its block, and its branches named."""
    block = block_of(paths[node.name] or node.name, blocks)
    branches = branch_names(node, paths, block) if node.op == "concat" else ()
    return replace(node, block="" if block == node.name else block, branches=branches)


def _has(architecture: Architecture, layer: str) -> bool:
    return architecture.aliases.get(layer, layer) in architecture.by_name


def _last_studied(architecture: Architecture) -> str:
    """Return the last layer that has a receptive field."""
    names = []
    for node in architecture.nodes:
        if node.op in ("conv", "add", "concat", "scale"):
            try:
                architecture.canvas_size(node.name)
            except HighlowError:
                continue
            names.append(node.name)
    return names[-1] if names else ""


def _compare(module: nn.Module, graph: Extracted, size: int) -> None:
    """Raise a HighlowError unless the graph computes what the module does."""
    if not graph.architecture.logits:
        return
    network = Network(graph.architecture, graph.weights, graph.architecture.logits)
    generator = torch.Generator().manual_seed(0)
    for pixels in (size, size + OTHER_SIZE):
        images = torch.rand(1, 3, pixels, pixels, generator=generator)
        with torch.inference_mode():
            try:
                wanted = module(network.own_input(images))
            except RuntimeError:  # many modules take one size alone
                continue
            while not isinstance(wanted, torch.Tensor):
                wanted = next(iter(wanted.values() if isinstance(wanted, Mapping) else wanted))
            found = network(images)
        difference = float((found - wanted).abs().max() / wanted.abs().max().clamp(min=1e-12))
        if not difference <= TOLERANCE:
            raise HighlowError(
                f"network {graph.name!r} cannot be imported: at {pixels} px its graph differs from the module by "
                f"{difference:.1g} of the largest output; something in it depends on the image's size or numbers"
            )
