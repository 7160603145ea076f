"""Where in a network detectors are found: every convolution, layer by layer, by the one rule.

The article (section "Universality") names a layer for each network; here it is searched for. A place of the scan is a
convolution whose kernel has taps. Its stimuli are scaled to its receptive field, and its factors are over the layer
before its block or, where those do not respond to different frequencies, over what the convolution itself reads.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from highlow.circuits import candidates, detection, factor_file, factors
from highlow.circuits.expanded_weights import expanded_weights
from highlow.circuits.factor_file import RANK, FactorFit
from highlow.networks.choices import has_taps, sources
from highlow.networks.extracted import Extracted
from highlow.networks.graph import Architecture
from highlow.networks.model import Network
from highlow.networks.pattern_size import holds_two_frequencies, scaled_pattern_size
from highlow.probes.coarse_families import coarse_family
from highlow.probes.responses import answers

# Pixels: twice the field of the article's detectors. The next larger fields cost more than all smaller ones together,
# and units there answer frequency boundaries through the detectors below them.
LARGEST_FIELD = 86

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Place:
    """A convolution of the scan.

    Attributes
    ----------
    node : str
        Its name.
    layer, branch : str
        The layer whose units it computes: the concatenation that it is a branch of, else itself.
    units : ndarray
        Their numbers in the layer, (n,).
    field : int
        Receptive field, pixels.
    """

    node: str
    layer: str
    branch: str
    units: NDArray[np.intp]
    field: int


@dataclass(frozen=True, eq=False)
class Source:
    """An earlier layer that the factors of a place are over.

    Attributes
    ----------
    name : str
        Layer.
    weight : ndarray
        Expanded weights from there, (unit, channel, y, x).
    textures, wavelength : ndarray
        Its responses to uniform textures, (wavelength, channel), and their wavelengths in pixels.
    """

    name: str
    weight: Floats
    textures: Floats
    wavelength: Floats


@dataclass(frozen=True, eq=False)
class Scanned:
    """What was found at a place: the stimuli's pattern size, the detectors table (best first), and the factors."""

    place: Place
    pattern_size: float
    table: pd.DataFrame
    source: Source
    separation_octaves: float

    @property
    def detectors(self) -> int:
        """Number of accepted units."""
        return int(self.table["is_detector"].sum())


def places(architecture: Architecture) -> list[Place]:
    """Return every place of a network that lies in a block, in order of depth.

    A place is a rectified node with taps of its own: it sees more than one position of the rectified nodes before it,
    not counting pools. That is a convolution; in a network of residual blocks also a sum behind one, and where
    normalization stands before the convolutions the rectified normalization behind one.
    """
    branch_of = {
        name: (node.name, branch)
        for node in architecture.nodes
        if node.op == "concat"
        for branch, name in zip(node.branches, node.inputs, strict=True)
    }
    found = []
    for node in architecture.nodes:
        if not node.rectified or architecture.depth(node.name) is None or not has_taps(architecture, node):
            continue
        layer, branch = branch_of.get(node.name, (node.name, node.name))
        units = np.flatnonzero(np.array(architecture.branch_of_unit(layer)) == branch)
        found.append(Place(node.name, layer, branch, units, architecture.field_size(node.name)))
    return found


def out_of_reach(architecture: Architecture, place: Place) -> str:
    """Return why a place is not scanned, or nothing."""
    if place.field > LARGEST_FIELD:
        return f"field beyond {LARGEST_FIELD} px"
    if not holds_two_frequencies(scaled_pattern_size(place.field)):
        return "field too small for two frequencies"
    return "" if sources(architecture, place.node) else "reads the image"


def scan(
    network: Extracted, seed: int, pattern_size: float | None = None, device: torch.device | None = None
) -> Iterator[Scanned]:
    """Yield what is found at every place within reach, in order of depth.

    Parameters
    ----------
    network : Extracted
        Architecture and weights.
    seed : int
        Of the balanced stimuli and of the bootstrap over phases.
    pattern_size : float, optional
        Pixels, for every place; by default scaled to the field of each.
    device : torch.device, optional
        Where the network runs.
    """
    for place in places(network.architecture):
        if not out_of_reach(network.architecture, place):
            yield scan_place(network, place, seed, pattern_size, device)


def scan_place(
    network: Extracted,
    place: Place,
    seed: int,
    pattern_size: float | None = None,
    device: torch.device | None = None,
) -> Scanned:
    """Return what is found at a place; parameters as for `scan`.

    Of its `sources` the first whose factors respond far enough apart counts; where none does, the one that comes
    nearest to it.
    """
    size = pattern_size or scaled_pattern_size(place.field)
    table = _candidates(network, place, size, seed, device)
    tried: list[Scanned] = []
    for name in sources(network.architecture, place.node):
        kernel = expanded_weights(network.architecture, network.weights, name, place.node)
        if tried and not kernel.weight.numpy()[np.searchsorted(place.units, _fitted(table, place))].any():
            continue  # a concatenation passes these units on from further back
        family = coarse_family("uniform_plaid", size, seed)
        module = Network(network.architecture, network.weights, name).to(device)
        textures = answers(module, family, device=device).mean(axis=(1, 2))
        source = Source(name, kernel.weight.numpy(), textures, family.axes["wavelength"])
        tried.append(_judged(place, size, table, source))
        if tried[-1].separation_octaves >= detection.SMALLEST_SEPARATION_OCTAVES:
            return tried[-1]
    return max(tried, key=lambda found: found.separation_octaves)


def refined(found: Scanned, seeds: int, seed: int) -> tuple[Scanned, FactorFit]:
    """Return a scanned place with factors fitted from many random starts, as for the studied layer, and the fit."""
    source, units = found.source, _fitted(found.table, found.place)
    fit = factor_file.named_fit(
        source.weight, found.place.units, units, source.textures, source.wavelength, seeds, seed, (factor_file.RANK,)
    )
    return _with_evidence(found, fit.branch_maps, fit.separation_octaves), fit


def _candidates(network: Extracted, place: Place, size: float, seed: int, device: torch.device | None) -> pd.DataFrame:
    """Return every unit of a place with its score from responses alone, best first."""

    module = Network(network.architecture, network.weights, place.node).to(device)

    def asked(name: str) -> tuple[Floats, Mapping[str, Floats]]:
        family = coarse_family(name, size, seed)
        return answers(module, family, device=device), family.axes

    table = candidates.measured(place.layer, [place.branch] * len(place.units), asked, size, seed)
    return table.assign(unit=place.units[table["unit"]])


def _fitted(table: pd.DataFrame, place: Place) -> NDArray[np.intp]:
    """Return the units on which the factors of a place are fitted."""
    return candidates.factor_units(table, place.branch)


def _judged(place: Place, size: float, table: pd.DataFrame, source: Source) -> Scanned:
    """Return the verdict over a source, with the factors of the deterministic start alone."""
    chosen = source.weight[np.searchsorted(place.units, _fitted(table, place))]
    found = factors.factorize(chosen, RANK)
    centroids = factors.frequency_centroids(found.channel, source.textures, source.wavelength)
    order = [int(index) for index in np.argsort(centroids, kind="stable")]
    maps = factors.spatial_maps(source.weight, found.channel)[:, order]
    separation = float(centroids[order[1]] - centroids[order[0]])
    return _with_evidence(Scanned(place, size, table, source, separation), maps, separation)


def _with_evidence(found: Scanned, maps: Floats, separation: float) -> Scanned:
    """Return a scanned place judged by the maps of all its units on the HF and the LF factor."""
    bare = found.table[[name for name in found.table if name not in detection.EVIDENCE]]
    table = detection.detectors(bare, found.place.units, maps, separation)
    return replace(found, table=table, separation_octaves=separation)
