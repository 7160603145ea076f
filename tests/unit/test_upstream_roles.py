"""Roles of the implementation figures: on made-up circuits whose answer is known."""

import json

import numpy as np
import pandas as pd
import pytest

from highlow.circuits import factor_file, upstream_roles
from highlow.circuits.channel_weights import channel_norms, side_alignment, strongest_by_side
from highlow.circuits.own_structure import EDGES, TEXTURES, OwnStructure, exceptions, own_structure
from highlow.reference import article

CHANNELS = 24
ANGLES = np.array([20.0, 75.0, 140.0, 200.0, 265.0, 330.0])
HIGH, LOW = np.arange(6), np.arange(6, 12)  # channels of the planted factors, largest coefficient first


def ramp(angle, size=3):
    """Return a map that rises along an orientation, (y, x)."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return np.cos(np.deg2rad(angle)) * x + np.sin(np.deg2rad(angle)) * y


def circuit(noise=0.02):
    """Return expanded weights (unit, channel, y, x) of units that place two groups of channels on opposite sides."""
    coefficient = np.zeros((2, CHANNELS))
    coefficient[0, HIGH] = np.linspace(1, 0.5, 6)
    coefficient[1, LOW] = np.linspace(0.8, 0.4, 6)
    spatial = np.array([[ramp(angle), -ramp(angle)] for angle in ANGLES])
    weight = np.einsum("ufyx,fc->ucyx", spatial, coefficient)
    return weight + noise * np.random.default_rng(0).standard_normal(weight.shape)


def table(accepted=(1, 1, 1, 1, 1, 1)):
    return pd.DataFrame(
        {
            "unit": np.arange(100, 106),
            "branch": "3x3",
            "is_detector": accepted,
            "preferred_orientation_deg": ANGLES,
            "weight_orientation_deg": ANGLES,
        }
    )


def upstream(structure=None, weight=None, units=()):
    weight = circuit() if weight is None else weight
    unit_numbers = np.arange(100, 106)
    fit = factor_file.fit(weight, unit_numbers, unit_numbers, 1, 0)
    wavelength = np.array([4.0, 32.0])
    response = np.zeros((2, CHANNELS))
    response[0, HIGH] = response[1, LOW] = 1
    fit = factor_file.high_frequency_first(fit, response, wavelength)
    own = OwnStructure(
        np.zeros(CHANNELS) if structure is None else structure,
        np.zeros(CHANNELS),
        np.full(CHANNELS, 2.0),
        np.full(CHANNELS, "contrast edge"),
    )
    return upstream_roles.Upstream(
        layer="mixed3a",
        detectors=upstream_roles.detector_pool(table(), "3x3", units),
        weight=weight,
        units=unit_numbers,
        fits={"maxpool1": fit},
        pictured={"maxpool1": "conv2d2"},
        own=own,
    )


def units_of(roles, figure, role):
    return roles[(roles["figure"] == figure) & (roles["role"] == role)]["unit"].tolist()


@pytest.mark.parametrize("angle", [0, 90, 33, 251])
def test_alignment_is_the_cosine_with_a_ramp(angle):
    generator = np.random.default_rng(angle)
    weight = generator.standard_normal((5, 4, 3))
    wanted = []
    for channel in weight:
        moment, squares, ramps = 0.0, 0.0, 0.0
        for y in range(4):
            for x in range(3):
                place = np.cos(np.deg2rad(angle)) * (x - 1) + np.sin(np.deg2rad(angle)) * (y - 1.5)
                moment += channel[y, x] * place
                squares += channel[y, x] ** 2
                ramps += place**2
        wanted.append(moment / np.sqrt(squares * ramps))
    np.testing.assert_allclose(side_alignment(weight, angle), wanted, atol=1e-12)
    same = np.stack([ramp(angle), -ramp(angle), ramp(angle + 90), np.ones((3, 3)), np.zeros((3, 3))])
    np.testing.assert_allclose(side_alignment(same, angle), [1, -1, 0, 0, 0], atol=1e-12)


def test_channels_without_a_side_come_last():
    weight = np.stack([9 * np.ones((3, 3)) + 0.1 * ramp(0), ramp(0), 2 * ramp(0), -ramp(0), 3 * ramp(90)])
    high, low = strongest_by_side(weight, 0, 3)
    assert high.tolist() == [2, 1, 0]
    assert low.tolist()[0] == 3
    assert [part.tolist() for part in strongest_by_side(np.ones((4, 1, 1)), 0, 3)] == [[], []]


def test_every_role_shows_what_was_built():
    roles = upstream_roles.upstream_roles(upstream())
    assert set(roles["layer"]) == {"mixed3a", "conv2d2"}
    assert units_of(roles, "fig04_weights", "detector") == [100]
    assert units_of(roles, "fig04_weights", "high_side") == [0, 1, 2]
    assert units_of(roles, "fig04_weights", "low_side") == [6, 7, 8]
    assert units_of(roles, "fig05_clusters", "high_cluster") == [0, 1, 2, 3]
    assert units_of(roles, "fig05_clusters", "low_cluster") == [6, 7, 8, 9]
    assert units_of(roles, "fig05_clusters", "detector") == [100, 102, 104]
    assert units_of(roles, "fig06_factors", "high_factor") == [0, 1, 2, 3, 4]
    assert units_of(roles, "fig06_factors", "low_factor") == [6, 7, 8, 9, 10]
    weights = roles[roles["figure"] == "fig04_weights"].set_index("unit")
    norm = channel_norms(circuit()[0])
    assert weights.loc[[0, 6], "rank"].tolist() == [1, 1 + (norm > norm[6]).sum()]
    assert weights.loc[0, "value"] == pytest.approx(norm[0])
    assert not set(roles["published"].dropna())


def test_detectors_that_lie_farthest_apart():
    angles = np.array([200.0, 205.0, 300.0, 90.0, 80.0, 320.0])
    assert upstream_roles.spread(angles, 3) == [4, 0, 5]
    assert upstream_roles.spread(angles[:2], 3) == [0, 1]


def test_user_units_are_the_pool_and_candidates_fill_in():
    assert upstream_roles.detector_pool(table(), "3x3", [104, 101])["unit"].tolist() == [101, 104]
    assert upstream_roles.detector_pool(table((0, 1, 0, 1, 1, 0)), "3x3", [])["unit"].tolist() == [101, 103, 104]
    few = upstream_roles.detector_pool(table((0, 0, 0, 1, 0, 0)), "3x3", [])
    assert few["unit"].tolist() == [103, 100, 101, 102, 104, 105]


def test_a_structured_channel_of_a_factor_is_the_exception():
    structure = np.zeros(CHANNELS)
    structure[[3, 20]] = 0.9  # channel 20 is of no factor
    found = upstream(structure)
    roles = upstream_roles.upstream_roles(found)
    exception = roles[roles["figure"] == "fig09b_exception"].set_index("role")
    assert exception.loc["channel", ["unit", "factor", "qualifies"]].tolist() == [3, "HF", 1]
    assert exception.loc["channel", "target_unit"] == exception.loc["detector", "unit"]
    fit = found.fits["maxpool1"]
    pairs = exceptions(found.weight, found.units, fit.maps(found.units), fit.factors.channel, found.own)
    assert len(pairs) == 6 * CHANNELS
    assert set(pairs[pairs["qualifies"] == 1]["channel"]) == {3}
    assert (pairs[pairs["channel"] == 3]["map_cosine"] > 0.95).all()
    structure[[3, 20]] = 0.0, 0.4
    assert (upstream_roles.upstream_roles(upstream(structure))["qualifies"].dropna() == 0).all()


def responses(curves, textures):
    """Return responses to edges from curves (orientation, channel), and to textures from peaks (channel,)."""
    angles = 15.0 * np.arange(24)
    found = {}
    for name, kinds in EDGES.items():
        curve = np.stack([curves.get(kind, np.zeros_like(curves["contrast edge"])) for kind in kinds])
        edge = np.repeat(curve[:, :, None], 3, axis=2)
        found[name] = (edge if len(kinds) > 1 else edge[0], {"orientation": angles})
    return found | {name: (np.broadcast_to(textures, (5, 2, 4, len(textures))), {}) for name in TEXTURES}


def test_structure_is_selectivity_for_a_side():
    angles = np.deg2rad(15.0 * np.arange(24))
    one_side, any_side, both_sides = np.maximum(np.cos(angles - np.pi / 3), 0), np.ones(24), np.cos(angles) ** 2
    curves = {"contrast edge": np.stack([one_side, any_side, both_sides, one_side, 0 * one_side], axis=1)}
    curves["blue-yellow edge"] = np.zeros((24, 5))
    curves["blue-yellow edge"][:, 4] = np.maximum(np.cos(angles - np.pi), 0)
    own = own_structure(responses(curves, np.array([0.5, 1.0, 0.5, 4.0, 0.0])))
    expected = np.pi / 4  # first harmonic of a half cosine
    np.testing.assert_allclose(own.structure, [expected, 0, 0, expected / 4, expected], atol=0.01)
    np.testing.assert_allclose(own.orientation_deg[[0, 3, 4]], [60, 60, 180], atol=1e-6)
    assert own.edge[[0, 4]].tolist() == ["contrast edge", "blue-yellow edge"]
    np.testing.assert_allclose(own.edge_over_texture, [2, 1, 2, 0.25, 100])


def test_a_channel_that_hardly_responds_has_no_structure():
    curve = np.repeat(np.maximum(np.cos(np.deg2rad(15.0 * np.arange(24))), 0)[:, None], 3, axis=1) * [1, 1, 0.1]
    own = own_structure(responses({"contrast edge": curve}, np.zeros(3)))
    assert own.structure[2] == 0
    assert own.structure[0] > 0.5


def test_the_articles_network_shows_the_articles_channels():
    published = upstream_roles.Published({"conv2d2": {"HF": {4: 0.9, 1: 0.5}, "LF": {11: 0.4, 7: 0.2}}}, (20, 103))
    roles = upstream_roles.upstream_roles(upstream(), published)
    assert units_of(roles, "fig06_factors", "high_factor") == [4, 1]
    assert units_of(roles, "fig05_clusters", "low_cluster") == [11, 7]
    factors = roles[roles["figure"] == "fig06_factors"].set_index("unit")
    assert factors.loc[[4, 1, 11, 7], "published"].tolist() == [0.9, 0.5, 0.4, 0.2]
    assert factors.loc[[4, 1], "rank"].tolist() == [5, 2]
    assert units_of(roles, "fig09b_exception", "channel") == [20]
    assert units_of(roles, "fig09b_exception", "detector") == [103]


def test_published_channels_are_the_articles(reference_dir):
    content = json.loads((reference_dir / "article.json").read_text())
    found = upstream_roles.published_choice(article())
    assert found.exception == (content["exception"]["channel"], content["exception"]["unit"])
    for layer, factors in content["factor_channels"].items():
        for name, listed in factors.items():
            known = found.coefficients[layer][name]
            assert list(known) == [item["channel"] for item in listed]
            np.testing.assert_allclose(list(known.values()), [item["coefficient"] for item in listed], atol=6e-4)
    for name in ("HF", "LF"):
        assert list(found.coefficients["conv2d2"][name])[:4] == content["cluster_figure_channels"][name]
