"""Kinds of inputs on made-up responses, polarity, the choice of units, and figures 10 to 13 from small files."""

import json

import numpy as np
import pandas as pd
import pytest

from highlow.circuits import boundary_roles, downstream, expanded_weight_file, input_kinds, polarity
from highlow.circuits import downstream_selection as selection
from highlow.circuits.downstream_claims import usage_claims
from highlow.circuits.expanded_weight_file import Branch
from highlow.figures import (
    fig10_usage,
    fig11_excitation_inhibition,
    fig12_boundary_inputs,
    fig13_boundary_detectors,
    figx_polarity_invariance,
)
from highlow.pictures import picture_file
from highlow.reference import article
from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_files, table_files

SETTINGS = {"title": "a test", "layer": "mixed3a", "branch": "3x3", "downstream": "mixed3b", "seed": 0}
CHANNELS, LATER = 30, 40


def test_orientation_selectivity_is_the_circular_mean():
    angles = np.arange(0, 360, 30.0)
    generator = np.random.default_rng(0)
    response = generator.uniform(size=(2, len(angles), 3, 5))
    selectivity, preferred = input_kinds.orientation_selectivity(response, 1, angles, 1)
    for unit in range(5):
        curve = [max(response[pair, turn, :, unit].mean() for pair in range(2)) for turn in range(len(angles))]
        vector = sum(value * np.exp(1j * np.deg2rad(angle)) for value, angle in zip(curve, angles, strict=True))
        assert selectivity[unit] == pytest.approx(abs(vector) / sum(curve))
        assert preferred[unit] == pytest.approx(np.rad2deg(np.angle(vector)) % 360)


def made_up_responses(answers):
    """Responses of units given by family as functions of the orientation, and the axes."""
    shapes = {"luminance_edge": 360, "colour_edge": 360, "grating": 180, "contrast_edge": 360, "uniform_plaid": 90}
    responses = {}
    for family, period in shapes.items():
        angles = np.arange(0, period, period / 12)
        axes = {"orientation": angles, "phase": np.zeros(2)}
        curves = np.stack([answer.get(family, np.zeros_like)(angles) for answer in answers], axis=-1)
        responses[family] = (np.repeat(curves[:, None], 2, axis=1), axes)
    return responses


def towards(angle, turns=1):
    return lambda angles: np.maximum(np.cos(turns * np.deg2rad(angles - angle)), 0)


def test_each_kind_is_told_by_what_drives_it():
    def flat(value):
        return lambda angles: np.full_like(angles, value)

    answers = [
        {"luminance_edge": towards(60), "grating": lambda a: 0.8 * towards(60, 2)(a)},
        {"colour_edge": towards(150), "luminance_edge": lambda a: 0.5 * towards(150)(a)},
        {"grating": towards(30, 2), "luminance_edge": flat(0.4)},
        {"uniform_plaid": flat(1.0), "grating": flat(0.9)},
        {"contrast_edge": flat(1.0)},
        {},
        {"uniform_plaid": flat(1.0)},
    ]
    table = pd.DataFrame(
        {
            "layer": "mixed3a",
            "unit": np.arange(7),
            "branch": "3x3",
            "is_detector": [0] * 6 + [1],
            "preferred_orientation_deg": 12.0,
        }
    )
    found = input_kinds.input_kinds(table, made_up_responses(answers))
    assert found["kind"].tolist() == ["edge", "colour_contrast", "line", "texture", "other", "silent", "detector"]
    np.testing.assert_allclose(found["orientation_deg"], [60, 150, 30, np.nan, np.nan, np.nan, 12], atol=1e-6)


@pytest.mark.parametrize("turns,sign", [(1, -1), (2, 1)])
def test_invariance_has_the_sign_of_how_sides_are_used(turns, sign):
    angles = np.arange(0, 360, 24.0)
    generator = np.random.default_rng(0)
    wanted = np.deg2rad(generator.uniform(0, 360, 50))
    vectors = np.cos(turns * (np.deg2rad(angles)[:, None] - wanted))
    found = polarity.pairs(vectors, angles)
    first, second = found.first[7], found.second[7]
    expected = vectors[first] @ vectors[second] / np.linalg.norm(vectors[first]) / np.linalg.norm(vectors[second])
    assert found.cosine[7] == pytest.approx(expected)
    result = polarity.invariance(found, 0)
    assert sign * result.value > 0.5
    assert result.interval[0] <= result.value <= result.interval[1]
    assert sign * result.interval[0 if sign > 0 else 1] > 0


def test_invariance_without_opposite_pairs_is_unknown():
    result = polarity.invariance(polarity.pairs(np.eye(3), np.array([0.0, 10.0, 20.0])), 0)
    assert np.isnan(result.value)
    assert np.isnan(result.interval).all()


@pytest.fixture(scope="module")
def usage(tmp_path_factory):
    """Files of a small made-up pair of layers with twelve detectors."""
    folder = tmp_path_factory.mktemp("usage")
    generator = np.random.default_rng(5)
    angles = np.arange(12) * 30.0
    table = pd.DataFrame(
        {
            "layer": "mixed3a",
            "unit": np.arange(CHANNELS),
            "branch": "3x3",
            "score": np.linspace(1, 0, CHANNELS),
            "is_detector": (np.arange(CHANNELS) < 12).astype(int),
            "preferred_orientation_deg": np.concatenate([angles, generator.uniform(0, 360, CHANNELS - 12)]),
            "weight_orientation_deg": np.nan,
        }
    )
    table_files.write(folder / "detectors.tsv", table, {})
    kinds = np.array(["detector"] * 12 + ["edge"] * 5 + ["colour_contrast"] + ["line"] * 6 + ["texture"] * 6)
    inputs = table[["layer", "unit", "branch"]].assign(
        kind=kinds, orientation_deg=table["preferred_orientation_deg"].where(kinds != "texture")
    )
    table_files.write(folder / "input_kinds.tsv", inputs, {})
    with hdf5_files.create(folder / "weights.h5", {}) as file:
        for name, first, count, size in (("5x5", 10, 30, 5), ("1x1", 0, 10, 1)):
            group = file.create_group(name)
            hdf5_files.write_scale(group, "unit", np.arange(first, first + count))
            hdf5_files.write_array(group, "weight", generator.normal(size=(count, CHANNELS, size, size)))
    branches = expanded_weight_file.read_branches(folder / "weights.h5")
    detectors, _ = downstream.used_detectors(table, "3x3")
    units = downstream.usage_table("mixed3b", branches, detectors["unit"].to_numpy(), 0)
    roles = boundary_roles.weight_roles(
        branches, detectors["unit"].to_numpy(), detectors["preferred_orientation_deg"].to_numpy()
    )
    units = units.merge(roles, on="unit").rename(columns={"weight_role": "role"})
    units = units.assign(response_role="other", response_correlation=0.0)
    for name, count in (("mixed3a", CHANNELS), ("mixed3b", LATER - 1)):
        images = generator.integers(0, 255, (count, 8, 8, 3)).astype(np.uint8)
        known = (np.ones(count), np.ones(count), np.ones(count, dtype=bool))
        pictures = picture_file.Pictures("test", name, np.arange(count), images, *known)
        picture_file.write(folder / f"{name}.h5", pictures, {}, {})
    return folder, table, inputs, branches, units


def files_of(folder, table, inputs, branches, units):
    detectors, _ = downstream.used_detectors(table, "3x3")
    table_files.write(folder / "roles.tsv", selection.role_table(units, branches, detectors, inputs, None), {})
    names = {"roles": "roles.tsv", "detectors": "detectors.tsv", "expanded_weights": "weights.h5"}
    names |= {"studied_pictures": "mixed3a.h5", "later_pictures": "mixed3b.h5", "input_kinds": "input_kinds.tsv"}
    return {role: str(folder / name) for role, name in names.items()}


def test_branches_come_in_the_order_of_units(usage):
    branches = usage[3]
    assert [branch.name for branch in branches] == ["1x1", "5x5"]
    np.testing.assert_array_equal(downstream.weights_of(branches, 12), branches[1].weight[2])


def test_a_unit_with_the_role_comes_before_a_stronger_one_without(usage):
    units = usage[4].assign(role="other", nearest_role="boundary", explained=0.1)
    weakest, middle = units["unit"].iloc[-1], units["unit"].iloc[20]
    units.loc[units["unit"].isin([weakest, middle]), "role"] = "hourglass"
    units.loc[units["unit"] == weakest, "response_role"] = "hourglass"
    best = selection.best_units(units, "hourglass", 3)
    assert best["unit"].tolist()[:2] == [weakest, middle]
    assert best["nearest"].tolist() == [0, 0, 1]
    assert best["unit"].iloc[2] == units["unit"].iloc[0]


def test_the_role_table_lists_every_shown_unit_of_both_layers(usage):
    _, table, inputs, branches, units = usage
    detectors, source = downstream.used_detectors(table, "3x3")
    assert source == "detectors"
    roles = selection.role_table(units, branches, detectors, inputs, None)
    assert list(roles.columns[:4]) == list(selection.COLUMNS)
    shown = roles[roles["figure"] == "fig13_boundary_detectors"]
    assert (shown["role"] == "boundary").sum() == 4
    for _, unit in shown[shown["role"] == "boundary"].iterrows():
        assert unit["layer"] == "mixed3b"
        norm = np.linalg.norm(downstream.weights_of(branches, unit["unit"]), axis=(1, 2))
        edges = shown[(shown["of_unit"] == unit["unit"]) & (shown["kind"] == "edge")]["unit"].tolist()
        best = sorted(inputs[inputs["kind"] == "edge"]["unit"], key=lambda channel: -norm[channel])
        assert edges == best[:2]
    groups = roles[roles["role"] == "group"]
    assert len(groups) == 8
    assert set(groups["unit"]) <= set(detectors["unit"])


def test_the_articles_network_shows_the_articles_units():
    facts = article()["downstream"]
    generator = np.random.default_rng(0)
    branches = [Branch("3x3", np.arange(480), generator.normal(size=(480, CHANNELS, 3, 3)))]
    inputs = pd.DataFrame({"layer": "mixed3a", "unit": np.arange(CHANNELS), "kind": "edge", "orientation_deg": np.nan})
    units = pd.DataFrame(
        {"layer": "mixed3b", "unit": np.arange(480), "orientation_deg": 0.0, "polarity": "", "role": "other"}
    )
    detectors = pd.DataFrame({"unit": np.arange(12), "preferred_orientation_deg": np.arange(12) * 30.0})
    roles = selection.role_table(units, branches, detectors, inputs, facts)
    shown = roles[roles["layer"] == "mixed3b"].groupby("figure")["unit"].agg(list).to_dict()
    assert shown["fig10_usage"] == [345, 276, 314, 365]
    assert shown["fig11_excitation_inhibition"] == [314]
    assert shown["fig12_boundary_inputs"] == [345]
    assert shown["fig13_boundary_detectors"] == [345, 376, 368, 151]
    assert (roles["nearest"] == 0).all()


def test_candidates_stand_in_for_detectors(usage):
    table = usage[1].assign(is_detector=0)
    table.loc[3, "preferred_orientation_deg"] = np.nan
    found, source = downstream.used_detectors(table, "3x3")
    assert source == "candidates"
    assert sorted(found["unit"]) == [unit for unit in range(15) if unit != 3]


def test_top_table_counts_boundaries(usage):
    units = usage[4].assign(role=["boundary", "double_boundary", "hourglass", *["other"] * (LATER - 3)])
    top = selection.top_table(units, "candidates")
    assert top["rank"].tolist() == list(range(1, 21))
    assert top["norm"].is_monotonic_decreasing
    assert top["is_boundary"].tolist() == [1, 1] + [0] * 18
    assert (top["source"] == "candidates").all()


def test_claims(usage):
    units = usage[4].assign(role=["boundary"] * 4 + ["other"] * (LATER - 4))
    known = polarity.Invariance(0.4, 0.1, 0.4, 0.3, (0.1, 0.5))
    share, stronger, invariant = usage_claims(units, known, same_layer=True)
    assert (share.value, share.published, share.holds) == (0.2, 0.4, True)
    assert stronger.value == pytest.approx(1, abs=0.1)
    assert invariant.holds
    unknown = polarity.Invariance(np.nan, np.nan, np.nan, np.nan, (np.nan, np.nan))
    assert usage_claims(units, unknown, same_layer=False)[2].holds is None


@pytest.mark.parametrize(
    "module",
    [fig10_usage, fig11_excitation_inhibition, fig12_boundary_inputs, fig13_boundary_detectors],
    ids=lambda module: module.__name__.rsplit(".", 1)[1],
)
def test_figures_draw_the_weights(usage, module):
    folder, table, inputs, branches, units = usage
    drawing = module.draw(files_of(folder, table, inputs, branches, units), SETTINGS)
    drawn = drawing.numbers
    for (unit, name), rows in drawn.groupby(["unit", "from"]):
        group = selection.orientation_group(table["preferred_orientation_deg"].head(12))
        of_group = np.flatnonzero(group == int(str(name).rstrip("°")) // 45)
        channels = of_group if module is fig10_usage else [int(name)]
        weight = downstream.weights_of(branches, unit)[channels].mean(axis=0)
        # The same unit may stand for two roles here.
        for part in rows["weight"].to_numpy().reshape(-1, weight.size):
            np.testing.assert_allclose(part, weight.ravel())
    json.dumps(drawing.summary)


def test_figure_of_polarity_draws_every_pair(usage):
    drawing = figx_polarity_invariance.draw(files_of(*usage), SETTINGS)
    counts = drawing.numbers["group"].value_counts()
    assert counts["detectors"] == 12 * 11 / 2
    assert counts["others"] == 18 * 17 / 2
    low, high = drawing.summary["interval"]
    assert low <= drawing.summary["opposite_minus_perpendicular"] <= high


def test_figures_say_that_candidates_stand_in(usage):
    folder, table, inputs, branches, units = usage
    files = files_of(folder, table, inputs, branches, units)
    weak = folder / "weak_detectors.tsv"
    table_files.write(weak, table.assign(is_detector=0), {})
    drawing = fig10_usage.draw(files | {"detectors": str(weak)}, SETTINGS)
    assert drawing.summary["source"] == "candidates"
    assert "too few detectors were accepted" in drawing.figure.get_suptitle()


def test_a_layer_in_which_nothing_responds_is_said(usage):
    silent = usage[1].assign(is_detector=0, preferred_orientation_deg=np.nan)
    with pytest.raises(HighlowError, match="fewer than two units"):
        downstream.used_detectors(silent, "3x3")
