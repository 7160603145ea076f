"""What the layer after the detectors uses them for: on exact patterns, on chance, and on planted networks."""

import numpy as np
import pandas as pd
import pytest

from highlow.circuits import boundary_roles, downstream, expanded_weights, input_kinds, polarity, region_roles
from highlow.circuits.expanded_weight_file import Branch
from highlow.networks import planted, registry
from highlow.networks.loading import extracted_network
from highlow.networks.model import Network
from highlow.probes import families, region_maps, responses
from highlow.probes.circular import angle_between

ANGLES = np.array([3.0, 40.0, 61.0, 100.0, 148.0, 171.0, 200.0, 246.0, 290.0, 334.0])
DETECTORS = np.arange(len(ANGLES))


def weights_for(role, turn, sign, size, angles=ANGLES):
    """Weights (detector, y, x) that ask for a pattern F(u, v) of high frequency: its slope towards every detector."""
    axis = np.arange(size) - (size - 1) / 2
    x, y = axis[None, :], axis[:, None]
    cosine, sine = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    u, v = cosine * x + sine * y, cosine * y - sine * x
    slope = {
        "boundary": (np.ones_like(u), np.zeros_like(v)),
        "double_boundary": (-u, np.zeros_like(v)),
        "center_surround": (-u, -v),
        "hourglass": (u, -v),
    }[role]
    towards = np.deg2rad(angles)[:, None, None] - np.deg2rad(turn)
    return sign * (slope[0] * np.cos(towards) + slope[1] * np.sin(towards))


def branch_with(weight, name="3x3"):
    return [Branch(name, np.arange(len(weight)), np.asarray(weight, dtype=np.float64))]


@pytest.mark.parametrize("size", [3, 5])
@pytest.mark.parametrize("turn", [0.0, 33.0, 127.0, 250.0])
@pytest.mark.parametrize("role", boundary_roles.ROLES)
@pytest.mark.parametrize("sign", [1, -1])
def test_exact_patterns_are_named(role, turn, sign, size):
    noise = 0.3 * np.random.default_rng(0).normal(size=(len(ANGLES), size, size))
    weight = weights_for(role, turn, sign, size)
    found = boundary_roles.weight_roles(branch_with([weight + noise * weight.std()]), DETECTORS, ANGLES).iloc[0]
    assert found["weight_role"] == found["nearest_role"] == role
    if role == "center_surround":
        assert np.isnan(found["orientation_deg"])
    else:
        # Against the sign a boundary turns round, an hourglass by a quarter; a double boundary keeps its axis.
        expected = {"boundary": turn + 180 * (sign < 0), "hourglass": turn + 90 * (sign < 0)}.get(role, turn)
        period = 1 if role == "boundary" else 2
        assert abs(angle_between(period * found["orientation_deg"], period * expected)) / period <= 8
    if role in ("double_boundary", "center_surround"):
        assert found["polarity"] == ("high" if sign > 0 else "low")
    if role == "boundary":
        assert found["polarity"] == "one"


def test_a_boundary_of_either_polarity_is_named():
    weight = (0.3 + np.cos(2 * np.deg2rad(ANGLES - 50)))[:, None, None] * np.ones((1, 3, 3))
    noise = 0.01 * np.random.default_rng(0).normal(size=weight.shape)
    found = boundary_roles.weight_roles(branch_with([weight + noise]), DETECTORS, ANGLES).iloc[0]
    assert (found["weight_role"], found["polarity"]) == ("boundary", "either")
    assert found["orientation_deg"] == pytest.approx(50, abs=1)
    assert found["invariant_share"] > 0.8 > 0.1 > found["polar_share"]


def a_line(turn, place, size=5, sign=1.0):
    """Weights that ask for a boundary of either polarity along a line of a tap's width, with inhibition beside it."""
    axis = np.arange(size) - (size - 1) / 2
    across = np.cos(np.deg2rad(turn)) * axis[None, :] + np.sin(np.deg2rad(turn)) * axis[:, None] - place
    profile = (1 - across**2) * np.exp(-(across**2) / 2)
    reads = np.cos(np.deg2rad(ANGLES - turn)) ** 2
    return sign * reads[:, None, None] * profile


@pytest.mark.parametrize("place", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("turn", [0.0, 33.0, 127.0])
def test_a_boundary_may_run_through_any_place_of_the_kernel(turn, place):
    weight = a_line(turn, place)
    noise = np.random.default_rng(3).normal(size=(40, *weight.shape)) * weight.std()
    found = boundary_roles.weight_roles(branch_with(weight + 0.2 * noise), DETECTORS, ANGLES)
    assert (found["weight_role"] == "boundary").all()
    assert (found["polarity"] == "either").all()
    assert np.abs(angle_between(2 * found["orientation_deg"], 2 * turn)).max() / 2 <= 12


def test_detectors_in_a_row_across_their_direction_are_no_boundary():
    noise = 0.05 * np.random.default_rng(6).normal(size=(len(ANGLES), 5, 5))
    row = np.rot90(a_line(20.0, 0.0), axes=(1, 2))
    found = boundary_roles.weight_roles(branch_with([a_line(20.0, 0.0) + noise, row + noise]), DETECTORS, ANGLES)
    assert list(found["weight_role"]) == ["boundary", "other"]
    assert (found["explained"] > 0.5).all()


def test_a_unit_that_all_directions_excite_along_a_line_has_no_role():
    line = a_line(20.0, 0.0)
    everywhere = np.repeat(line.mean(axis=0, keepdims=True), len(ANGLES), axis=0)
    noise = 0.1 * line.std() * np.random.default_rng(5).normal(size=line.shape)
    found = boundary_roles.weight_roles(branch_with([everywhere + noise, line + noise]), DETECTORS, ANGLES)
    assert list(found["weight_role"]) == ["other", "boundary"]


def test_a_unit_that_every_boundary_inhibits_has_no_role():
    reads = np.cos(np.deg2rad(ANGLES - 20.0))[:, None, None] ** 2
    noise = 0.05 * np.random.default_rng(4).normal(size=(len(ANGLES), 5, 5))
    weight = np.stack([sign * (reads + 0.1) + noise for sign in (1, -1)])
    found = boundary_roles.weight_roles(branch_with(weight), DETECTORS, ANGLES)
    assert list(found["weight_role"]) == ["boundary", "other"]
    assert (found["explained"] > 0.5).all()


def test_what_all_detectors_share_is_no_pattern():
    weight = np.stack([np.ones((len(ANGLES), 3, 3)), np.zeros((len(ANGLES), 3, 3))])
    found = boundary_roles.weight_roles(branch_with(weight), DETECTORS, ANGLES)
    assert (found["weight_role"] == "other").all()


def test_chance_is_that_of_random_weights():
    weight = np.random.default_rng(1).normal(size=(4000, len(ANGLES), 3, 3))
    found = boundary_roles.weight_roles(branch_with(weight), DETECTORS, ANGLES)
    polar = found[found["nearest_role"] == "boundary"]
    assert found["curved_share"].mean() == pytest.approx(3 / (9 * (len(ANGLES) - 1)), rel=0.1)
    assert (found["weight_role"] == "other").all()
    # Of lines the chance is a bound: smaller ones are rarer than they say, but not by more than the turns tried.
    for limit in (0.3, 0.1, 0.03):
        assert limit / 36 < (polar["chance"] <= limit).mean() < limit


def test_copies_of_a_tap_behind_a_pool_count_once():
    weight = np.repeat(np.repeat(np.random.default_rng(2).normal(size=(400, len(ANGLES), 1, 1)), 3, 2), 3, 3)
    pooled = boundary_roles.weight_roles(branch_with(weight, "pool"), DETECTORS, ANGLES)
    single = boundary_roles.weight_roles(branch_with(weight[:, :, :1, :1], "1x1"), DETECTORS, ANGLES)
    assert (pooled["weight_role"] == "other").all()
    assert (single["nearest_role"] == "boundary").all()


@pytest.mark.parametrize("size", [1, 3])
def test_what_weights_alike_at_all_taps_do_not_say_is_left_empty(size):
    """A line of either polarity has no direction in them, and no curvature; high frequency on one side has."""
    either = np.cos(2 * np.deg2rad(ANGLES - 50))
    one = np.cos(np.deg2rad(ANGLES - 50))
    weight = np.stack([either, -either, one, -one, 0 * one])[:, :, None, None] * np.ones((1, 1, size, size))
    rounding = 1 + 1e-7 * np.random.default_rng(0).normal(size=(8, *weight.shape))
    for rounded in (weight, *(weight * rounding).astype(np.float32)):
        found = boundary_roles.weight_roles(branch_with(rounded), DETECTORS, ANGLES)
        assert (found["nearest_role"] == "boundary").all()
        assert list(found["polarity"][:4]) == ["either", "either", "one", "one"]
        np.testing.assert_allclose(found["orientation_deg"], [np.nan, np.nan, 50, 230, np.nan], atol=2)
        assert found["shape_index"].isna().all()
        assert list(found["weight_role"][[0, 1, 4]]) == ["other"] * 3


def test_what_weights_along_a_line_say_is_there():
    noise = 0.01 * np.random.default_rng(0).normal(size=(len(ANGLES), 5, 5))
    found = boundary_roles.weight_roles(branch_with([a_line(20.0, 0.0) + noise]), DETECTORS, ANGLES)
    assert found[["orientation_deg", "shape_index"]].notna().all(axis=None)


def rendered(layout, inside, width, orientation, phase, size=60.0, half=40):
    """A picture of `texture_regions`, pixel by pixel."""
    picture = np.zeros((2 * half + 1, 2 * half + 1))
    radians = np.deg2rad(orientation)
    for row, y in enumerate(range(-half, half + 1)):
        for column, x in enumerate(range(-half, half + 1)):
            u = np.cos(radians) * x + np.sin(radians) * y
            v = np.cos(radians) * y - np.sin(radians) * x
            depth = {
                "half_plane": u,
                "bar": width / 2 - abs(u),
                "disc": width / 2 - np.hypot(u, v),
                "hourglass": (abs(u) - abs(v)) / np.sqrt(2),
                "everywhere": np.inf,
            }[layout]
            share = np.clip(0.5 + depth * 10 / size, 0, 1)
            share = share if inside else 1 - share
            waves = [np.cos(2 * np.pi * u / w + np.deg2rad(phase)) * np.cos(2 * np.pi * v / w) for w in (5.0, 45.0)]
            picture[row, column] = 0.5 + 0.3 * (share * waves[0] + (1 - share) * waves[1])
    return picture


def texture_regions(phases=2):
    return families.family(
        "texture_regions", orientation_count=0, ratio_count=0, phase_count=phases, pattern_size=60.0, seed=0
    )


@pytest.mark.parametrize("region,turn", [(0, 2), (1, 1), (4, 7), (5, 0), (8, 3), (9, 5), (10, 0), (11, 4)])
def test_regions_are_what_they_are_called(region, turn):
    family = texture_regions()
    axis = families.offsets(81, 40.0)
    index = np.ravel_multi_index((region, turn, 1), family.shape)
    picture = family.render(np.array([index]), axis, axis, channels=1)[0, 0].numpy()
    layout, inside, width = families.REGIONS[region]
    np.testing.assert_allclose(picture, rendered(layout, inside, 60 * width, 30 * turn, 180), atol=1e-4)


def test_the_map_of_high_frequency_is_where_the_picture_varies_fast():
    family = texture_regions()
    offset = region_maps.map_offsets(60.0)
    maps = region_maps.high_frequency_maps(family, offset).reshape(len(families.REGIONS), 12, len(offset), -1)
    assert maps.min() >= 0
    assert maps.max() <= 1
    np.testing.assert_array_equal(maps[10], 1)
    np.testing.assert_array_equal(maps[11], 0)
    middle = len(offset) // 2
    assert maps[0, 0, middle, -1] == maps[1, 0, middle, middle] == maps[9, 0, middle, -1] == 1
    assert maps[0, 0, middle, 0] == maps[3, 0, middle, middle] == maps[9, 0, -1, middle] == 0


@pytest.mark.parametrize("role,polarity_", [("boundary", "either"), ("double_boundary", "low"), ("hourglass", "")])
def test_an_ideal_unit_has_its_own_role(role, polarity_):
    offset = region_maps.map_offsets(60.0)
    maps = region_maps.high_frequency_maps(texture_regions(), offset)
    kinds, ideal = region_roles.ideal_responses(maps, offset, 60.0)
    chosen = kinds[(kinds["role"] == role) & (kinds["polarity"] == polarity_) & (kinds["orientation_deg"] == 60)]
    answers = ideal[chosen.index]
    noisy = answers + 0.1 * answers.std() * np.random.default_rng(0).normal(size=answers.shape)
    found = region_roles.response_roles(np.maximum(noisy, 0).T, maps, offset, 60.0)
    assert (found["response_role"] == role).all()
    assert (found["response_polarity"] == polarity_).all()
    assert (np.abs(found["response_orientation_deg"] - 60) <= 15).all()
    everywhere = np.ptp(maps, axis=(1, 2)) == 0
    assert np.abs(answers[:, everywhere]).max() <= 1e-6 * answers.max()


@pytest.fixture(scope="module", params=[0, 1, 2])
def planted_usage(request):
    """Ground truth, expanded weights and usage of a planted network of a seed."""
    truth = pd.DataFrame(planted.generate(request.param).ground_truth)
    extracted = extracted_network(registry.entry("planted"), request.param)
    branch_of_unit = extracted.architecture.branch_of_unit("mixed3b")
    branches = []
    for name in dict.fromkeys(branch_of_unit):
        node = extracted.architecture.branch_node("mixed3b", name).name
        kernel = expanded_weights.expanded_weights(extracted.architecture, extracted.weights, "mixed3a", node)
        units = np.flatnonzero(np.array(branch_of_unit) == name)
        branches.append(Branch(name, units, kernel.weight.numpy()))
    detectors = truth[(truth["layer"] == "mixed3a") & (truth["role"] == "detector")]
    return truth, extracted, branches, detectors


def test_every_planted_role_is_found_and_no_other(planted_usage):
    truth, _, branches, detectors = planted_usage
    found = boundary_roles.weight_roles(
        branches, detectors["unit"].to_numpy(), detectors["orientation_deg"].to_numpy()
    ).set_index("unit")
    later = truth[truth["layer"] == "mixed3b"].set_index("unit")
    expected = later["role"].where(later["role"].isin(boundary_roles.ROLES), "other")
    assert (found["weight_role"] == expected).all()
    turned = later[later["orientation_deg"].notna() & (expected != "other")]
    period = np.where(turned["role"] == "boundary", 1, 2)
    error = angle_between(period * found["orientation_deg"][turned.index], period * turned["orientation_deg"]) / period
    assert np.abs(error).max() <= 5
    inside = found[found["weight_role"].isin(["double_boundary", "center_surround"])]
    assert (inside["polarity"] == "high").all()


def test_planted_units_respond_as_their_role_says(planted_usage):
    truth, extracted, _, _ = planted_usage
    family = texture_regions()
    network = Network(extracted.architecture, extracted.weights, "mixed3b")
    answer = np.concatenate([batch for _, batch in responses.responses(network, family)])
    mean = answer.reshape(-1, len(family.axes["phase"]), answer.shape[-1]).mean(axis=1)
    offset = region_maps.map_offsets(60.0)
    found = region_roles.response_roles(mean, region_maps.high_frequency_maps(family, offset), offset, 60.0)
    later = truth[(truth["layer"] == "mixed3b") & truth["role"].isin(boundary_roles.ROLES)].set_index("unit")
    assert (found["response_role"][later.index] == later["role"]).all()


def test_planted_roles_head_the_list_of_users(planted_usage):
    truth, _, branches, detectors = planted_usage
    table = downstream.usage_table("mixed3b", branches, detectors["unit"].to_numpy(), 0)
    later = truth[(truth["layer"] == "mixed3b") & truth["role"].isin(boundary_roles.ROLES)]
    assert set(table["unit"].head(len(later))) == set(later["unit"])
    assert (table["norm"].head(20) > 2 * table["random_rank_norm"].head(20)).all()
    whole = np.concatenate([(branch.weight**2).sum(axis=(1, 2, 3)) for branch in branches])
    used = np.concatenate([(branch.weight[:, detectors["unit"]] ** 2).sum(axis=(1, 2, 3)) for branch in branches])
    by_unit = table.sort_values("unit")
    np.testing.assert_allclose(by_unit["norm"], np.sqrt(used), rtol=1e-5)
    np.testing.assert_allclose(by_unit["share"], used / whole, rtol=1e-5)


def test_planted_detectors_are_not_used_whichever_side_is_high(planted_usage):
    _, _, branches, detectors = planted_usage
    vectors = polarity.used_weights(branches, detectors["unit"].to_numpy())
    result = polarity.invariance(polarity.pairs(vectors, detectors["orientation_deg"].to_numpy()), 0)
    assert result.interval[1] < 0
    assert result.same > 0.2 > 0 > result.opposite


def test_kinds_of_planted_inputs():
    truth = pd.DataFrame(planted.generate(0).ground_truth)
    extracted = extracted_network(registry.entry("planted"), 0)
    network = Network(extracted.architecture, extracted.weights, "mixed3a")
    answers = {}
    for name in input_kinds.FAMILIES:
        family = families.family(name, orientation_count=0, ratio_count=0, phase_count=2, pattern_size=60.0, seed=0)
        answer = np.concatenate([batch for _, batch in responses.responses(network, family)])
        answers[name] = (answer.reshape(*family.shape, -1), family.axes)
    later = truth[truth["layer"] == "mixed3a"]
    table = pd.DataFrame(
        {
            "layer": "mixed3a",
            "unit": later["unit"],
            "branch": "3x3",
            "is_detector": (later["role"] == "detector").astype(int),
            "preferred_orientation_deg": later["orientation_deg"],
        }
    )
    found = input_kinds.input_kinds(table, answers).set_index("unit")
    expected = {
        "detector": "detector",
        "edge": "edge",
        "luminance_edge": "edge",
        "passthrough": "edge",
        "uniform_high": "texture",
        "uniform_low": "texture",
    }
    for role, kind in expected.items():
        units = later[later["role"] == role]
        assert (found["kind"][units["unit"]] == kind).all(), role
        if kind == "edge":
            error = angle_between(found["orientation_deg"][units["unit"]], units["orientation_deg"])
            assert np.abs(error).max() <= 45
