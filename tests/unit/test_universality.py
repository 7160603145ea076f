"""Scanning layers for detectors, and the networks that are compared."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from torch import nn
from torch.nn import functional

import highlow
from highlow.circuits import detection, layer_scan, layer_table, universality
from highlow.circuits.layer_scan import Place, Scanned, Source
from highlow.networks import loading, planted, registry, weights
from highlow.networks.architectures import architecture as build
from highlow.networks.extracted import cut
from highlow.networks.model import Network
from highlow.networks.pattern_size import holds_two_frequencies, scaled_pattern_size, smallest_field
from highlow.probes import families
from highlow.probes.circular import largest_gap, rayleigh
from highlow.probes.coarse_families import coarse_family

SEED = 0


def generated(name, noise=planted.VARIANT_NOISE):
    found = planted.generate_variant(name, SEED, noise=noise)
    return cut(name, build(name), found.weights), pd.DataFrame([vars(row) for row in found.ground_truth])


def place_of(architecture, node):
    return next(place for place in layer_scan.places(architecture) if place.node == node)


def test_places_are_convolutions_with_taps_in_order_of_depth():
    found = layer_scan.places(build("inception_v3"))
    names = [(place.node, place.layer, place.branch, place.field) for place in found]
    assert names[:4] == [
        ("conv", "conv", "conv", 3),
        ("conv_1",) * 3 + (7,),
        ("conv_2",) * 3 + (11,),
        ("conv_4",) * 3 + (23,),
    ]
    assert ("mixed_tower_conv_1", "mixed", "5x5", 63) in names
    assert ("mixed_tower_1_conv_1", "mixed_tower_1_conv_1", "mixed_tower_1_conv_1", 47) in names
    three = place_of(build("googlenet"), "mixed3a_3x3")
    assert (three.field, three.units[0], three.units[-1]) == (43, 64, 191)


def test_factors_are_over_the_layer_before_the_block_and_what_the_convolution_reads():
    assert layer_scan.sources(build("googlenet"), "mixed3a_3x3") == ["maxpool1", "mixed3a_3x3_bottleneck"]
    assert layer_scan.sources(build("googlenet"), "conv2d2") == ["conv2d1"]
    assert layer_scan.sources(build("inception_v3"), "mixed_tower_1_conv_2") == ["pool_1", "mixed_tower_1_conv_1"]
    assert layer_scan.sources(build("vgg19"), "block1_conv1") == []


def test_reach_of_the_scan():
    network = build("squeezenet1_1")
    reasons = {place.node: layer_scan.out_of_reach(network, place) for place in layer_scan.places(network)}
    assert reasons["conv1"] == "field too small for two frequencies"
    assert reasons["fire4_expand3x3"] == ""
    assert reasons["fire6_expand3x3"] == "field beyond 86 px"


def test_pattern_is_scaled_to_the_field():
    assert scaled_pattern_size(43) == 60
    assert holds_two_frequencies(scaled_pattern_size(15))
    assert not holds_two_frequencies(scaled_pattern_size(14))
    assert smallest_field() == 15


def test_coarse_families_are_parts_of_the_full_ones():
    axis = families.offsets(20, 9.5)
    full = families.family("uniform", orientation_count=9, ratio_count=3, phase_count=4, pattern_size=40, seed=0)
    part = coarse_family("uniform", 40, 0)
    assert part.shape == (15, 6, 4)
    here = part.render(np.array([np.ravel_multi_index((3, 2, 1), part.shape)]), axis, axis)
    there = full.render(np.array([np.ravel_multi_index((6, 20, 1), full.shape)]), axis, axis)
    assert torch.equal(here, there)
    tuned = coarse_family("high_low", 40, 0)
    assert tuned.shape == (4, 24, 4)
    np.testing.assert_allclose(tuned.axes["ratio"][[0, -1]], [2.5, 5.0])
    assert tuned.axes["orientation"][-1] == 345


def test_rayleigh_agrees_with_scipy_and_with_random_angles():
    generator = np.random.default_rng(0)
    angles = generator.uniform(0, 360, 12)
    vectors = np.stack([np.cos(np.deg2rad(angles)), np.sin(np.deg2rad(angles))], axis=1)
    length, p_value = rayleigh(angles)
    assert length == pytest.approx(stats.directional_stats(vectors).mean_resultant_length)
    drawn = np.exp(2j * np.pi * generator.uniform(size=(20000, 12)))
    assert p_value == pytest.approx((np.abs(drawn.mean(axis=1)) >= length).mean(), abs=0.015)
    assert rayleigh(np.arange(0, 360, 30))[0] == pytest.approx(0, abs=1e-12)
    assert rayleigh(np.full(12, 77.0))[1] < 1e-4
    assert np.isnan(rayleigh(np.array([]))).all()
    assert largest_gap(np.array([10, 350, 100])) == 250


def scanned(name, accepted, scores, separation=1.0, **columns):
    """Return a place with made-up evidence: whether each unit is accepted, and its score."""
    count = len(scores)
    table = pd.DataFrame(
        {
            "layer": name,
            "unit": range(count),
            "branch": name,
            "score": scores,
            "is_detector": accepted,
            "preferred_orientation_deg": np.linspace(0, 300, count),
            "hf_lf_map_correlation": -0.9,
            "map_antisymmetry": 0.9,
            "orientation_difference_deg": 2.0,
            "contrast_edge_response": 0.5,
        }
        | columns
    )
    source = Source("before", np.zeros((count, 1, 3, 3)), np.zeros((2, 1)), np.ones(2))
    return Scanned(Place(name, name, name, np.arange(count), 43), 60.0, table, source, separation)


def test_peak_is_the_largest_share_of_units():
    many = scanned("conv2d2", [1, 1, 1, 0, 0, 0, 0, 0], [0.9] * 8)
    dense = scanned("mixed3a", [1, 1, 0, 0], [0.8] * 4)
    none = scanned("mixed3b", [0] * 4, [0.99] * 4)
    assert layer_table.peak([many, dense, none]) is dense
    assert layer_table.peak([scanned("a", [0, 0], [0.9, 0.1]), none]) is none


@pytest.mark.parametrize(
    ("columns", "separation", "condition"),
    [
        ({}, 0.5, "factor separation"),
        ({"hf_lf_map_correlation": [-0.1, -0.2, -0.9]}, 1.0, "map correlation"),
        ({"orientation_difference_deg": [-30.0, 90.0, 0.0]}, 1.0, "orientation"),
        ({"contrast_edge_response": [1.5, 1.1, 0.0]}, 1.0, "contrast edge"),
        ({"score": [0.1, 0.2, 0.3]}, 0.1, "score"),
    ],
)
def test_failure_names_the_condition_that_fewest_candidates_meet(columns, separation, condition):
    place = scanned("a", [0, 0, 0], [0.9, 0.8, 0.1], separation, **columns)
    assert layer_table.failure(place) == condition


def test_conditions_are_those_of_the_verdict():
    table = scanned("a", [0, 0], [0.9, 0.7]).table
    met = detection.conditions(table, 1.0)
    np.testing.assert_array_equal(np.all(list(met.values()), axis=0), [True, False])


def test_table_has_a_row_a_network_with_its_peak():
    layers = pd.DataFrame({"layer": ["a", "b"], "detectors": [1, 3], "is_peak": [0, 1]})
    table = universality.universality_table({"one": layers, "two": layers}, {"one": "One", "two": "Two"}, ["two"])
    assert table["network"].tolist() == ["one", "two"]
    assert table["title"].tolist() == ["One", "Two"]
    assert table["weights"].tolist() == ["trained", "generated"]
    assert table["layer"].tolist() == ["b", "b"]


def test_layers_out_of_reach_stand_in_the_table():
    network = build("squeezenet1_1")
    place = place_of(network, "fire4_expand3x3")
    found = scanned("fire4", [1] * 128, [0.9] * 128)
    table = layer_table.layers_table(network, [replace(found, place=place)], "fire4_expand3x3")
    assert len(table) == 9
    peak = table[table["is_peak"] == 1].iloc[0]
    assert (peak["convolution"], peak["detectors"], peak["failed"]) == ("fire4_expand3x3", 128, "none")
    assert peak["depth_share"] == pytest.approx(4 / 9)
    assert table["failed"].iloc[0] == "field too small for two frequencies"


@pytest.mark.parametrize("name", ["planted_wide", "planted_deep"])
def test_variants_compute_what_the_planted_network_does(name):
    narrow, _ = generated("planted")
    variant, truth = generated(name, noise=0.0)
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        wanted = Network(narrow.architecture, narrow.weights, "mixed3b")(images)
        found = Network(variant.architecture, variant.weights, "mixed3b")(images)
    assert wanted.std() > 0
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-4)
    for layer, rows in truth.groupby("layer"):
        assert len(rows) == variant.architecture.node(layer).channels
        assert sorted(rows["unit"]) == list(range(len(rows)))


def test_copies_of_a_channel_carry_its_truth():
    _, truth = generated("planted")
    wide, copied = generated("planted_wide")
    assert wide.architecture.node("mixed3a").channels == 320
    detectors = copied[(copied["layer"] == "mixed3a") & (copied["role"] == "detector")]
    planted_angles = set(truth[(truth["layer"] == "mixed3a") & (truth["role"] == "detector")]["orientation_deg"])
    assert set(detectors["orientation_deg"]) == planted_angles
    assert len(detectors) > len(planted_angles)


def test_deeper_network_has_a_block_more():
    assert build("planted").depth("mixed3a") == (4, 5)
    assert build("planted_deep").depth("mixed3a") == (5, 6)
    assert build("planted_deep").layers_before("mixed3a") == ("maxpool1",)


def test_units_without_maps_have_no_median():
    network = build("squeezenet1_1")
    bare = scanned("fire4", [0] * 128, [0.9] * 128, hf_lf_map_correlation=np.nan, orientation_difference_deg=np.nan)
    place = place_of(network, "fire4_expand3x3")
    row = layer_table.layers_table(network, [replace(bare, place=place)], place.node).set_index("is_peak").loc[1]
    assert row["candidates"] == 128
    assert np.isnan(row["median_map_correlation"]) and np.isnan(row["median_orientation_difference_deg"])


class Dense(nn.Module):
    """Channels that a concatenation passes on beside new ones, and a norm behind it, as in DenseNet."""

    def __init__(self):
        super().__init__()
        self.stem, self.squeeze = nn.Conv2d(3, 8, 7, padding=3), nn.Conv2d(8, 4, 1)
        self.new, self.norm, self.last = nn.Conv2d(4, 4, 9, padding=4), nn.BatchNorm2d(12), nn.Linear(12, 2)

    def forward(self, x):
        x = functional.max_pool2d(torch.relu(self.stem(x)), 3, 1)
        new = self.new(torch.relu(self.squeeze(x)))
        x = torch.relu(self.norm(torch.cat([x, new], 1)))
        return self.last(functional.adaptive_avg_pool2d(x, 1).flatten(1))


def test_a_source_that_the_fitted_units_do_not_read_is_passed_over(monkeypatch):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = highlow.from_module(Dense().eval(), mean=(0, 0, 0), std=(1, 1, 1)).extracted
    place = Place("norm", "norm", "norm", np.arange(12), network.architecture.field_size("norm"))
    assert "squeeze" in layer_scan.sources(network.architecture, "norm")
    monkeypatch.setattr(layer_scan, "_fitted", lambda table, place: np.arange(8))
    assert layer_scan.scan_place(network, place, SEED).source.name != "squeeze"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["planted_wide", "planted_deep"])
def test_scan_finds_the_planted_detectors_of_a_variant_and_no_other(name):
    network, truth = generated(name)
    place = place_of(network.architecture, "mixed3a_3x3")
    found, fit = layer_scan.refined(layer_scan.scan_place(network, place, SEED), seeds=1, seed=SEED)
    accepted = found.table[found.table["is_detector"] == 1].set_index("unit")["preferred_orientation_deg"]
    detectors = truth[(truth["layer"] == "mixed3a") & (truth["role"] == "detector")].set_index("unit")
    assert set(accepted.index) == set(detectors.index)
    difference = (accepted - detectors["orientation_deg"] + 180) % 360 - 180
    assert difference.abs().max() < 8
    assert fit.separation_octaves == found.separation_octaves > detection.SMALLEST_SEPARATION_OCTAVES
    assert found.source.name == "maxpool1"


def test_registry_has_generated_networks_of_other_seeds_widths_and_depths():
    entries = [registry.entry(name) for name in ("planted_seed1", "planted_wide", "planted_deep")]
    assert [item.architecture for item in entries] == ["planted", "planted_wide", "planted_deep"]
    assert len({item.seed_offset for item in entries}) == 3


@pytest.mark.slow
@pytest.mark.real
def test_squeezenet_has_detectors_where_its_weights_are_intact(weights_dir):
    network, _ = weights.extract(registry.entry("squeezenet1_1"), weights_dir=weights_dir)
    place = place_of(network.architecture, "fire4_expand3x3")
    found = layer_scan.scan_place(network, place, SEED)
    accepted = found.table[found.table["is_detector"] == 1]
    assert 9 <= len(accepted) <= 13
    assert largest_gap(accepted["preferred_orientation_deg"].to_numpy()) < 90
    assert accepted["orientation_difference_deg"].abs().median() < 5
    destroyed = loading.destroyed(network, registry.entry("squeezenet1_1_shuffled_channels"), SEED)
    assert layer_scan.scan_place(destroyed, place, SEED).detectors == 0


@pytest.mark.slow
@pytest.mark.real
def test_coarse_scan_accepts_the_studied_detectors_of_googlenet(weights_dir):
    network, _ = weights.extract(registry.entry("googlenet"), weights_dir=weights_dir)
    found = layer_scan.scan_place(network, place_of(network.architecture, "mixed3a_3x3"), SEED)
    accepted = set(found.table.loc[found.table["is_detector"] == 1, "unit"])
    assert accepted == {97, 100, 106, 117, 121, 123, 126, 128, 141, 148}
    assert found.source.name == "maxpool1"
