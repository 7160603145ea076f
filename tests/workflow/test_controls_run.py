"""Control networks through the same rules: nothing is found in them, and the scorecard says so."""

import pandas as pd
import pytest

from highlow.networks import registry
from tests.workflow.runner import SMALL, planned, run, snakemake

SETTINGS = SMALL | {"stimuli": {"orientations": 25, "ratios": 10, "phases": 2}, "controls": {"draws": 1}}
TARGET = "results/planted/scorecard.tsv"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("controls")
    run(folder, TARGET, settings=SETTINGS)
    return folder


def detectors(folder, network):
    return pd.read_csv(folder / f"results/{network}/tables/detectors.tsv", sep="\t")["is_detector"].sum()


def test_nothing_is_found_where_the_weights_are_destroyed(finished):
    assert detectors(finished, "planted") == 15
    for kind in registry.EMPTY_CONTROLS:
        assert detectors(finished, f"planted_{kind}") == 0, kind


def test_the_scorecard_has_the_controls_values(finished):
    card = pd.read_csv(finished / TARGET, sep="\t").set_index("claim")
    destroyed = card.filter(like="destroyed", axis=0).iloc[0]
    assert (destroyed["value"], destroyed["verdict"]) == (0, "holds")
    count = card.filter(like="detectors in the layer", axis=0).iloc[0]
    last = detectors(finished, "planted_shuffled_last")
    assert count["control values"] == f"shuffled_space 0; shuffled_channels 0; shuffled_last {last}; random 0"
    apart = card.filter(like="maxpool1: HF and LF factor respond apart", axis=0).iloc[0]
    values = dict(item.split(" ") for item in apart["control values"].split("; "))
    assert all(float(values[kind]) < apart["value"] for kind in registry.EMPTY_CONTROLS)


def test_a_second_run_does_nothing_and_another_draw_is_another_network(finished):
    assert planned(snakemake(finished, TARGET, "--dry-run", settings=SETTINGS)) == set()
    more = SETTINGS | {"controls": {"draws": 2}}
    rules = planned(snakemake(finished, TARGET, "--dry-run", settings=more))
    assert "destroy_weights" in rules
    assert "generate_network" not in rules
    layer = SETTINGS | {"layer": "conv2d2"}
    result = snakemake(finished, "results/planted_random/tables/detectors.tsv", "--dry-run", settings=layer)
    assert "results/planted_random/activations/conv2d2/high_low.h5" in result.stdout + result.stderr


def test_a_control_has_figures_and_a_page_that_says_what_it_is(finished):
    settings = SETTINGS | {"network": "planted_shuffled_channels"}
    run(finished, "all", settings=settings)
    page = (finished / "results/planted_shuffled_channels/report/index.html").read_text()
    assert "negative control of planted: inputs of every convolution shuffled" in page
    assert "claims do not hold on this network" in page
    assert not (finished / "results/planted_shuffled_channels/tables/ground_truth.tsv").exists()
