"""What all experiments share: who is studied, intervals, photographs, and their rows of the scorecard."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from highlow.circuits.scorecard import Claim
from highlow.experiments import claimed, statistics
from highlow.storage import table_files


def test_an_interval_is_that_of_another_library():
    values = np.random.default_rng(0).normal(size=40)
    value, low, high = statistics.bootstrap(values, 0, np.mean)
    other = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=9999, rng=1).confidence_interval
    assert value == pytest.approx(values.mean())
    assert low == pytest.approx(other.low, abs=0.03)
    assert high == pytest.approx(other.high, abs=0.03)


def test_what_is_not_finite_is_no_value():
    assert statistics.bootstrap(np.array([np.nan, 2.0, np.inf]), 0) == (2, 2, 2)
    assert np.isnan(statistics.bootstrap(np.array([np.nan]), 0)).all()


def test_p_values_are_corrected_for_those_that_are_known():
    found = statistics.corrected(np.array([0.01, np.nan, 0.02, 0.9]))
    np.testing.assert_allclose(found, [0.03, np.nan, 0.03, 0.9])


def test_rows_of_controls_lie_beside_those_of_the_intact_network(tmp_path, monkeypatch):
    def claims_of(experiment, table, seed):
        means = table.groupby("variant", sort=False)["value"].mean()
        return {variant: [Claim(f"{experiment} (above 1)", value, value > 1)] for variant, value in means.items()}

    monkeypatch.setattr(claimed, "claims_of", claims_of)
    card = pd.DataFrame({"claim": ["count"], "value": [0.0]})
    controls = []
    for name, kind in (("first", "random"), ("second", "random"), ("third", "shuffled_space")):
        table_files.write(tmp_path / f"{name}.tsv", card, {})
        controls.append((kind, str(tmp_path / f"{name}.tsv")))
    rows = {"variant": ["intact", "random", "random_1"], "value": [3.0, 1.0, 2.0]}
    table_files.write(tmp_path / "surgery.tsv", pd.DataFrame(rows), {})
    found, extended = claimed.with_experiments(controls, {"surgery": str(tmp_path / "surgery.tsv")}, 0)
    assert [(claim.text, claim.value) for claim in found] == [("surgery (above 1)", 3)]
    assert [card["value"].tolist() for card in extended["random"]] == [[0, 1], [0, 2]]
    assert extended["shuffled_space"][0]["claim"].tolist() == ["count"]
