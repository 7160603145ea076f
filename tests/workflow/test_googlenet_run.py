"""The pipeline on real weights: what the article claims, measured."""

import json

import h5py
import numpy as np
import pandas as pd
import pytest

from highlow.probes.circular import largest_gap
from tests.workflow.runner import planned, run, snakemake

pytestmark = pytest.mark.real
SETTINGS = {
    "network": "googlenet",
    "stimuli": {"orientations": 37, "ratios": 14, "phases": 2},
    "factors": {"seeds": 5},
    "controls": {"draws": 0},
    "feature_visualization": {"steps": 8},  # no claim is made of the pictures
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory, weights_dir):
    folder = tmp_path_factory.mktemp("googlenet")
    run(folder, "all", settings=SETTINGS, environment={"HIGHLOW_WEIGHTS": str(weights_dir)})
    return folder


def test_detectors(finished):
    table = pd.read_csv(finished / "results/googlenet/tables/detectors.tsv", sep="\t")
    accepted = table[table["is_detector"] == 1]
    assert len(accepted) >= 8
    assert (accepted["branch"] == "3x3").all()
    assert largest_gap(accepted["preferred_orientation_deg"].to_numpy()) <= 100
    best = table[table["branch"] == "3x3"].head(15)
    assert best["orientation_difference_deg"].abs().median() <= 6
    assert best["hf_lf_map_correlation"].median() <= -0.9


def test_factors(finished):
    with h5py.File(finished / "results/googlenet/factors/maxpool1_to_mixed3a.h5") as file:
        assert file.attrs["frequency_separation_octaves"] > 1
        assert file["seed_stability"][...].min() > 0.95
        explained = [file[f"rank/{rank}"].attrs["explained"] for rank in (1, 2, 3, 4)]
    assert np.all(np.diff(explained) > 0)


def test_upstream_roles(finished):
    """Six strongest channels, three a side; clusters that excite on the side of their name."""
    roles = pd.read_csv(finished / "results/googlenet/tables/upstream_roles.tsv", sep="\t")
    sides = roles[roles["figure"] == "fig04_weights"].groupby("role")
    assert sides.size().to_dict() == {"detector": 1, "high_side": 3, "low_side": 3}
    assert sides["alignment"].min()["high_side"] > 0.5
    assert sides["alignment"].max()["low_side"] < -0.5
    assert roles[roles["figure"] == "fig04_weights"]["rank"].max() <= 20
    stem = finished / "results/googlenet/figures"
    summary = json.loads((stem / "fig05_clusters.json").read_text())["summary"]
    alignment = summary["median_alignment_with_the_high_frequency_side"]
    assert alignment["high_cluster"] > 0.8
    assert alignment["low_cluster"] < -0.5
    exception = roles[(roles["figure"] == "fig09b_exception") & (roles["role"] == "channel")].iloc[0]
    assert exception["qualifies"] == 1


def test_later_units_use_detectors_for_boundaries_of_either_polarity(finished):
    root = finished / "results/googlenet"
    top = pd.read_csv(root / "tables/downstream_top20.tsv", sep="\t")
    assert top["is_boundary"].sum() >= 2
    assert top["norm"].mean() > 1.1 * top["random_rank_norm"].mean()
    summary = json.loads((root / "figures/figx_polarity_invariance.json").read_text())["summary"]
    assert summary["opposite_minus_perpendicular"] > 0.1
    assert summary["interval"][0] > 0


def test_scorecard_holds(finished):
    card = pd.read_csv(finished / "results/googlenet/scorecard.tsv", sep="\t")
    failed = card.loc[card["verdict"] != "holds", "claim"].tolist()
    # As docs/results.md says: channels without a direction carry no more of the tuning than random ones, and on
    # photographs the circuit by hand falls short.
    surgery = ["surgery: two factors on an oriented step respond", "surgery: both factors are needed"]
    expected = ["channels without orientation", *surgery]
    assert len(failed) == len(expected), failed
    assert all(claim.startswith(words) for claim, words in zip(failed, expected, strict=True)), failed


def test_page_is_no_embedded_networks(finished):
    page = (finished / "results/googlenet/report/index.html").read_text()
    assert "GoogLeNet (BVLC, Caffe)" in page
    assert "generated from a seed" not in page
    assert "block 4 of 12 before the classifier" in page
    assert "accepted by its sha256" in page


def test_moving_the_weights_reruns_nothing(finished, tmp_path):
    result = snakemake(finished, "all", "--dry-run", settings=SETTINGS, environment={"HIGHLOW_WEIGHTS": str(tmp_path)})
    assert planned(result) == set()


def test_wrong_hash_ends_in_one_line(tmp_path):
    (tmp_path / "bvlc_googlenet.safetensors").write_bytes(b"not these")
    result = snakemake(
        tmp_path, "results/googlenet/weights.h5", environment={"HIGHLOW_WEIGHTS": str(tmp_path)}, settings=SETTINGS
    )
    assert result.returncode != 0
    errors = [line for line in result.stderr.splitlines() if line.startswith("error:")]
    assert len(errors) >= 1
    assert "bvlc_googlenet.safetensors has the wrong hash" in errors[0]
    assert not (tmp_path / "results/googlenet/weights.h5").exists()
