import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highlow.circuits import candidates as scoring
from highlow.circuits import detection, factors
from highlow.figures.selection import shown_units
from highlow.probes import circular
from highlow.probes.tuning import OrientationTuning


def tuned(count, **changed):
    """Tuning of perfect detectors, with some statistics changed."""
    values = {
        "preferred_deg": np.linspace(0, 330, count),
        "selectivity": np.full(count, 0.9),
        "polarity_ratio": np.zeros(count),
        "width_deg": np.full(count, 90.0),
        "peak": np.full(count, 100.0),
        "interval_low_deg": np.full(count, -1.0),
        "interval_high_deg": np.full(count, 1.0),
    }
    return OrientationTuning(**(values | changed))


def candidates(count=12, controls=(), balanced=None, **changed):
    """Candidates that answer no control, but for the given peaks of `controls` by family."""
    high_low = tuned(count, **changed)
    peaks = dict.fromkeys(scoring.CONTROLS, np.zeros(count)) | dict(controls)
    return scoring.candidates("mixed3a", ["3x3"] * count, high_low, balanced or high_low, peaks)


def single(unit, value, count=12):
    """Zeros but for one unit."""
    return np.where(np.arange(count) == unit, value, 0.0)


def ramps(angles_deg):
    """HF and LF maps of detectors that point to the given angles."""
    y, x = np.mgrid[-1:2, -1:2]
    angles = np.deg2rad(angles_deg)[:, None, None]
    ramp = np.cos(angles) * x + np.sin(angles) * y
    return np.stack([ramp, -ramp], axis=1)


@pytest.mark.parametrize(
    "name,bad",
    [
        ("selectivity", 0.1),
        ("polarity_ratio", 0.9),
        ("peak", 1.0),
    ],
)
def test_a_unit_that_fails_one_component_scores_below_the_others(name, bad):
    values = np.array(getattr(tuned(12), name))
    values[5] = bad
    table = candidates(**{name: values})
    assert table["unit"].iloc[-1] == 5
    assert table["score"].iloc[-1] < detection.MINIMUM_SCORE < table["score"].iloc[-2]


@pytest.mark.parametrize("family", scoring.SCORED_CONTROLS)
def test_a_unit_that_answers_a_control_is_rejected(family):
    plain = candidates().set_index("unit")["score"]
    score = candidates(controls={family: single(3, 90.0)}).set_index("unit")["score"]
    assert score[3] < detection.MINIMUM_SCORE < plain[3]
    np.testing.assert_array_equal(score.drop(3).sort_index(), plain.drop(3).sort_index())


def test_the_worst_control_counts():
    controls = {"grating": single(3, 10.0), "luminance_edge": single(3, 40.0), "colour_edge": single(3, 20.0)}
    worst = candidates(controls=controls).set_index("unit").loc[3]
    assert worst["control_free"] == pytest.approx(0.6)
    assert (worst["grating_response"], worst["luminance_edge_response"], worst["colour_edge_response"]) == (
        pytest.approx((0.1, 0.4, 0.2))
    )


def test_families_that_share_a_column_give_it_the_stronger_response():
    controls = {
        "uniform": single(2, 30.0) + single(5, 10.0),
        "uniform_plaid": single(2, 20.0) + single(5, 60.0),
    }
    table = candidates(controls=controls).set_index("unit")
    assert table.loc[2, "uniform_response"] == pytest.approx(0.3)
    assert table.loc[5, "uniform_response"] == pytest.approx(0.6)
    assert (table["uniform_response"].drop([2, 5]) == 0).all()
    assert table.loc[5, "control_free"] == pytest.approx(0.4)


def test_contrast_edges_do_not_change_the_score_but_reject_above_the_peak():
    edge = single(1, 80.0) + single(4, 100.0) + single(6, 101.0)
    table, plain = candidates(controls={"contrast_edge": edge}), candidates()
    components = ["unit", "score", "selective", "polar", "control_free", "consistent", "strong"]
    pd.testing.assert_frame_equal(table[components], plain[components])
    found = detection.detectors(table, np.arange(12), ramps(np.linspace(0, 330, 12)), 1.5).set_index("unit")
    assert found.index[found["is_detector"] == 0].tolist() == [6]
    assert found.loc[6, "contrast_edge_response"] == pytest.approx(1.01)


def test_units_with_another_orientation_without_luminance_edges_are_rejected():
    moved = np.linspace(0, 330, 12)
    moved[7] += 100
    table = candidates(balanced=tuned(12, preferred_deg=moved))
    assert table["unit"].iloc[-1] == 7
    assert table["score"].iloc[-1] < detection.MINIMUM_SCORE < table["score"].iloc[-2]


def test_a_silent_unit_scores_zero():
    peak = np.full(12, 100.0)
    peak[2] = 0
    preferred = np.linspace(0, 330, 12)
    preferred[2] = np.nan
    table = candidates(peak=peak, preferred_deg=preferred)
    assert table.iloc[-1]["unit"] == 2
    assert table.iloc[-1]["score"] == 0
    assert table.iloc[-1][list(scoring.CONTROLS.values())].isna().all()
    assert table.iloc[:-1].notna().all(axis=None)
    found = detection.detectors(table, np.arange(12), ramps(np.linspace(0, 330, 12)), 1.5)
    assert found.loc[found["is_detector"] == 0, "unit"].tolist() == [2]


def test_detectors_need_the_weights_to_agree():
    table = candidates()
    angles = np.linspace(0, 330, 12)
    maps = ramps(angles)
    maps[4] = ramps(angles[4:5] + 60)  # points elsewhere than the unit responds
    maps[6, 1] = maps[6, 0]  # HF and LF excite the same side
    center = np.full((3, 3), -0.125)
    center[1, 1] = 1
    maps[9] += 4 * np.stack([center, -center])  # mostly a centre against its surround
    found = detection.detectors(table, np.arange(12), maps, 1.5)
    accepted = set(found.loc[found["is_detector"] == 1, "unit"])
    assert accepted == set(range(12)) - {4, 6, 9}
    assert found.set_index("unit").loc[0, "hf_lf_map_correlation"] == pytest.approx(-1)


def test_factors_that_do_not_differ_in_frequency_make_no_detector():
    maps = ramps(np.linspace(0, 330, 12))
    assert detection.detectors(candidates(), np.arange(12), maps, 0.4)["is_detector"].sum() == 0
    assert detection.detectors(candidates(), np.arange(12), maps, 1.5)["is_detector"].sum() == 12


def test_units_without_maps_stay_empty():
    found = detection.detectors(candidates(), np.arange(6), ramps(np.linspace(0, 150, 6)), 1.5)
    outside = found[found["unit"] >= 6]
    assert outside["weight_orientation_deg"].isna().all()
    assert (outside["is_detector"] == 0).all()


def test_factor_units_are_the_best_of_the_branch():
    table = candidates(40, selectivity=np.linspace(0.95, 0.2, 40))
    table.loc[table["unit"] == 3, "branch"] = "1x1"
    assert scoring.factor_units(table, "3x3").tolist() == [0, 1, 2, *range(4, 16)]


def test_downstream_units_use_the_candidates_most():
    table = candidates(12)
    weight = np.zeros((30, 12, 3, 3))
    weight[:, 0, 1, 1] = np.arange(30)
    units = scoring.downstream_units(weight, np.arange(100, 130), table, "3x3")
    assert units.tolist() == list(range(110, 130))


def test_tuning_table_is_the_phase_mean():
    table = candidates(40, selectivity=np.full(40, 1e-6))
    response = np.random.default_rng(0).uniform(size=(3, 5, 2, 40)).astype(np.float32)
    ratios, angles = np.array([1.0, 3, 9]), np.arange(5) * 90.0
    units = scoring.tuned_units(table, [39])
    assert set(units) == {*table["unit"][:15], 39}
    rows = scoring.tuning_table("mixed3a", response, ratios, angles, units)
    assert rows["unit"].drop_duplicates().tolist() == units
    one = rows[(rows["unit"] == 39) & (rows["ratio"] == 9) & (rows["orientation_deg"] == 180)]
    assert one["response"].item() == pytest.approx(response[2, 2, :, 39].mean())


@given(st.lists(st.floats(0, 359.99), min_size=1, max_size=40))
def test_spanning_picks_distinct_units_in_order(angles):
    chosen = circular.spanning(np.array(angles), 6)
    assert len(chosen) == len(set(chosen)) == min(6, len(angles))
    assert [angles[i] for i in chosen] == sorted(angles[i] for i in chosen)


def test_spanning_prefers_the_best_of_each_sector():
    assert sorted(circular.spanning(np.array([10, 70, 130, 190, 250, 310, 15, 75, 311.0]), 6)) == [0, 1, 2, 3, 4, 5]


def test_largest_gap():
    assert circular.largest_gap(np.array([350, 10, 100])) == 250
    assert circular.largest_gap(np.array([5.0])) == 360
    assert circular.largest_gap(np.array([])) == 360


def test_shown_units():
    table = detection.detectors(candidates(), np.arange(12), ramps(np.linspace(0, 330, 12)), 1.5)
    shown = shown_units(table, "3x3", [])
    assert len(shown) == 6
    assert circular.largest_gap(shown["preferred_orientation_deg"].to_numpy()) <= 90
    assert shown_units(table, "3x3", [7, 2])["unit"].tolist() == [2, 7]
    with pytest.raises(Exception, match="unit 40 is not in the 3x3 branch"):
        shown_units(table, "3x3", [40])


def test_weight_orientation_is_clockwise_on_the_screen():
    maps = ramps(np.array([0.0, 90, 225]))
    assert maps[1, 0, 2, 1] > maps[1, 0, 0, 1]  # 90 degrees: the high side is below
    np.testing.assert_allclose(factors.weight_orientation(maps[:, 0], maps[:, 1]), [0, 90, 225], atol=1e-9)
