import json

import numpy as np
import pytest

from highlow.circuits import factor_file, factors
from highlow.probes.circular import angle_between
from highlow.reference import article
from highlow.runs.errors import HighlowError
from tests.reference import twins


def planted_weight(generator, units=8, channels=24, noise=0.1):
    """Expanded weights of units that place two disjoint channel groups on opposite sides."""
    channel = np.zeros((2, channels))
    channel[0, :6] = generator.uniform(0.5, 1, 6)
    channel[1, 6:12] = generator.uniform(0.5, 1, 6)
    channel /= np.linalg.norm(channel, axis=1)[:, None]
    angles = generator.uniform(0, 360, units)
    y, x = np.mgrid[-1:2, -1:2]
    ramp = np.cos(np.deg2rad(angles))[:, None, None] * x + np.sin(np.deg2rad(angles))[:, None, None] * y
    spatial = np.stack([ramp, -0.7 * ramp], axis=1)
    weight = np.einsum("ufyx,fc->ucyx", spatial, channel)
    return weight + noise * weight.std() * generator.standard_normal(weight.shape), channel, spatial, angles


def test_recovers_planted_factors():
    weight, channel, spatial, angles = planted_weight(np.random.default_rng(0))
    fit = factors.factorize(weight, 2)
    assert factors.similarity(channel, fit.channel) > 0.99
    order = [int(np.argmax(channel[0] @ fit.channel.T)), int(np.argmax(channel[1] @ fit.channel.T))]
    fit = factors.reordered(fit, order)
    assert np.abs(fit.spatial - spatial).max() < 0.1 * np.abs(spatial).max()
    found = factors.weight_orientation(fit.spatial[:, 0], fit.spatial[:, 1])
    assert np.abs(angle_between(found, angles)).max() < 2
    assert factors.map_correlation(fit.spatial[:, 0], fit.spatial[:, 1]).max() < -0.98
    assert (fit.channel >= 0).all()
    np.testing.assert_allclose(np.linalg.norm(fit.channel, axis=1), 1)


def test_explains_as_much_as_another_algorithm():
    weight, *_ = planted_weight(np.random.default_rng(1), noise=0.8)
    matrix = factors.as_matrix(weight)
    ours = factors.factorize(weight, 2)
    spatial, channel = twins.one_sided_nmf(matrix, 2, seed=0)
    assert ours.explained == pytest.approx(factors.explained_share(matrix, spatial, channel), abs=2e-3)
    assert factors.similarity(ours.channel, channel) > 0.995


def test_bound_is_the_truncated_svd():
    weight, *_ = planted_weight(np.random.default_rng(2), noise=1.0)
    matrix = factors.as_matrix(weight)
    values = np.linalg.svd(matrix, compute_uv=False) ** 2
    for rank in (1, 2, 3):
        assert factors.explained_bound(matrix, rank) == pytest.approx(values[:rank].sum() / values.sum())
        assert factors.factorize(weight, rank).explained <= factors.explained_bound(matrix, rank) + 1e-9


def test_maps_of_further_units_are_least_squares():
    weight, channel, spatial, _ = planted_weight(np.random.default_rng(3), noise=0.0)
    np.testing.assert_allclose(factors.spatial_maps(weight, channel), spatial, atol=1e-10)


def test_a_single_signed_channel_fakes_opposite_maps():
    """Why detection also asks for factors that respond at different frequencies."""
    generator = np.random.default_rng(4)
    kernel = generator.standard_normal((6, 3, 3))
    signed = generator.standard_normal(30)
    fit = factors.factorize(np.einsum("uyx,c->ucyx", kernel, signed), 2)
    assert factors.map_correlation(fit.spatial[:, 0], fit.spatial[:, 1]).max() < -0.99
    response = generator.uniform(0.5, 1, (20, 30)).mean(axis=0).repeat(20).reshape(30, 20).T
    octaves = factors.frequency_centroids(fit.channel, response, np.geomspace(2, 64, 20))
    assert abs(octaves[0] - octaves[1]) < 0.1


def test_frequency_orders_the_factors():
    wavelength = np.geomspace(2, 64, 11)
    tuned = np.stack([np.exp(-((np.log2(wavelength) - 2) ** 2)), np.exp(-((np.log2(wavelength) - 5) ** 2))], axis=1)
    weight, *_ = planted_weight(np.random.default_rng(5))
    response = np.zeros((11, 24))
    response[:, :6] = tuned[:, :1]
    response[:, 6:12] = tuned[:, 1:]
    units = np.arange(8)
    fit = factor_file.high_frequency_first(factor_file.fit(weight, units, units, 3, 0), response, wavelength)
    assert fit.factors.channel[0, :6].sum() > fit.factors.channel[0, 6:].sum()
    assert fit.separation_octaves == pytest.approx(2.9, abs=0.3)
    np.testing.assert_allclose(fit.branch_maps, fit.factors.spatial, atol=0.1)
    assert {rank: len(values) for rank, values in fit.seed_stability.items()} == {1: 3, 2: 3, 3: 3, 4: 3}
    assert fit.seed_stability[2].min() > 0.99
    assert fit.unit_stability.min() > 0.99
    assert sorted(fit.by_rank) == [1, 2, 3, 4]


def test_fit_on_disk(tmp_path):
    weight, *_ = planted_weight(np.random.default_rng(6))
    units = np.array([101, 103, 104])
    branch = np.arange(100, 108)
    fit = factor_file.fit(weight, branch, units, 2, 0)
    for name in ("a", "b"):
        factor_file.write(tmp_path / f"{name}.h5", fit, {})
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    again = factor_file.read(tmp_path / "a.h5")
    np.testing.assert_array_equal(again.factors.channel, fit.factors.channel)
    np.testing.assert_array_equal(again.maps(np.array([107, 103])), fit.branch_maps[[7, 3]])
    np.testing.assert_array_equal(again.factors.spatial, fit.factors.spatial)


def test_bad_matrices_are_named():
    with pytest.raises(HighlowError, match="all zero"):
        factors.factorize(np.zeros((4, 5, 3, 3)), 2)
    with pytest.raises(HighlowError, match="need as many"):
        factors.factorize(np.ones((4, 1, 3, 3)), 2)


def test_published_maps_give_the_published_numbers(reference_dir):
    """Our orientation and correlation of the article's own maps: the facts that the scorecard compares with."""
    content = json.loads((reference_dir / "article.json").read_text())
    facts = article()
    assert facts["units"]["all"] == content["units"]["all"]
    assert facts["units"]["six"] == content["units"]["six"]
    for source, cut in (("maxpool1", slice(1, -1)), ("conv2d1", slice(1, None))):
        maps = np.array(
            [
                [np.array(content["spatial_factors"][f"{unit}/{source}/{name}"])[cut, cut] for name in ("HF", "LF")]
                for unit in facts["units"]["six"]
            ]
        )
        tuned = np.array([content["tuning"][str(unit)]["circular_mean_deg"] for unit in facts["units"]["six"]])
        np.testing.assert_allclose([facts["preferred_orientation_deg"][unit] for unit in facts["units"]["six"]], tuned)
        correlation = factors.map_correlation(maps[:, 0], maps[:, 1])
        np.testing.assert_allclose(correlation, facts["map_correlation"][source], atol=6e-4)
        difference = angle_between(factors.weight_orientation(maps[:, 0], maps[:, 1]), tuned)
        np.testing.assert_allclose(difference, facts["orientation_difference_deg"][source], atol=0.06)


def test_one_channel_is_too_few_for_two_factors():
    weight = np.ones((4, 1, 3, 3))
    with pytest.raises(HighlowError, match="1 channels and 4 units are too few for 2 factors"):
        factor_file.fit(weight, np.arange(4), np.arange(4), 1, 0)
