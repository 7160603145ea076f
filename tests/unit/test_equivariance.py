"""The population vector, turned pictures, and both on the planted network and on its destroyed copies."""

from functools import cache

import numpy as np
import pytest
from scipy import ndimage

from highlow.experiments import branch_reader, population
from highlow.experiments.equivariance import measurement
from highlow.experiments.equivariance.claims import COLUMNS, claims
from highlow.experiments.equivariance.crops import CROPS, TURNS, turned_crops
from highlow.experiments.equivariance.turned import turned
from highlow.experiments.measured import measured
from highlow.experiments.subject import Subject
from highlow.figures import figx_equivariance
from highlow.networks.pattern_size import largest_ratio
from highlow.networks.registry import EMPTY_CONTROLS
from highlow.pictures import dead_leaves
from highlow.pictures.image_files import as_input
from highlow.probes import families
from highlow.probes.circular import angle_between
from highlow.storage import table_files
from tests.reference.planted_subjects import subject

LAYER = "mixed3a"


@cache
def leaves():
    return [as_input(scene.pixels) for scene in dead_leaves.scenes(1, 224, 0).values()]


class Leaves:
    """Dead leaves in the place of photographs."""

    def sample(self, count):
        yield from list(enumerate(leaves()))[:count]


@pytest.fixture(scope="module")
def table():
    subjects = [subject(variant) for variant in ("intact", *EMPTY_CONTROLS)]
    return measured("equivariance", subjects, 0, {"photographs": Leaves()}, {})


def test_the_population_vector_is_that_of_a_loop():
    generator = np.random.default_rng(0)
    preferred, peak = generator.uniform(0, 360, 7), generator.uniform(1, 5, 7)
    response = generator.uniform(0, 5, (3, 4, 7))
    found = population.read(response, preferred, peak)
    share = population.shares_of_circle(preferred)
    total = sum(response[2, 1, unit] / peak[unit] * share[unit] for unit in range(7))
    x = sum(response[2, 1, unit] / peak[unit] * share[unit] * np.cos(np.deg2rad(preferred[unit])) for unit in range(7))
    y = sum(response[2, 1, unit] / peak[unit] * share[unit] * np.sin(np.deg2rad(preferred[unit])) for unit in range(7))
    assert found.direction_deg[2, 1] == pytest.approx(np.rad2deg(np.arctan2(y, x)) % 360)
    assert found.along(np.array(30.0))[2, 1] == pytest.approx((x * np.cos(np.pi / 6) + y * np.sin(np.pi / 6)) / total)


def test_shares_are_half_of_the_gaps_around_and_divided_among_the_same():
    np.testing.assert_allclose(population.shares_of_circle(np.array([0.0, 90, 270])), [0.25, 0.375, 0.375])
    np.testing.assert_allclose(population.shares_of_circle(np.array([10.0, 190, 10])), [0.25, 0.5, 0.25])
    np.testing.assert_allclose(population.shares_of_circle(np.array([200.0])), [1])


def test_cosine_tuned_units_on_a_circle_are_decoded_without_an_error_and_crowding_does_not_draw_the_vector():
    true = np.arange(0, 360, 7.0)

    def errors(preferred):
        response = np.clip(np.cos(np.deg2rad(true[:, None] - preferred)), 0, None)
        decoded = population.read(response, preferred, np.ones(len(preferred))).direction_deg
        return population.error_deg(decoded, true)

    even = np.arange(0, 360, 30.0)
    assert errors(even).max() < 2
    assert errors(np.append(even, np.full(20, 90.0))).max() < 2


def test_who_is_silent_or_has_no_direction_has_no_vote():
    preferred, peak = np.array([0.0, np.nan, 90, 180]), np.array([1.0, 1, 1, 0])
    found = population.read(np.ones((1, 4)), preferred, peak)
    assert found.direction_deg == pytest.approx([45])
    alone = population.read(np.ones((1, 4)), preferred, peak, np.array([True, True, False, True]))
    assert alone.direction_deg == pytest.approx([0])
    for response, used in ((np.zeros((1, 4)), None), (np.ones((1, 4)), np.zeros(4, dtype=bool))):
        silent = population.read(response, preferred, peak, used)
        assert np.isnan(silent.direction_deg).all()
        assert silent.along(np.zeros(1)) == pytest.approx([0])
        assert population.error_deg(silent.direction_deg, np.zeros(1)) == pytest.approx([90])


def test_what_lay_to_the_right_lies_below_after_a_quarter_turn():
    image = np.zeros((3, 90, 90), dtype=np.float32)
    image[:, 38:43, 58:63] = 1  # 20 px to the right of (40, 40)
    for degrees, (row, column) in {0: (25, 45), 90: (45, 25), 180: (25, 5), 270: (5, 25), 45: (39.1, 39.1)}.items():
        (found,) = turned(image, 40, 40, np.array([degrees]), 51, (25, 25))
        np.testing.assert_allclose(ndimage.center_of_mass(found[0]), (row, column), atol=0.1)


def test_a_turned_picture_is_that_of_another_library_and_mirrored_beyond_its_border():
    image = ndimage.gaussian_filter(np.random.default_rng(0).uniform(size=(3, 61, 61)), (0, 1.5, 1.5))
    image = image.astype(np.float32)
    (found,) = turned(image, 30, 30, np.array([30.0]), 31, (15, 15))
    # ndimage turns against the clock, in the plane of its first two axes.
    other = ndimage.rotate(image.astype(np.float64), -30, axes=(1, 2), reshape=False, mode="mirror")[:, 15:46, 15:46]
    assert np.abs(found - other).max() < np.abs(found - np.flip(other, axis=2)).max() / 20
    (corner,) = turned(image, 0, 0, np.array([180.0]), 11, (5, 5))
    np.testing.assert_allclose(corner, np.pad(image, ((0, 0), (5, 0), (5, 0)), mode="reflect")[:, :11, :11], atol=1e-3)


@pytest.mark.parametrize("name", ["high_low", "high_low_balanced"])
def test_stimuli_are_none_that_tuning_was_measured_with(name):
    shown = measurement.unseen_family(name, 60, 0)
    usual = families.family(name, orientation_count=73, ratio_count=20, phase_count=8, pattern_size=60, seed=0)
    assert shown.shape == (1, measurement.ORIENTATIONS, measurement.PHASES)
    gap = angle_between(shown.axes["orientation"][:, None], usual.axes["orientation"])
    assert np.abs(gap).min(axis=1).max() <= 5
    np.testing.assert_array_equal(shown.parameters["orientation_deg"][1], shown.axes["orientation"])
    key = "phase_deg" if name == "high_low" else "wave_phase_deg"
    assert not set(np.ravel(shown.parameters[key][1])) & set(np.ravel(usual.parameters[key][1]))
    assert measurement.unseen_family(name, 22, 0).axes["ratio"] == pytest.approx([largest_ratio(22)])


def test_crops_are_the_places_that_units_answer_most():
    reader = branch_reader.of(subject("intact"))
    images = list(Leaves().sample(3))
    found = turned_crops(reader, images)
    best = {
        (unit, index): reader.maps(image)[unit].max() for index, image in images for unit in range(len(reader.units))
    }
    assert found.response.shape == (len(found.unit), len(TURNS), len(reader.units))
    for unit in set(found.unit.tolist()):
        ranked = found.image[found.unit == unit]
        assert len(ranked) <= CROPS and len(set(ranked.tolist())) == len(ranked)
        # Places near the border do not count; what is left is no larger.
        assert best[unit, int(ranked[0])] >= found.response[found.unit == unit][0, [0, -1], unit].max() * 0.8


def test_the_planted_network_turns_and_destroyed_copies_do_not(table):
    assert table.columns.tolist() == ["variant", *COLUMNS]
    assert set(table["layer"]) == {LAYER}
    found = {variant: claims(table[table["variant"] == variant], 0) for variant in ("intact", *EMPTY_CONTROLS)}
    assert [claim.holds for claim in found["intact"]] == [True] * 4
    assert not any(claim.holds for variant in EMPTY_CONTROLS for claim in found[variant])
    for claim in found["intact"]:
        assert claim.interval[0] <= claim.value <= claim.interval[1]
        assert claim.section and claim.limit and claim.reason


def test_tuning_on_turned_crops_is_no_chance_in_the_planted_network(table):
    units = table[(table["variant"] == "intact") & (table["kind"] == "unit")]
    assert len(units) == 15
    assert (units["q_benjamini_hochberg"] < 0.05).all()
    assert set(units["unit"]) == set(subject("intact").units.tolist())


def test_crops_of_a_unit_are_decoded_without_it():
    """A population of one that finds its own crops says nothing of them."""
    one = subject("intact")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Subject, "units", one.units[:1])
        rows = measurement.measure(one, 0, Leaves())
    crops = rows[rows["kind"] == "crop"]
    assert len(crops) and crops["decoded_deg"].isna().all() and (crops["error_deg"] == 90).all()
    (_, crop_claim, correlation, shift) = claims(rows, 0)
    assert not crop_claim.holds and correlation.holds is None and shift.holds is None


def test_the_figure_shows_every_unit_and_says_the_claims(table, tmp_path):
    table_files.write(tmp_path / "equivariance.tsv", table, {})
    settings = {"title": "planted", "layer": LAYER, "branch": "3x3", "seed": 0}
    drawing = figx_equivariance.draw({"table": str(tmp_path / "equivariance.tsv")}, settings)
    drawing.write(str(tmp_path / "figure.png"))
    assert drawing.summary["units"] == drawing.summary["detectors"] == 15
    assert set(drawing.summary["destroyed"]) == set(EMPTY_CONTROLS)
    assert set(drawing.numbers["variant"]) == {"intact"}
