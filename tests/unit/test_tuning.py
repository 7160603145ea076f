import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from highlow.probes import circular, families, tuning
from highlow.runs.errors import HighlowError
from tests.reference import twins

RATIOS = families.ratios(13)
ANGLES = families.orientations(37)


def bump(center, width=40.0, floor=0.0):
    """A tuning curve of von Mises shape over ANGLES."""
    return floor + np.exp((np.cos(np.deg2rad(ANGLES - center)) - 1) * (60 / width) ** 2)


def measured(*curves, phases=3):
    """Tuning of units with the given curves at every ratio and phase."""
    response = np.stack(curves, axis=-1)[None, :, None, :].repeat(len(RATIOS), 0).repeat(phases, 2)
    return tuning.orientation_tuning(response, RATIOS, ANGLES, 60, seed=0)


@settings(max_examples=40, deadline=None)
@given(center=st.floats(0, 359.9), width=st.floats(20, 120), floor=st.floats(0, 1))
def test_statistics_agree_with_their_twin(center, width, floor):
    curve = bump(center, width, floor)
    result = measured(curve)
    preferred, selectivity = twins.circular_statistics(curve[:-1], ANGLES[:-1])
    assert abs(circular.angle_between(result.preferred_deg[0], preferred)) < 1e-6
    assert result.selectivity[0] == pytest.approx(selectivity, abs=1e-9)
    assert abs(circular.angle_between(result.preferred_deg[0], center)) < 1


def test_polarity_and_selectivity_tell_a_detector_from_an_axis():
    both = bump(30) + bump(210)
    result = measured(bump(30), both, np.ones(len(ANGLES)))
    assert result.polarity_ratio[0] < 0.02
    assert result.polarity_ratio[1] == pytest.approx(1, abs=0.01)
    np.testing.assert_allclose(result.selectivity[1:], 0, atol=1e-6)
    assert result.selectivity[0] > 0.7


def test_width_is_the_full_width_at_half_maximum():
    triangle = np.maximum(0, 1 - np.abs(circular.angle_between(ANGLES, 355)) / 80)
    result = measured(triangle, np.ones(len(ANGLES)))
    assert result.width_deg[0] == pytest.approx(80, abs=6)
    assert result.width_deg[1] == 360


def test_a_silent_unit_has_no_orientation():
    result = measured(np.zeros(len(ANGLES)))
    assert np.isnan(result.preferred_deg[0])
    assert np.isnan(result.polarity_ratio[0])
    assert result.selectivity[0] == 0
    assert result.peak[0] == 0


def test_interval_covers_the_spread_over_phases():
    centers = (80, 90, 100, 90)
    by_phase = np.stack([bump(center) for center in centers], axis=1)[None, :, :, None].repeat(len(RATIOS), 0)
    spread = tuning.orientation_tuning(by_phase, RATIOS, ANGLES, 60, seed=0)
    assert spread.preferred_deg[0] == pytest.approx(90, abs=0.1)
    assert -10 < spread.interval_low_deg[0] < -2
    assert 2 < spread.interval_high_deg[0] < 10
    same = measured(bump(90))
    np.testing.assert_allclose([same.interval_low_deg[0], same.interval_high_deg[0]], 0, atol=1e-6)


def test_aliased_and_small_ratios_do_not_count():
    used = tuning.used_ratios(RATIOS, 60)
    assert RATIOS[used].min() >= 2.5
    assert RATIOS[used].max() <= 7.5
    response = np.zeros((len(RATIOS), len(ANGLES), 1, 1))
    response[~used, :, 0, 0] = bump(200)
    response[used, :, 0, 0] = bump(20)
    result = tuning.orientation_tuning(response, RATIOS, ANGLES, 60, seed=0)
    assert result.preferred_deg[0] == pytest.approx(20, abs=0.1)


def test_no_usable_ratio_is_said():
    with pytest.raises(HighlowError, match="no ratio lies between"):
        tuning.used_ratios(np.array([1.0, 10.0]), 60)


@given(first=st.floats(-720, 720), second=st.floats(-720, 720))
def test_angle_between_wraps(first, second):
    difference = float(circular.angle_between(first, second))
    assert -180 <= difference <= 180
    turned = np.deg2rad(second + difference)
    np.testing.assert_allclose(
        [np.cos(turned), np.sin(turned)], [np.cos(np.deg2rad(first)), np.sin(np.deg2rad(first))], atol=1e-6
    )


def test_control_peak_is_the_best_stimulus_of_the_phase_mean():
    response = np.zeros((3, 2, 4, 1))
    response[1] = 2
    response[2, 0] = [[9], [0], [0], [0]]
    response[2, 1] = [[5], [5], [1], [1]]
    assert tuning.control_peak(response) == [3]


def test_control_peak_averages_over_the_offset_of_an_edge():
    response = np.zeros((2, 3, 2))
    response[0, :, 0] = [9, 0, 0]
    response[1, :, 0] = [4, 4, 4]
    response[0, :, 1] = [0, 0, 6]
    np.testing.assert_array_equal(tuning.control_peak(response), [4, 2])


@pytest.mark.parametrize("shape", [(5, 3), (1, 1), (2, 5, 3), (12, 4, 1)])
def test_control_peak_agrees_with_loops(shape):
    response = np.random.default_rng(0).normal(size=(*shape, 6)).astype(np.float32)
    wanted = [
        max(sum(float(value) for value in response[*place, :, unit]) / shape[-1] for place in np.ndindex(shape[:-1]))
        for unit in range(6)
    ]
    np.testing.assert_allclose(tuning.control_peak(response), wanted, rtol=1e-12)
