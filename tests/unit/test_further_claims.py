"""Lines of the scorecard about images and other networks: what holds, what fails, what cannot be measured."""

import numpy as np
import pandas as pd
import pytest

from highlow.circuits.scorecard import SECTIONS
from highlow.circuits.universality import universality_claim
from highlow.pictures import example_sides
from highlow.pictures.further_claims import example_claim, further_claims
from highlow.storage import table_files


def sides(difference, is_detector=1):
    """Crops of eight units whose high frequencies lie on the preferred side by `difference` more than in controls."""
    units = np.repeat(np.arange(8), 3)
    table = pd.DataFrame(0.0, index=range(len(units)), columns=list(example_sides.VALUES))
    table["share_asymmetry"] = 0.1 + difference + 0.01 * (units - 3.5)
    table["control_share_asymmetry"] = 0.1
    return table.assign(unit=units, is_detector=is_detector, preferred_orientation_deg=45.0 * units)


@pytest.mark.parametrize("difference,holds", [(0.3, True), (0.0, False), (-0.3, False)])
def test_crops_must_beat_random_ones(difference, holds):
    claim = example_claim(sides(difference), seed=0)
    assert claim.value == pytest.approx(difference, abs=1e-9)
    assert claim.interval[0] < difference < claim.interval[1]
    assert claim.holds is holds


def test_without_detectors_nothing_is_claimed():
    claim = example_claim(sides(0.3, is_detector=0), seed=0)
    assert (claim.holds, claim.interval) == (None, None)
    assert claim.row()["verdict"] == "not measurable"


@pytest.mark.parametrize("counts,holds", [((10, 8, 5), True), ((10, 0, 5), False)])
def test_every_network_must_have_detectors(counts, holds):
    for weights in ("trained", "generated"):
        claim = universality_claim(pd.DataFrame({"weights": weights, "detectors": counts}))
        assert claim.text == "networks with detectors, of 3 compared (all)"
        assert (claim.value, claim.holds) == (sum(count > 0 for count in counts), holds)


@pytest.mark.parametrize("counts,holds", [((10, 8, 0), True), ((10, 0, 15), False)])
def test_beside_trained_networks_a_generated_one_does_not_count(counts, holds):
    weights = ["trained", "trained", "generated"]
    claim = universality_claim(pd.DataFrame({"weights": weights, "detectors": counts}))
    assert claim.text == "networks with detectors, of 2 trained ones compared (all)"
    assert (claim.value, claim.holds) == (sum(count > 0 for count in counts[:2]), holds)


def test_further_claims_say_where_they_belong_their_limit_and_why():
    networks = pd.DataFrame({"weights": ["trained"], "detectors": [3]})
    for claim in (example_claim(sides(0.3), 0), universality_claim(networks)):
        assert claim.section in SECTIONS
        assert claim.limit
        assert claim.reason
        assert claim.file.startswith("tables/")


def test_only_what_is_given_is_claimed(tmp_path):
    path = tmp_path / "universality.tsv"
    table_files.write(path, pd.DataFrame({"network": ["a"], "weights": ["trained"], "detectors": [3]}), {})
    assert further_claims(pd.DataFrame(), "3x3", 0) == []
    assert [claim.value for claim in further_claims(pd.DataFrame(), "3x3", 0, networks=str(path))] == [1]
