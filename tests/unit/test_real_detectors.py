"""Detectors of a real network on the coarse grid of the layer scan, and what the next layer reads of them."""

import numpy as np
import pytest

from highlow.circuits import boundary_roles, downstream, expanded_weights
from highlow.circuits.expanded_weight_file import Branch
from highlow.circuits.layer_scan import places, scan_place
from highlow.networks import loading, registry, weights
from highlow.probes.circular import largest_gap

pytestmark = [pytest.mark.real, pytest.mark.slow]
NETWORK = "inceptionv1_2015"


def scanned(network):
    place = next(item for item in places(network.architecture) if item.node == "mixed3a_3x3")
    return scan_place(network, place, 0)


@pytest.fixture(scope="module")
def network(weights_dir):
    found, _ = weights.extract(registry.entry(NETWORK), weights_dir=weights_dir)
    return found


@pytest.fixture(scope="module")
def detectors(network):
    table = scanned(network).table
    return table[table["is_detector"] == 1].sort_values("preferred_orientation_deg")


def test_nine_units_are_accepted(detectors):
    assert sorted(detectors["unit"]) == [68, 70, 124, 145, 146, 147, 170, 175, 190]
    assert largest_gap(detectors["preferred_orientation_deg"].to_numpy()) < 90  # 80.6
    assert detectors["hf_lf_map_correlation"].median() < -0.97  # -0.994
    assert detectors["orientation_difference_deg"].abs().median() < 5  # 3.4


def test_a_destroyed_copy_has_none(network):
    copy = loading.destroyed(network, registry.entry(f"{NETWORK}_shuffled_space"), 0)
    assert scanned(copy).table["is_detector"].sum() == 0


def test_the_next_layer_reads_detectors_as_boundaries_and_other_channels_less(network, detectors):
    """Random channels of the same branch in the detectors' place measure what the rule finds by chance."""
    branches = []
    for name, first, count in (("3x3", 128, 192), ("5x5", 320, 96)):
        kernel = expanded_weights.expanded_weights(network.architecture, network.weights, "mixed3a", f"mixed3b_{name}")
        branches.append(Branch(name, np.arange(first, first + count), kernel.weight.numpy()))
    units, angle = (detectors[column].to_numpy() for column in ("unit", "preferred_orientation_deg"))

    def boundaries(channels):
        roles = boundary_roles.weight_roles(branches, channels, angle)
        return roles.set_index("unit")["weight_role"] == "boundary"

    found = boundaries(units)
    assert found.sum() > 40  # 52 of 288
    others = np.setdiff1d(np.arange(64, 192), units)
    generator = np.random.default_rng(0)
    by_chance = [boundaries(generator.choice(others, len(units), replace=False)).sum() for _ in range(6)]
    assert np.mean(by_chance) < found.sum() / 2  # 9 in the mean of 20
    usage = downstream.usage_table("mixed3b", branches, units, 0)
    assert found[usage["unit"].head(20)].mean() > 1.2 * found.mean()
