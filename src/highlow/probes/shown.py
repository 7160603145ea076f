"""Which stimulus families the layers of a network are shown. Imports neither torch nor numpy: the Snakefile uses it."""

from dataclasses import dataclass

from highlow.networks import registry
from highlow.networks.study import Study

# With the grid of orientations and ratios.
GRID = ("high_low", "high_low_balanced")
SMALL = ("uniform_plaid", "grating", "luminance_edge", "colour_edge", "contrast_edge")
FAMILIES = (*GRID, "uniform", *SMALL)
# Shown to the layer that uses the detectors, where one is registered.
DOWNSTREAM = "texture_regions"
# Without that grid.
OTHERS = ("uniform", *SMALL, DOWNSTREAM)


@dataclass(frozen=True)
class Layers:
    """The layers that are studied in a network, or in several alike.

    Attributes
    ----------
    studied : str
        The layer of the detectors.
    sources : tuple of str
        The earlier layers whose channels are factorized, nearest first.
    pictured : tuple of str
        The layers whose units are pictured for these channels, where they are others.
    downstream : str
        The layer that uses the detectors; empty where none is registered.
    searched : tuple of str
        The layers whose dataset examples are searched.
    """

    studied: str
    sources: tuple[str, ...]
    pictured: tuple[str, ...]
    downstream: str
    searched: tuple[str, ...]

    def shown(self) -> list[tuple[str, str]]:
        """Return what the studied layer is shown, as pairs of it and a family.

        Whatever asks for one of these responses gets all: starting a job takes longer than most of them.
        """
        return [(self.studied, family) for family in FAMILIES]

    def sources_shown(self) -> list[tuple[str, str]]:
        """Return what the sources are shown, of which another studied layer may be one."""
        return [(source, family) for source in self.sources for family in SMALL]

    def further_shown(self) -> list[tuple[str, str]]:
        """Return what is shown for pictures and to the layer behind; of a control one by one, if it is asked for."""
        further = [(source, "uniform") for source in self.sources]
        further += [(layer, family) for layer in self.pictured for family in SMALL]
        return further + [(self.downstream, family) for family in (DOWNSTREAM, *SMALL) if self.downstream]

    def wired(self, *, control: bool = False) -> list[tuple[str, str]]:
        """Return the layers between which weights are composed: to the studied one, and to the one behind it.

        The scores of controls, which every run asks for, need no more than the former.
        """
        behind = [(self.studied, self.downstream)] if self.downstream and not control else []
        return [(source, self.studied) for source in self.sources] + behind


def layers(study: Study, network: str) -> Layers:
    """Return the layers that are studied in a network."""
    studied, sources = study.layer(network), tuple(study.sources(network))
    pictured = dict.fromkeys(study.pictured(network, source) for source in sources)
    others = tuple(layer for layer in pictured if layer not in (studied, *sources))
    downstream = study.downstream(network) if study.has_downstream(network) else ""
    return Layers(studied, sources, others, downstream, tuple(study.searched(network)))


def alike(study: Study) -> dict[Layers, list[str]]:
    """Return which intact networks have the same layers studied; those of the configured one come first.

    Of every network whose layers are known before anything is computed, whichever is configured: what makes a file must
    not depend on that. Modules count where the configuration names them, because only then their layers are known.
    """
    shipped = [name for name, found in registry.shipped().items() if not found.module]
    found: dict[Layers, list[str]] = {}
    for name in dict.fromkeys((study.intact(study.network), *study.config["networks"], *shipped)):
        if not study.is_auto(name):
            found.setdefault(layers(study, name), []).append(name)
    return found
