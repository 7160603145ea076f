"""The planted network and its destroyed copies as experiments see them, scanned once and kept in memory."""

from functools import cache

import numpy as np

from highlow.circuits import expanded_weights, factor_file, layer_scan
from highlow.experiments.claimed import INTACT
from highlow.experiments.subject import Subject
from highlow.networks import loading, planted, registry
from highlow.networks.architectures import architecture
from highlow.networks.extracted import Extracted, cut
from highlow.probes.coarse_families import coarse_family
from highlow.probes.responses import answers

SEED = 0
NODE, SOURCE, SIZE = "mixed3a_3x3", "maxpool1", 60.0


@cache
def network(variant: str) -> Extracted:
    """Return the planted network, or a destroyed copy of it."""
    if variant == INTACT:
        return cut("planted", architecture("planted"), planted.generate(SEED).weights)
    return loading.destroyed(network(INTACT), registry.entry(f"planted_{variant}"), SEED)


@cache
def subject(variant: str) -> Subject:
    """Return the planted network, or a copy of it, with what the scan of its layer finds over the article's source."""
    found = network(variant)
    place = next(place for place in layer_scan.places(found.architecture) if place.node == NODE)
    scanned = layer_scan.scan_place(found, place, SEED, SIZE)
    weight = expanded_weights.expanded_weights(found.architecture, found.weights, SOURCE, NODE).weight.numpy()
    family = coarse_family("uniform_plaid", SIZE, SEED)
    textures = answers(layer_scan.Network(found.architecture, found.weights, SOURCE), family).mean(axis=(1, 2))
    best = scanned.table.head(15)["unit"].to_numpy()
    wavelength = family.axes["wavelength"]
    fit = factor_file.named_fit(weight, place.units, np.sort(best), textures, wavelength, 1, SEED, (2,))
    return Subject(variant, found, place.layer, place.branch, SOURCE, SIZE, scanned.table, fit, weight, place.units)
