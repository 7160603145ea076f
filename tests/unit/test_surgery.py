"""Surgery: what weights are replaced by, what they add up, and what it says of circuits whose truth is known."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from scipy import stats

from highlow.circuits import factor_file
from highlow.circuits.expanded_weights import expanded_weights
from highlow.experiments.claimed import INTACT
from highlow.experiments.subject import Subject
from highlow.experiments.surgery import claims, compared, measurement, replaced, replay, smallest
from highlow.figures import figx_surgery
from highlow.networks import planted, registry
from highlow.networks.architectures import architecture as build
from highlow.networks.extracted import Extracted
from highlow.networks.loading import extracted_network
from highlow.pictures import dead_leaves
from highlow.probes.coarse_families import coarse_family
from highlow.storage import table_files
from tests.reference import planted_subjects

LAYER, BRANCH, SOURCE = "mixed3a", "3x3", "maxpool1"


@cache
def planted_network() -> Extracted:
    return Extracted("planted", build("planted", "same"), planted.generate(0).weights)


@cache
def scenes() -> list[NDArray[np.uint8]]:
    return [scene.pixels for scene in dead_leaves.scenes(2, 112, 0).values()]


class Scenes:
    """Pictures in the place of photographs."""

    def __init__(self, count: int) -> None:
        self.pictures = [(pixels.transpose(2, 0, 1) / 255).astype(np.float32) for pixels in scenes()[:count]]

    def sample(self, count):
        return enumerate(self.pictures[:count])


def test_a_step_points_where_it_is_told():
    np.testing.assert_allclose(replaced.oriented_step(0, 3, 3), np.tile([-1, 0, 1], (3, 1)), atol=1e-12)
    np.testing.assert_allclose(replaced.oriented_step(90, 5, 3)[:, 1], [-1, -1, 0, 1, 1], atol=1e-12)
    np.testing.assert_allclose(replaced.oriented_step(225, 3, 3), -replaced.oriented_step(45, 3, 3), atol=1e-12)


def test_a_circuit_written_by_hand_is_found_again():
    generator = np.random.default_rng(0)
    channel, step = np.abs(generator.normal(size=(2, 7))), replaced.oriented_step(30, 3, 3)
    maps = np.array([2.0, -3.0])[:, None, None] * step
    weight = replaced.of_factors(maps, channel)
    np.testing.assert_allclose(weight, np.outer(2 * channel[0] - 3 * channel[1], step).reshape(7, 3, 3))
    np.testing.assert_allclose(replaced.by_hand(maps, channel, step), weight)
    # What is not along the step is not fitted.
    across = replaced.oriented_step(120, 3, 3)
    np.testing.assert_allclose(replaced.by_hand(maps + 5 * across, channel, step), weight, atol=1e-12)


def test_factors_of_its_own_are_the_best_of_their_rank():
    weight = np.random.default_rng(0).normal(size=(6, 3, 3))
    np.testing.assert_allclose(replaced.of_own_factors(weight, 6), weight)
    found = replaced.of_own_factors(weight, 2)
    assert np.linalg.matrix_rank(found.reshape(6, 9)) == 2
    sizes = np.linalg.svd(weight.reshape(6, 9), compute_uv=False)
    assert np.sum((found - weight) ** 2) == pytest.approx(np.sum(sizes[2:] ** 2))


def test_channels_and_weights_are_taken_away():
    generator = np.random.default_rng(0)
    core = replaced.core_channels(np.array([0.0, 4.0, 1.0, 0.1]))
    assert core.tolist() == [False, True, False, False]  # 16 of 17.01
    assert replaced.core_channels(np.array([1.0, 1.0, 1.0, 0.1])).sum() == 3
    weight = generator.normal(size=(4, 3, 3))
    left = replaced.without(weight, core)
    assert not left[1].any()
    np.testing.assert_array_equal(left[[0, 2, 3]], weight[[0, 2, 3]])
    assert replaced.as_many(core, generator).sum() == core.sum()
    dealt = replaced.with_other_channels(weight, generator)
    np.testing.assert_array_equal(np.sort(dealt.sum(axis=(1, 2))), np.sort(weight.sum(axis=(1, 2))))
    kept = replaced.only(weight, replaced.drawn(weight, 5, generator))
    assert np.count_nonzero(kept) == 5
    np.testing.assert_array_equal(kept[kept != 0], weight[kept != 0])


def test_a_threshold_lets_through_as_many_as_it_should():
    drive = np.random.default_rng(0).normal(size=1000)
    for share in (0.001, 0.25, 0.999, 1.0):
        passed = compared.responses(drive, compared.threshold(drive, share)) > 0
        assert passed.mean() == pytest.approx(share)
    assert not compared.responses(drive, compared.threshold(drive, 0)).any()


def test_what_is_left_is_measured_as_elsewhere():
    generator = np.random.default_rng(0)
    first, second = generator.normal(size=(2, 50))
    assert compared.correlation(first, second) == pytest.approx(stats.pearsonr(first, second).statistic)
    assert np.isnan(compared.correlation(first, np.ones(50)))
    angles = np.arange(24) * 15.0
    curve = 1 + np.cos(np.deg2rad(angles - 60))
    found = compared.tuning(np.stack([curve, 3 * curve]), angles)
    assert found["preferred_orientation_deg"] == pytest.approx(60)
    assert found["direction_selectivity"] == pytest.approx(0.5)
    assert found["polarity_ratio"] == pytest.approx(0, abs=1e-12)
    truth = np.array([0, 0, 9.0, *np.zeros(197), 8.0])
    assert compared.strongest(truth).tolist() == [2, 200]
    assert compared.excess(truth, np.array([2])) == pytest.approx(9 - 17 / 201)


def brute_force(weight, windows, kept):
    """Correlation of the sum of some parts with that of all."""
    parts = windows * weight
    return stats.pearsonr(parts[:, kept].sum(axis=1), parts.sum(axis=1)).statistic


def test_weights_are_taken_and_left_in_the_order_in_which_they_help():
    generator = np.random.default_rng(1)
    windows, weight = generator.normal(size=(300, 7)) @ generator.normal(size=(7, 7)), generator.normal(size=7)
    added, left = smallest.orders(weight, np.cov(windows.T))
    taken: list[int] = []
    for part in added:
        rest = [other for other in range(7) if other not in taken]
        assert part == max(rest, key=lambda other: brute_force(weight, windows, [*taken, other]))
        taken.append(part)
    there = list(range(7))
    for part in left[:0:-1]:
        best = max(there, key=lambda other: brute_force(weight, windows, [one for one in there if one != other]))
        assert part == best
        there.remove(part)


def test_the_fewest_weights_are_those_that_matter():
    generator = np.random.default_rng(0)
    windows = generator.normal(size=(2000, 20))
    weight = np.where(np.arange(20) < 3, 1.0, 0.05)
    truth = np.maximum(windows @ weight, 0)

    def answer(drive, needed, parts):
        return compared.responses(drive, needed)

    for order in smallest.orders(weight, np.cov(windows.T)):
        assert smallest.fewest((windows[:, order] * weight[order]).T, 0.5, answer, truth) == 3
    assert smallest.fewest((windows * weight).T, 0.0, answer, truth) == 0


def test_a_path_without_rectifiers_is_replayed_exactly():
    """Its bottleneck read directly, a unit is a product of weights and activations and a bias."""
    extracted = extracted_network(registry.entry("inceptionv1_selfsup"), 0)
    way = replay.path(extracted, "mixed3a_3x3_bottleneck", LAYER, BRANCH)
    weights = way.kernel.weight.numpy()
    family = coarse_family("luminance_edge", 60, 0)
    windows, responses = replay.of_stimuli(way, family)
    drive = windows @ weights.reshape(len(weights), -1).T + way.bias
    np.testing.assert_allclose(np.maximum(drive, 0), responses, atol=1e-4 * responses.max())
    assert responses.max() > 0
    seen = replay.of_photographs(way, (picture for _, picture in Scenes(2).sample(2)))
    drives = seen.drives(list(weights)) + way.bias[:, None]
    np.testing.assert_allclose(np.maximum(drives, 0), seen.responses, atol=1e-4 * seen.responses.max())
    some = np.array([0, 5, seen.responses.shape[1] - 1])
    again = seen.windows(some) @ weights.reshape(len(weights), -1).T + way.bias
    np.testing.assert_allclose(again.T, drives[:, some], atol=1e-3 * np.abs(drives).max())


def test_biases_are_composed_along_the_path():
    extracted = planted_network()
    architecture, weights = extracted.architecture, extracted.weights
    last = architecture.branch_node(LAYER, BRANCH)
    bottleneck = architecture.by_name[last.inputs[0]]
    inner, outer = weights[bottleneck.name], weights[last.name]
    expected = outer[1] + torch.einsum("oiyx,i->o", outer[0], inner[1])
    found = replay.composed_bias(extracted, SOURCE, last.name)
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4, atol=1e-5)


def planted_subject() -> Subject:
    """Return three planted detectors, with one and with two factors."""
    network = planted_network()
    truth = [row for row in planted.generate(0).ground_truth if row.layer == LAYER and row.role == "detector"][::5]
    target = network.architecture.branch_node(LAYER, BRANCH).name
    weight = expanded_weights(network.architecture, network.weights, SOURCE, target).weight.numpy()
    branch_units = np.flatnonzero(np.array(network.architecture.branch_of_unit(LAYER)) == BRANCH)
    units = np.sort([row.unit for row in truth])
    table = pd.DataFrame(
        {
            "layer": LAYER,
            "unit": [row.unit for row in truth],
            "branch": BRANCH,
            "score": 1.0,
            "is_detector": 1,
            "preferred_orientation_deg": [row.orientation_deg for row in truth],
        }
    )
    fit = factor_file.fit(weight, branch_units, units, 0, 0, (1, 2))
    return Subject(INTACT, network, LAYER, BRANCH, SOURCE, 60.0, table, fit, weight, branch_units)


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    return measurement.measure(planted_subject(), 0, photographs=Scenes(6))


def test_planted_detectors_are_their_two_factors(found):
    assert list(found.columns) == list(claims.COLUMNS)
    assert [claim.holds for claim in claims.claims(found, 0)] == [True, True, True]
    photograph = claims.values(found, "photograph_correlation")
    assert photograph["path"].min() > 0.95
    assert (photograph["hand"] > photograph["other_channels"] + 0.3).all()
    assert (photograph["rank_2"] > photograph["rank_1"]).all()
    share = claims.values(found, "drive_share")
    assert share["path"].to_numpy() == pytest.approx(1)
    # Factors overlap little: what both carry is what each carries.
    assert (share["only_hf"] + share["only_lf"]).to_numpy() == pytest.approx(share["rank_2"].to_numpy(), abs=1e-6)
    kept = claims.values(found, "kept_weights")
    assert (kept["fewest_tuning_weights"] < kept["path"] / 20).all()
    assert (kept["as_many_as_tuning_weights"] == kept["fewest_tuning_weights"]).all()
    matched = found[(found["bias"] == "matched") & (found["surgery"] == "hand")]
    truth = found[found["surgery"] == claims.NETWORK]
    assert matched["share_active"].to_numpy() == pytest.approx(truth["share_active"].to_numpy(), abs=1e-3)
    assert (matched["polarity_ratio"] < 0.1).all()


def test_the_same_seed_gives_the_same_numbers(found):
    subject = planted_subject()
    first = replace(subject, detectors=subject.detectors.head(1).assign(is_detector=0))  # the best of its branch
    again = measurement.measure(first, 0, photographs=Scenes(6))
    pd.testing.assert_frame_equal(found[found["unit"] == again["unit"].iloc[0]].reset_index(drop=True), again)


@pytest.mark.parametrize("control", registry.EMPTY_CONTROLS)
def test_nothing_holds_where_the_weights_are_destroyed(control):
    rows = measurement.measure(planted_subjects.subject(control), 0, photographs=Scenes(6))
    assert [claim.holds for claim in claims.claims(rows, 0)] == [False, False, False]


def test_units_that_never_respond_are_not_measured(found):
    silent = found.assign(tuning_correlation=np.nan, photograph_correlation=np.nan)
    assert [claim.holds for claim in claims.claims(silent, 0)] == [None, None, None]


def test_the_figure_says_the_medians_of_the_table(found, tmp_path):
    table = pd.concat([found.assign(variant=variant) for variant in (INTACT, "random")])
    table_files.write(tmp_path / "table.tsv", table[["variant", *claims.COLUMNS]], {})
    settings = {"title": "planted", "layer": LAYER, "branch": BRANCH, "seed": 0}
    summary = figx_surgery.draw({"table": str(tmp_path / "table.tsv")}, settings).summary
    photograph = claims.values(found, "photograph_correlation")
    assert summary["units"] == 3
    assert summary["units_that_one_factor_explains_better"] == 0
    for surgery in ("hand", "hand_lf"):
        assert summary["photograph_correlation"][surgery][0] == pytest.approx(photograph[surgery].median())
    assert summary["weights_of_a_unit"] == 1728
