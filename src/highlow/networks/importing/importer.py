"""Importing a module: the whole way from PyTorch's code to a graph with weights that computes the same."""

import copy
import warnings
from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import nn

from highlow.networks.extracted import Extracted
from highlow.networks.graph import Architecture, Node, Preprocessing
from highlow.networks.importing.drafts import FLAT, IMAGE, NCHW, Value
from highlow.networks.importing.meeting import with_blocks
from highlow.networks.importing.naming import block_of, block_paths, branch_names, layer_names, renamed
from highlow.networks.importing.simplification import simplified
from highlow.networks.importing.tracing import chosen_result, line, traced
from highlow.networks.importing.translation import Translation
from highlow.networks.model import Network
from highlow.runs.errors import HighlowError

# Of the largest activation: float32 sums in another order.
TOLERANCE = 1e-3
# The same where both are computed in float64, weights not rounded.
EXACT_TOLERANCE = 1e-6
# Beside the example's size the graph is compared at so many pixels more, where padding and pools round otherwise: at
# the first of these that the module takes, if it takes any.
OTHER_SIZES = (13, 32)


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
    attempt = _Attempt(module, preprocessing, name, size, until, torch.float32)
    difference = attempt.difference()
    if difference > TOLERANCE:
        # A deep network that was not trained may amplify rounding itself: float64 tells that from another graph.
        difference = _Attempt(module, preprocessing, name, size, until, torch.float64).difference()
        if difference > EXACT_TOLERANCE:
            raise HighlowError(
                f"network {name!r} cannot be imported: its graph differs from the module by {difference:.1g} of the "
                "largest output; something in it depends on the image's size or numbers"
            )
    return attempt.graph


class _Attempt:
    """An import whose numbers are not compared yet; parameters as for `imported`.

    Attributes
    ----------
    graph : Extracted
        The result.
    final : dict
        What the nodes of the translation are called in it.
    """

    def __init__(
        self, module: nn.Module, preprocessing: Preprocessing, name: str, size: int, until: str, dtype: torch.dtype
    ) -> None:
        self.size, self.dtype = size, dtype
        self.module = _settled(module, dtype)
        self.trace = traced(self.module, size, dtype)
        self.translation = Translation(self.trace, dtype)
        self.graph, self.final = _named(self.module, self.translation, preprocessing, name)
        self.key = self.trace.result
        stopped = self.translation.stopped
        if stopped and not (until and _has(self.graph.architecture, until)):
            last = _last_studied(self.graph.architecture)
            hint = f"; the last layer that can be studied is {last!r}: name it in `until`" if last else ""
            raise HighlowError(f"network {name!r} cannot be imported: {stopped}{hint}")
        if until:
            self._cut(until)

    def _cut(self, until: str) -> None:
        part = self.graph.architecture
        part = part.truncated(part.node(until).name)
        kept = {item.name for item in part.nodes}
        aliases = {alias: item for alias, item in part.aliases.items() if item in kept}
        weights = {item: pair for item, pair in self.graph.weights.items() if item in kept}
        self.graph = Extracted(self.graph.name, replace(part, aliases=aliases, logits=""), weights)
        last = part.nodes[-1].name
        keys = [
            key
            for key, value in self.translation.values.items()
            if isinstance(value, Value) and value.layout in (NCHW, FLAT) and self.final.get(value.node) == last
        ]
        if not keys:
            raise HighlowError(f"layer {until!r} of {self.graph.name!r} is a step inside another; choose the next one")
        self.key = keys[-1]

    def difference(self) -> float:
        """Return the largest difference between the graph's numbers and the module's, of the largest of these."""
        architecture = self.graph.architecture
        network = Network(architecture, self.graph.weights, architecture.nodes[-1].name, dtype=self.dtype)
        found = [self._difference_at(network, self.size)]
        for more in OTHER_SIZES:
            try:
                found.append(self._difference_at(network, self.size + more))
            except _OtherSizeError:
                continue
            break
        return max(found)

    def _difference_at(self, network: Network, pixels: int) -> float:
        images = torch.rand(1, 3, pixels, pixels, generator=torch.Generator().manual_seed(pixels), dtype=self.dtype)
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the user's module, about its own code
            own = network.own_input(images)
            try:
                whole = self.key == self.trace.result
                wanted = chosen_result(self.module(own)) if whole else self.trace.value(own, self.key)
            except Exception as error:  # whatever the user's code raises; many modules take one size alone
                raise _OtherSizeError from error
            try:
                found = network(images).reshape(wanted.shape)
            except RuntimeError:
                return float("inf")
        difference = float((found - wanted).abs().max() / wanted.abs().max().clamp(min=1e-12))
        return difference if difference == difference else float("inf")


class _OtherSizeError(Exception):
    """The module does not take images of this size."""


def _settled(module: nn.Module, dtype: torch.dtype) -> nn.Module:
    """Return a copy of a module as it is traced: in evaluation mode, on the CPU.

    Weights that are so already are not copied: nothing writes to them.
    """
    while isinstance(module, nn.DataParallel | nn.parallel.DistributedDataParallel):
        module = module.module
    module = getattr(module, "_orig_mod", module)  # of torch.compile
    parameters = list(module.parameters())
    ready = all(item.device.type == "cpu" and item.dtype == dtype for item in parameters)
    try:
        module = copy.deepcopy(module, {id(item): item for item in parameters} if ready else {})
        settled = module if ready else module.to("cpu", dtype).requires_grad_(False)
        return settled.train(False)
    except Exception as error:  # whatever the user's code raises
        raise HighlowError(f"the module cannot be copied: {type(error).__name__}: {line(error)}") from error


def _named(
    module: nn.Module, translation: Translation, preprocessing: Preprocessing, name: str
) -> tuple[Extracted, dict[str, str]]:
    """Return the graph with the names that it keeps, and the name of what each node of the translation became."""
    draft, result = translation.draft, translation.result
    nodes, weights, merged = simplified(draft.nodes, draft.weights, [result] if result else list(draft.nodes))
    inside = {path: merged.get(node, node) for path, node in translation.inside.items()}
    leaves = {path: merged.get(node, node) for path, node in translation.leaves.items()}
    names = layer_names(nodes, draft.born_of_function, inside)
    final = {node: names.get(merged.get(node, node), merged.get(node, node)) for node in draft.nodes}
    paths = {names.get(node, node): draft.paths.get(node, "") for node in nodes}
    nodes = renamed(nodes, names)
    weights = {names.get(node, node): pair for node, pair in weights.items()}
    blocks = block_paths(module, _meeting_paths(nodes, paths))
    nodes = with_blocks({node: _placed(item, paths, blocks) for node, item in nodes.items()})
    aliases = {path: names.get(node, node) for path, node in (inside | leaves).items() if path}
    aliases = {path: node for path, node in aliases.items() if node in nodes and path not in nodes and node != IMAGE}
    # In order; the last one makes the logits if it has no taps.
    convolving = [item for item in nodes.values() if item.op in ("conv", "linear")]
    if not convolving:
        raise HighlowError(f"network {name!r} has no convolution that can be studied")
    counted = list(dict.fromkeys(item.block or item.name for item in convolving))
    architecture = Architecture(
        name,
        tuple(nodes.values()),
        preprocessing,
        tuple(counted[:-1] if translation.has_logits and not convolving[-1].taps else counted),
        final[result] if translation.has_logits else "",
        aliases,
    )
    return Extracted(name, architecture, weights), final


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
