"""How unique the factors are: other factorizations, what tells the story, and the planted network and its copies."""

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import TruncatedSVD

from highlow.circuits import factors
from highlow.circuits.factors import Factors
from highlow.experiments.claimed import INTACT
from highlow.experiments.uniqueness import factorizations, measurement
from highlow.experiments.uniqueness.claims import COLUMNS, NMF, NOTHING, PCA, SEMI_NMF, START, UNITS, claims, tells
from highlow.figures import figx_uniqueness
from highlow.networks.registry import EMPTY_CONTROLS
from highlow.storage import table_files
from tests.reference import planted_subjects


@pytest.fixture(scope="module")
def tables():
    """What is measured of the planted network and of its destroyed copies, with fewer draws than in a run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(measurement, "STARTS", 2)
        patch.setattr(measurement, "SEMI_STARTS", 2)
        patch.setattr(measurement, "RESAMPLES", 4)
        variants = (INTACT, *EMPTY_CONTROLS)
        return {name: measurement.measure(planted_subjects.subject(name), 0) for name in variants}


def test_the_planted_network_tells_the_story_however_it_is_fitted(tables):
    found = claims(tables[INTACT], 0)
    assert [(claim.value, claim.holds) for claim in found] == [(1, True)] * 3
    two = tables[INTACT].set_index(["method", "rank", "change"]).sort_index().loc[(NMF, 2)]
    assert two["cosine_to_hf_lf"].min() > 0.99
    assert two.loc[UNITS, "cosine"].min() > 0.99
    assert len(two.loc[UNITS]) == 4


@pytest.mark.parametrize("variant", EMPTY_CONTROLS)
def test_no_claim_holds_on_destroyed_weights(tables, variant):
    assert [claim.holds for claim in claims(tables[variant], 0)] == [False] * 3


def test_every_claim_says_its_limit_and_why(tables):
    for claim in claims(tables[INTACT], 0):
        assert claim.text.endswith(f"({claim.limit})")
        assert claim.reason
        assert claim.section == "Implementation"


def test_the_two_halves_of_one_signed_direction_explain_as_much_as_it_does(tables):
    """Planted detectors weigh one direction of channels: a second factor is its other half, and adds little."""
    best = tables[INTACT][tables[INTACT]["change"] == NOTHING].set_index(["method", "rank"])
    assert best.loc[(NMF, 2), "explained"] == pytest.approx(best.loc[(PCA, 1), "explained"], abs=0.02)
    assert best.loc[(PCA, 1), "cosine_to_hf_lf"] > 0.99


@pytest.mark.parametrize(
    ("separation", "correlation", "difference", "told"),
    [
        (0.8, -0.8, 20, True),
        (0.79, -0.8, 20, False),
        (0.8, -0.79, 20, False),
        (0.8, -0.8, 20.1, False),
        (np.nan, -1, 0, False),
        (1, np.nan, 0, False),
        (1, -1, np.nan, False),
    ],
)
def test_a_story_meets_every_limit_of_the_rule(separation, correlation, difference, told):
    assert tells(separation, correlation, difference) is told


def test_claims_count_the_solutions_that_tell():
    rows = [(NMF, 2, UNITS, told) for told in (1, 1, 1, 0)]
    rows += [(NMF, rank, START, 1) for rank in (2, 3)] + [(NMF, 1, START, 0), (PCA, 1, NOTHING, 0)]
    found = claims(pd.DataFrame(rows, columns=["method", "rank", "change", "tells"]), 0)
    assert [(claim.value, claim.holds) for claim in found] == [(0.75, False), (1, True), (0, False)]


def test_semi_nmf_explains_all_of_two_factors_without_finding_them():
    """Why it is a diagnostic alone: any two channel factors >= 0 that span the same plane explain as much."""
    truth = np.eye(2, 12, k=3)
    matrix = np.random.default_rng(0).normal(size=(60, 2)) @ truth
    (first, explained), (second, _) = (factorizations.semi_nmf(matrix, 2, seed) for seed in (0, 1))
    assert first.min() >= 0
    np.testing.assert_allclose(np.linalg.norm(first, axis=1), 1)
    assert explained == pytest.approx(1, abs=1e-6)
    assert factors.similarity(truth, first) < 0.9
    assert factors.similarity(first, second) < 0.99
    assert factors.similarity(truth, factors.factorize(matrix[..., None, None], 2).channel) > 0.999


def test_semi_nmf_explains_no_more_than_principal_components():
    matrix = np.random.default_rng(1).normal(size=(40, 10))
    bound = factors.explained_bound(matrix, 2)
    found = [factorizations.semi_nmf(matrix, 2, seed)[1] for seed in range(3)]
    assert 0.5 * bound < min(found) <= max(found) <= bound


def test_principal_directions_are_those_of_another_library():
    matrix = np.random.default_rng(2).normal(size=(30, 8)) + 0.5
    other = TruncatedSVD(2, algorithm="arpack", random_state=0).fit(matrix).components_
    found = factorizations.principal_directions(matrix, 2)
    np.testing.assert_allclose(np.abs(np.sum(found * other, axis=1)), 1, atol=1e-9)


def test_a_direction_is_cut_at_zero():
    np.testing.assert_allclose(factorizations.cut_at_zero(np.array([3.0, -4, 4, 0])), [[0.6, 0, 0.8, 0], [0, 1, 0, 0]])


def test_planes_that_share_one_direction_are_apart_by_the_angle_of_the_other():
    first = np.array([[1.0, 0, 0], [0, 1, 0]])
    second = np.array([[1.0, 1, 0], [1, 0, 1]])
    assert factorizations.plane_cosine(first, first[::-1]) == pytest.approx(1)
    assert factorizations.plane_cosine(first, second) == pytest.approx(1 / np.sqrt(3))


def test_the_outer_factors_tell(monkeypatch):
    """Of three factors those of the shortest and the longest wavelengths are judged, in this order."""
    angle = np.deg2rad([0.0, 90, 200])
    y, x = np.mgrid[-1:2, -1:2]
    ramp = np.cos(angle)[:, None, None] * x + np.sin(angle)[:, None, None] * y
    weight = np.stack([ramp, 0 * ramp, -ramp], axis=1)
    textures = np.eye(3)  # each channel answers one wavelength
    judge = measurement.Judge(textures, np.array([2.0, 4, 16]), weight, np.rad2deg(angle) + 5, np.eye(3)[[0, 2]])
    row = judge.row(np.eye(3)[[1, 2, 0]])
    assert row["separation_octaves"] == 3
    assert row["map_correlation"] == pytest.approx(-1)
    assert row["orientation_difference_deg"] == pytest.approx(5)
    assert (row["tells"], row["cosine_to_hf_lf"]) == (1, 1)
    assert judge.row(np.eye(3)[:1])["tells"] == 0


def test_the_best_start_is_the_reference(monkeypatch):
    weight = np.random.default_rng(0).normal(size=(3, 4, 3, 3))

    def fitted(weight, rank, *, seed=None):
        return Factors(np.eye(rank, 4), np.zeros(1), {None: 0.1, 0: 0.3}.get(seed, 0.2), 0.5, True)

    monkeypatch.setattr(factors, "factorize", fitted)
    monkeypatch.setattr(measurement, "STARTS", 2)
    monkeypatch.setattr(measurement, "RANKS", (1,))
    judge = measurement.Judge(np.eye(4), np.arange(1.0, 5), weight, np.zeros(3), np.eye(2, 4))
    rows = pd.DataFrame(list(measurement._solutions(weight, judge, 0)))
    assert rows.loc[(rows["method"] == NMF) & (rows["change"] == NOTHING), "explained"].item() == 0.3
    assert rows.loc[(rows["method"] == NMF) & (rows["change"] == START), "explained"].tolist() == [0.3, 0.2]


def test_the_figure_says_what_was_measured(tables, tmp_path):
    table = pd.concat([part.assign(variant=name) for name, part in tables.items()])[list(COLUMNS)]
    table_files.write(tmp_path / "uniqueness.tsv", table, {})
    settings = {"title": "planted", "layer": "mixed3a", "branch": "3x3", "seed": 0}
    drawing = figx_uniqueness.draw({"table": str(tmp_path / "uniqueness.tsv")}, settings)
    assert drawing.summary["resampled_units_that_tell"] == 1
    assert drawing.summary["destroyed_nmf_that_tells"] == 0
    assert drawing.summary["numbers_of_factors_that_tell"] == [2, 3, 4, 5, 6]
    assert len(drawing.numbers) == len(table)
    titles = [axes.get_title()[:1] for axes in drawing.figure.axes]
    assert titles == ["a", "b", "c", "d"]


def test_semi_nmf_is_measured_beside(tables):
    rows = tables[INTACT]
    assert set(rows["method"]) == {NMF, SEMI_NMF, PCA}
    assert set(rows["rank"]) == set(measurement.RANKS)
