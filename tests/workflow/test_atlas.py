"""The atlas as a target: what it makes, and what a network more in its list makes."""

import json

import pandas as pd
import pytest

from highlow.storage import verification
from tests.workflow.runner import SMALL, count, planned, run, snakemake

# Only the scan costs time: one start of the factors, and a control that stands in the list instead of drawn ones.
SETTINGS = SMALL | {"network": "planted", "factors": {"seeds": 1}, "atlas": ["planted", "planted_random"]}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("atlas")
    run(folder, "atlas", settings=SETTINGS)
    return folder


def test_planted_detectors_stand_beside_none_of_redrawn_weights(finished):
    root = finished / "results/atlas"
    table = pd.read_csv(root / "atlas.tsv", sep="\t").set_index("network")
    assert table.index.tolist() == ["planted", "planted_random"]
    planted = table.loc["planted"]
    assert (planted["weights"], planted["layer"], planted["detectors"]) == ("generated", "mixed3a", 15)
    assert (planted["random_draws"], planted["random_detectors"], planted["shuffled_space_draws"]) == (1, 0, 0)
    assert table.loc["planted_random", ["weights", "detectors"]].tolist() == ["untrained", 0]
    assert table.loc["planted_random", "failed"] != "none"
    layers = pd.read_csv(root / "layers.tsv", sep="\t")
    assert layers.groupby("network")["is_peak"].sum().tolist() == [1, 1]
    summary = json.loads((root / "figures/atlas.json").read_text())["summary"]
    assert summary["by_weights"]["generated"] == {"networks": 1, "with_detectors": 1}
    assert verification.verify(finished / "results").findings == []


def test_a_second_run_does_nothing_and_another_network_is_all_that_is_scanned(finished):
    assert planned(snakemake(finished, "atlas", "--dry-run", settings=SETTINGS)) == set()
    more = SETTINGS | {"atlas": [*SETTINGS["atlas"], "planted_wide"]}
    result = snakemake(finished, "atlas", "--dry-run", settings=more)
    assert planned(result) - {"atlas"} == {"generate_network", "scan_layers", "tabulate_atlas", "draw_atlas"}
    assert count(result, "scan_layers") == 1
    controlled = snakemake(finished, "atlas", "--dry-run", settings=more | {"controls": {"draws": 1}})
    # Of `planted` two kinds, the third is there; of `planted_wide` three and itself.
    assert count(controlled, "scan_layers") == 6 and count(controlled, "destroy_weights") == 5


def test_an_unknown_network_is_one_line(tmp_path):
    result = snakemake(tmp_path, "atlas", "--dry-run", settings=SETTINGS | {"atlas": ["planted", "plantde"]})
    assert result.returncode != 0
    assert "error: unknown network 'plantde'; did you mean 'planted'?" in result.stdout + result.stderr
