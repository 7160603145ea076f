"""What a configuration studies in each network: its layer, the layers before and behind it, its controls.

Imports neither torch nor numpy: the Snakefile uses it.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from highlow.networks import choices, described, registry
from highlow.networks import pattern_size as patterns
from highlow.networks.architectures import architecture, definition
from highlow.networks.graph import Architecture
from highlow.runs.errors import HighlowError, nearest

CONTROL_END = rf"_(?:{'|'.join(registry.CONTROLS)})(?:_[1-9][0-9]*)?"


class Study:
    """A valid configuration, asked about one network at a time.

    Parameters
    ----------
    config : mapping
        As `highlow.runs.config.validated` returns it.

    Attributes
    ----------
    network : str
        The network that the configuration names.
    units : list of int
        The units that figures of it show; an empty list leaves the choice to the figure.

    peak : callable
        From a network whose layer is `auto` to the row of its scan where detectors peak: `layer`, `branch`, `source`.

    Raises
    ------
    HighlowError
        If a network, a layer, a unit or a file's naming does not exist, or does not fit the others.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self._entries: dict[str, registry.Entry] = {}
        self._graphs: dict[str, Architecture] = {}
        self._fields: dict[tuple[str, str], int] = {}
        self.peak: Callable[[str], Mapping[str, str]] = _no_peak
        self.network = registry.internal_name(config["network"])
        self.units = self._checked_units()
        for name in self.compared(self.network):
            self._check_files(name)
        for name in config["atlas"]:
            registry.entry(name, config["networks"])
        for name in (self.network, *config["networks"]):
            if self.is_auto(name):
                self.architecture(name)
                continue
            self.paths(name)
            self.architecture(name).canvas_size(self.layer(name))
            self._check_files(name)
            where = f"layer {self.layer(name)!r} of {name!r}"
            patterns.check(where, self.field(name), self.pattern_size(name), config["stimuli"]["ratios"], "stimuli.")

    def entry(self, network: str) -> registry.Entry:
        """Return what the registry and the configuration know of a network."""
        if network not in self._entries:
            self._entries[network] = described.completed(registry.entry(network, self.config["networks"]))
        return self._entries[network]

    def architecture(self, network: str) -> Architecture:
        """Return the architecture of a network, with its own padding."""
        if network not in self._graphs:
            found = self.entry(network)
            known = described.architecture if found.module else _registered_graph
            self._graphs[network] = known(found)
        return self._graphs[network]

    def pattern_of(self, wanted: Callable[[registry.Entry], bool]) -> str:
        """Return a pattern of the networks whose entry is wanted; controls are not among them."""
        names = (*registry.shipped(), *self.config["networks"])
        known = {name: registry.entry(name, self.config["networks"]) for name in names}
        patterns = [re.escape(name) for name, found in known.items() if wanted(found)]
        example = registry.entry(f"{registry.TORCHVISION}resnet18")
        return "|".join([*patterns, *([registry.TORCHVISION_PATTERN] if wanted(example) else [])]) or "(?!)"

    def pattern_of_intact(self, *networks: str) -> str:
        """Return a pattern of some networks, of every network by default, without their controls."""
        names = [re.escape(name) for name in networks or (*registry.shipped(), *self.config["networks"])]
        others = [] if networks else [rf"{registry.internal_name(registry.TORCHVISION)}\w+?"]
        return f"(?:{'|'.join([*names, *others])})"

    def pattern_of_controls(self, *networks: str) -> str:
        """Return a pattern of the controls of some networks, of every network by default."""
        return f"{self.pattern_of_intact(*networks)}{CONTROL_END}"

    def pattern_with_controls(self, *networks: str) -> str:
        """Return a pattern of some networks and their controls, of every network by default.

        With each name once: Snakemake compiles it with the path of every output.
        """
        return f"{self.pattern_of_intact(*networks)}(?:{CONTROL_END})?"

    def intact(self, network: str) -> str:
        """Return the network that a control destroys, any other itself."""
        return self.entry(network).base or network

    def layer(self, network: str) -> str:
        """Return the layer that is studied in a network and its controls, by its own name."""
        wanted = self._wanted_layer(network)
        if wanted == registry.AUTO:
            return self.peak(self.intact(network))["layer"]
        return self.architecture(network).node(wanted).name

    def is_auto(self, network: str) -> bool:
        """Return whether the layer that is studied in a network is the one where its detectors peak."""
        return self._wanted_layer(network) == registry.AUTO

    def _wanted_layer(self, network: str) -> str:
        own = self.intact(network) == self.intact(self.network)
        return self.config["layer"] if self.config["layer"] and own else self.entry(network).layer

    def branch(self, network: str, layer: str | None = None) -> str:
        """Return the branch whose weights are factorized, see `highlow.networks.choices.branch`."""
        if self.is_auto(network) and layer in (None, self.layer(network)):
            return self.peak(self.intact(network))["branch"]
        return choices.branch(self.architecture(network), layer or self.layer(network), self.entry(network).branch)

    def field(self, network: str) -> int:
        """Return the receptive field of the studied branch, in pixels, with the network's own padding."""
        graph = self.architecture(network)
        node = graph.branch_node(self.layer(network), self.branch(network)).name
        if (network, node) not in self._fields:
            self._fields[network, node] = graph.field_size(node)
        return self._fields[network, node]

    def pattern_size(self, network: str) -> float:
        """Return the size of the stimuli that a network is shown, in pixels: as configured, or scaled to its field."""
        given = self.config["stimuli"]["pattern_size"]
        size: float = patterns.scaled_pattern_size(self.field(network)) if given == "auto" else given
        return int(size) if size == int(size) else size

    def depth(self, network: str) -> tuple[int, int] | None:
        """Return the index of the studied layer's block and the number of blocks before the classifier."""
        return self.architecture(network).depth(self.layer(network))

    def sources(self, network: str) -> Sequence[str]:
        """Return the earlier layers of a network whose channels are factorized, nearest first.

        The registered ones of the registered layer; of another one see `highlow.networks.choices.source`.
        """
        found, layer = self.entry(network), self.layer(network)
        graph = self.architecture(network)
        registered = found.sources if layer == found.layer else ()
        if self.is_auto(network):  # what the scan took the factors over
            registered = (self.peak(self.intact(network))["source"],)
        sources = registered or (choices.source(graph, layer, self.branch(network)),)
        pairs = [(name, layer) for name in sources]
        pairs += [(layer, found.downstream)] if self.has_downstream(network) else []
        for first, second in pairs:
            if graph.node(first) not in graph.upto(second)[:-1]:
                raise HighlowError(f"layer {second!r} of {network!r} does not depend on {first!r}")
        return sources

    def has_downstream(self, network: str) -> bool:
        """Return whether a layer is registered that uses the detectors of the studied one."""
        return bool(self.entry(network).downstream) and self.layer(network) == self.entry(network).layer

    def downstream(self, network: str) -> str:
        """Return the layer that uses the detectors of the studied one."""
        if not self.has_downstream(network):
            layer = self.layer(network)
            raise HighlowError(
                f"no layer is registered that uses layer {layer!r} of {network!r}: it has no figures 10 to 13"
            )
        return self.entry(network).downstream

    def paths(self, network: str) -> list[tuple[str, str]]:
        """Return the pairs of layers between which factors are fitted, as (source, target)."""
        layer = self.layer(network)
        paths = [(source, layer) for source in self.sources(network)]
        return [*paths, (layer, self.downstream(network))] if self.has_downstream(network) else paths

    def pictured(self, network: str, layer: str) -> str:
        """Return the layer whose units are pictured for a layer's channels: the one before a pool."""
        return self.architecture(network).pictured_layer(layer)

    def searched(self, network: str) -> list[str]:
        """Return the layers whose dataset examples are searched: the studied one, its sources, the one behind."""
        layers = [self.layer(network), *(self.pictured(network, source) for source in self.sources(network))]
        layers += [self.downstream(network)] if self.has_downstream(network) else []
        return list(dict.fromkeys(layers))

    def units_of(self, network: str) -> list[int]:
        """Return the units that figures of a network show; an empty list leaves the choice to the figure."""
        return self.units if network == self.network else []

    def compared(self, network: str) -> list[str]:
        """Return a network and those that figures 14 and 15 put beside it."""
        if network == self.network and self.config["universality"] != "auto":
            others = self.config["universality"]
        else:
            others = registry.offline_beside(self.entry(network), self.config["networks"])
        return list(dict.fromkeys((network, *map(registry.internal_name, others))))

    def titles(self, networks: Sequence[str]) -> dict[str, str]:
        """Return what figures call networks."""
        return {name: self.entry(name).title or name for name in networks}

    def controls(self, network: str) -> dict[str, list[str]]:
        """Return the controls of a network, by what is destroyed; a control has none.

        Where the studied layer has no taps to shuffle, `shuffled_last` would be the intact network: it is left out.
        """
        if self.entry(network).control:
            return {}
        convolutions = self.architecture(network).convolutions_of(self.layer(network))
        taps = any(node.taps for node in convolutions)
        kinds = [kind for kind in registry.CONTROLS if taps or kind != "shuffled_last"]
        return {kind: drawn for kind, drawn in self._drawn(network, kinds).items() if drawn}

    def atlas(self) -> list[str]:
        """Return the networks that the atlas has a row for."""
        given = [registry.internal_name(name) for name in self.config["atlas"]]
        return list(dict.fromkeys(given)) or self.compared(self.network)

    def atlas_scans(self) -> list[str]:
        """Return the networks whose layers the atlas is made from: those of its rows, and their controls.

        A control has none, and those that destroy the studied layer alone are left out: the scan studies every layer.
        """
        intact = [name for name in self.atlas() if not registry.entry(name, self.config["networks"]).control]
        drawn = [self._drawn(name, registry.EMPTY_CONTROLS) for name in intact]
        names = [name for kinds in drawn for draws in kinds.values() for name in draws]
        return list(dict.fromkeys((*self.atlas(), *names)))

    def weights_origin(self, network: str) -> str:
        """Return where a network's weights are from, as `registry.weights_origin`."""
        return registry.weights_origin(registry.entry(network, self.config["networks"]))

    def _drawn(self, network: str, kinds: Iterable[str]) -> dict[str, list[str]]:
        """Return the draws of controls of a network, by kind."""
        draws = range(self.config["controls"]["draws"])
        return {kind: [f"{network}_{kind}" + (f"_{draw}" if draw else "") for draw in draws] for kind in kinds}

    def control_entry(self, network: str) -> dict[str, Any]:
        """Return what a control is made by; the studied layer is part of it where only that is destroyed."""
        found = self.entry(network)
        layer = self.layer(network) if found.control == "shuffled_last" else found.layer
        fields = ("architecture", "padding", "source", "control", "draw", "base", "module")
        return registry.as_json(found, *fields) | {"layer": layer}

    def has_ground_truth(self, network: str) -> bool:
        """Return whether it is known which units of a network are detectors."""
        found = self.entry(network)
        return found.generator == "planted" and not found.control

    def has_training_record(self, network: str) -> bool:
        """Return whether the package holds what was measured while a network was trained."""
        found = self.entry(network)
        return bool(found.training_record) and not found.control

    def has_articles_units(self, network: str) -> bool:
        """Return whether a network is the article's own, so that its units have the same numbers."""
        found = self.entry(network)
        return found.fingerprint == "inception5h" and not found.control

    def _checked_units(self) -> list[int]:
        units = [] if self.config["units"] in ("auto", "all") else list(self.config["units"])
        if units and self.is_auto(self.network):
            raise HighlowError(f"units {units} of which layer? the layer of {self.network!r} is `auto`; name one")
        if not units:
            return units
        layer, branch = self.layer(self.network), self.branch(self.network)
        branches = self.architecture(self.network).branch_of_unit(layer)
        first, last = branches.index(branch), len(branches) - 1 - branches[::-1].index(branch)
        for unit in units:
            if unit >= len(branches):
                raise HighlowError(
                    f"layer {layer!r} of {self.network!r} has no unit {unit}; its units are 0 to {len(branches) - 1}"
                )
            if branches[unit] != branch:
                raise HighlowError(
                    f"unit {unit} of {layer!r} is in the {branches[unit]} branch; figures show units of the {branch} "
                    f"branch, {first} to {last}"
                )
        return units

    def _check_files(self, network: str) -> None:
        """Check what can be said of weight files before one is looked for."""
        if self.entry(network).module:
            return
        namings = list(definition(self.entry(network).architecture).namings)
        for item in self.entry(network).files:
            if item.naming and item.naming not in namings:
                hint = nearest(item.naming, namings)
                raise HighlowError(f"network {network!r}: its architecture has no naming {item.naming!r}; {hint}")


def _no_peak(network: str) -> Mapping[str, str]:
    raise HighlowError(f"which layer of {network!r} is studied is not known before its layers are scanned; name one")


def _registered_graph(found: registry.Entry) -> Architecture:
    return architecture(found.architecture, found.padding)
