"""What detectors are built from: known answers, planted units of both kinds, and nothing in destroyed networks."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from highlow.circuits import layer_scan
from highlow.experiments.claimed import INTACT, claims_of
from highlow.experiments.construction import shares
from highlow.experiments.construction.claims import COLUMNS, LIMIT, PLANTED, claims
from highlow.experiments.construction.measurement import channel_selectivity
from highlow.experiments.construction.replay import behind, boundaries, replay, source_offsets
from highlow.experiments.measured import measured
from highlow.experiments.subject import Subject
from highlow.figures import figx_construction
from highlow.figures.drawing import Drawing
from highlow.networks import loading, planted, registry
from highlow.networks.architectures import architecture as build
from highlow.networks.extracted import Extracted
from highlow.networks.geometry import Window
from highlow.networks.graph import Architecture, Node, Preprocessing
from highlow.networks.model import Network
from highlow.networks.planted_mixed import MIXED3A_3X3_FIRST
from highlow.probes import responses
from highlow.storage import table_files

PATTERN_SIZE = 60.0
LAYER, BRANCH, NODE, SOURCE = "mixed3a", "3x3", "mixed3a_3x3", "maxpool1"
DEGREES = 30.0 * np.arange(12)
TURN = np.deg2rad(DEGREES)


def planted_network(seed: int) -> tuple[Extracted, pd.DataFrame]:
    """Return a planted network and what its units are."""
    made = planted.generate(seed)
    return Extracted("planted", build("planted", "same"), made.weights), pd.DataFrame(made.ground_truth)


def subject_of(name: str) -> Subject:
    """Return a network as an experiment sees it, found by the scan of one layer instead of the whole pipeline."""
    entry = replace(registry.entry(name), layer=LAYER)
    network = loading.extracted_network(entry, 0)
    place = next(place for place in layer_scan.places(network.architecture) if place.node == NODE)
    found, fit = layer_scan.refined(layer_scan.scan_place(network, place, 0, PATTERN_SIZE), 1, 0)
    return Subject(
        variant=entry.control or INTACT,
        extracted=network,
        layer=LAYER,
        branch=BRANCH,
        source=found.source.name,
        pattern_size=PATTERN_SIZE,
        detectors=found.table,
        fit=fit,
        weight=found.source.weight,
        branch_units=place.units,
    )


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    names = ("planted", "planted_shuffled_space", "planted_shuffled_channels", "planted_random")
    return measured("construction", map(subject_of, names), 0, {}, {})


def of(rows: pd.DataFrame, kind: str, measure: str) -> pd.Series:
    chosen = rows[(rows["variant"] == INTACT) & (rows["kind"] == kind) & (rows["measure"] == measure)]
    return chosen.set_index("unit")["value"]


def indices(network: Extracted, family: str) -> np.ndarray:
    found = behind(network, SOURCE, NODE)
    source = Network(network.architecture, network.weights, SOURCE)
    seen = replay(source, boundaries(family, PATTERN_SIZE), source_offsets(found))
    drives = (found.drive(part) for part in (seen.intact, seen.averaged))
    return shares.construction_index(*drives, seen.orientation_deg, 0)[0]


@pytest.mark.parametrize("seed", range(5))
def test_the_index_tells_planted_detectors_from_planted_passthroughs(seed: int):
    network, truth = planted_network(seed)
    branch = truth[(truth["layer"] == LAYER)].set_index("unit").loc[MIXED3A_3X3_FIRST:][:128]
    boundary, edge = (indices(network, family) for family in ("high_low", "luminance_edge"))
    found: Mapping[str, np.ndarray] = {
        "detector": boundary[branch["role"] == "detector"],
        "passthrough": edge[branch["role"] == "passthrough"],
        "luminance_edge": edge[branch["role"] == "luminance_edge"],
    }
    assert [len(found[role]) for role in found] == [15, 8, 8]
    for role, values in found.items():
        low, high = PLANTED[role]
        assert low <= values.min()
        assert values.max() <= high
    assert PLANTED["passthrough"][1] < 0.5 < PLANTED["detector"][0]


@pytest.mark.parametrize("seed", range(5))
def test_planted_channels_lie_on_the_right_side_of_the_limit(seed: int, table: pd.DataFrame):
    network, truth = planted_network(seed)
    found = behind(network, SOURCE, NODE)
    source = Network(network.architecture, network.weights, SOURCE)
    seen = replay(source, boundaries("high_low", PATTERN_SIZE), source_offsets(found))
    known = channel_selectivity(source, PATTERN_SIZE, seen)["orientation_selectivity"]
    roles = truth[truth["layer"] == "conv2d2"]["role"].to_numpy()
    free, oriented = (
        ("high_frequency", "low_frequency", "bright", "dark"),
        ("edge", "curve", "line", "oriented_texture"),
    )
    assert known[np.isin(roles, free)].max() < 0.1 < LIMIT
    assert known[np.isin(roles, oriented)].min() > 0.2 > LIMIT
    if seed == 0:
        np.testing.assert_allclose(of(table, "channel", "orientation_selectivity"), known)


def test_planted_detectors_are_built_from_channels_without_orientation(table: pd.DataFrame):
    by_variant = claims_of("construction", table, 0)
    assert [claim.holds for claim in by_variant.pop(INTACT)] == [True, True, True]
    assert [claim.holds for found in by_variant.values() for claim in found] == [None] * 9
    assert tuple(table.columns) == COLUMNS


def test_a_planted_detector_without_its_texture_channels_has_no_tuning(table: pd.DataFrame):
    assert of(table, "detector", "without_invariant").abs().max() < 0.1
    assert of(table, "detector", "without_oriented").min() > 0.9
    assert of(table, "detector", "p_permutation_corrected").max() < 0.05
    assert of(table, "detector", "linear_correlation").min() > 0.95


def test_shares_of_channels_add_up_to_one(table: pd.DataFrame):
    for name in ("tuning_share", "weight_share"):
        assert of(table, "channel", name).sum() == pytest.approx(1)


def test_what_is_tabulated_of_the_intact_inputs_is_what_the_network_answers():
    network, _ = planted_network(0)
    found = behind(network, SOURCE, NODE)
    family = boundaries("high_low", PATTERN_SIZE, ratios=1, phases=2)
    seen = replay(Network(network.architecture, network.weights, SOURCE), family, source_offsets(found))
    whole = Network(network.architecture, network.weights, NODE)
    directly = responses.answers(whole, family)  # (ratio, orientation, phase, unit)
    np.testing.assert_allclose(np.maximum(found.drive(seen.intact), 0), directly[0], atol=2e-3)


def test_averaging_leaves_a_channel_alone_that_knows_no_orientation():
    """A source of two channels: a blurred picture, and its slope to the right."""
    x = torch.arange(9.0) - 4
    blob = torch.exp(-(x[:, None] ** 2 + x**2) / 8)
    kernel = torch.stack([blob / blob.sum(), x * blob / blob.sum()])[:, None].expand(-1, 3, -1, -1)
    nodes = (
        Node("image", "input", channels=3),
        Node("source", "conv", ("image",), 2, Window(9, 1, 0), activation="relu"),
        Node("reader", "conv", ("source",), 2, Window(3, 1, 0, dilation=4)),
    )
    preprocessing = Preprocessing((1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    weight = torch.zeros(2, 2, 3, 3)
    weight[0, 0, 1, 0], weight[0, 0, 1, 2] = -1, 1  # bright on the right, by place
    weight[1, 1, 1, 1] = 1  # the slope passed on
    weights = {"source": (kernel.contiguous(), torch.zeros(2)), "reader": (weight, torch.zeros(2))}
    network = Extracted("two", Architecture("two", nodes, preprocessing), weights)
    found = behind(network, "source", "reader")
    seen = replay(
        Network(network.architecture, weights, "source"), boundaries("luminance_edge", 20), source_offsets(found)
    )
    intact, averaged = found.drive(seen.intact), found.drive(seen.averaged)
    index, low, high = shares.construction_index(intact, averaged, seen.orientation_deg, 0)
    np.testing.assert_allclose(index, [1, 0], atol=0.01)
    assert np.all((low <= index + 1e-9) & (index <= high + 1e-9))
    np.testing.assert_allclose(np.rad2deg(np.angle(shares.moments(intact, DEGREES).sum(axis=0))), 0, atol=1)


def test_selectivity_is_that_of_a_tuning_curve():
    curve = np.stack([1 + np.cos(TURN), 1 + np.cos(2 * TURN), np.ones(12), np.zeros(12)], axis=1)
    np.testing.assert_allclose(shares.selectivity(curve[None], DEGREES, 1), [0.5, 0, 0, np.nan], atol=1e-12)
    np.testing.assert_allclose(shares.selectivity(curve[None], DEGREES, 2), [0, 0.5, 0, np.nan], atol=1e-12)


def test_a_cosine_explains_its_share_of_the_variance():
    noise = np.random.default_rng(0).normal(size=(12, 500, 1))
    drive = np.cos(TURN)[:, None, None] + np.sqrt(0.5) * noise
    assert shares.tuned_share(drive, DEGREES)[0] == pytest.approx(0.5, abs=0.02)


def test_shares_of_a_sum_are_those_of_its_parts():
    """Two channels at one place: 3 parts of the tuning and 1, and the same along the linearized path."""
    responses = (np.cos(TURN)[:, None] * [3.0, 1.0])[:, None, :, None, None]
    weight = np.ones((1, 2, 1, 1))
    whole = shares.linear_drive(responses, weight)
    for found in shares.channel_shares(responses, weight, DEGREES, whole):
        np.testing.assert_allclose(found, [[0.75, 0.25]])


def test_random_groups_weigh_what_is_wanted():
    generator = np.random.default_rng(1)
    energy = generator.uniform(0, 1, 400)
    drawn = shares.random_shares(energy, energy, 50.0, 0)
    assert np.abs(drawn - 50).max() <= 0.5
    assert shares.random_shares(energy, energy, 0.0, 0).max() == 0


def test_a_unit_that_is_no_detector_makes_no_claim():
    """Two detectors are too few; a third of index 0.4 brings the median to it, and the claims fail."""
    measures = {"index": 0.4, "surface_correlation": 0.5, "tuning_share": 0.1, "random_tuning_share": 0.2}
    rows = pd.DataFrame(
        [
            {"kind": "detector", "unit": unit, "is_detector": int(unit < 3), "measure": name, "value": value}
            for unit in range(4)
            for name, value in measures.items()
        ]
    )
    assert [claim.holds for claim in claims(rows[rows["unit"] != 2], 0)] == [None] * 3
    found = claims(rows, 0)
    assert [claim.holds for claim in found] == [False] * 3
    np.testing.assert_allclose([claim.value for claim in found], [0.4, 0.5, -0.1])


def drawn(table: pd.DataFrame, folder: Path) -> Drawing:
    table_files.write(folder / "table.tsv", table, {})
    settings = {"title": "planted", "layer": LAYER, "branch": BRANCH, "seed": 0}
    return figx_construction.draw({"table": str(folder / "table.tsv")}, settings)


def test_the_figure_says_what_was_measured(table: pd.DataFrame, tmp_path: Path):
    drawing = drawn(table, tmp_path)
    drawing.save(str(tmp_path / "figure"), {}, {})
    assert drawing.summary["who"] == "detectors"
    assert drawing.summary["index"]["detector"][0] == pytest.approx(of(table, "detector", "index").median())
    assert drawing.summary["units"]["detector"] == 15
    assert set(drawing.summary["index_of_destroyed"]) == {"shuffled_space", "shuffled_channels", "random"}
    assert drawing.summary["weight_share"] > 0.9
    candidates = drawn(table[table["variant"] == "random"].assign(variant=INTACT), tmp_path)
    assert candidates.summary["who"] == "best candidates"


def test_what_the_whole_image_scales_is_not_measured(table: pd.DataFrame, tmp_path: Path):
    nodes = (
        Node("image", "input", channels=3),
        Node("source", "conv", ("image",), 2, Window(3), activation="relu"),
        Node("mean", "global_average", ("source",), 2),
        Node("scaled", "gate", ("source", "mean"), 2),
        Node("reader", "conv", ("scaled",), 2, Window(3), activation="relu"),
    )
    gated = Extracted("gated", Architecture("gated", nodes, Preprocessing((1,) * 3, (0,) * 3)), {})
    subject = replace(subject_of("planted"), extracted=gated, layer="reader", branch="reader", source="source")
    found = measured("construction", [subject], 0, {}, {})
    assert found["kind"].tolist() == ["none"]
    assert [claim.holds for claim in claims(found, 0)] == [None] * 3
    assert not drawn(found, tmp_path).summary
