"""The controls through the same rules: planted detectors are found, and nothing where the weights are destroyed."""

import json

import h5py
import pandas as pd
import pytest
from PIL import Image

from highlow.networks import registry
from tests.workflow.runner import SMALL, count, planned, run, snakemake
from tests.workflow.truth import check_planted_roles, check_planted_run, check_planted_usage

GRID = {"orientations": 25, "ratios": 10, "phases": 2}
SETTINGS = SMALL | {"network": "planted", "stimuli": GRID, "controls": {"draws": 1}}
ROOT = "results/planted"
CARD = f"{ROOT}/scorecard.tsv"
TABLES = [f"{ROOT}/tables/{table}.tsv" for table in ("upstream_roles", "downstream_roles", "downstream_top20")]
TRUTH = f"{ROOT}/figures/planted_ground_truth.svg"
CONTROL = "planted_shuffled_channels"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    run(folder, CARD, *TABLES, TRUTH, settings=SETTINGS)
    return folder


def detectors(folder, network):
    return pd.read_csv(folder / f"results/{network}/tables/detectors.tsv", sep="\t")["is_detector"].sum()


def test_what_was_planted_is_found(finished):
    check_planted_run(finished)
    check_planted_roles(finished)
    check_planted_usage(finished)


def test_every_claim_holds(finished):
    card = pd.read_csv(finished / CARD, sep="\t")
    assert (card["verdict"] == "holds").all(), card.to_string()


def test_detectors_answer_frequency_boundaries_of_images(finished):
    sides = pd.read_csv(finished / ROOT / "tables/example_sides.tsv", sep="\t")
    means = sides[sides["is_detector"] == 1].groupby("unit")[["share_asymmetry", "control_share_asymmetry"]].mean()
    assert len(means) == 15
    assert (means["share_asymmetry"] > means["control_share_asymmetry"] + 0.2).all()


def test_the_truth_is_drawn_and_belongs_to_every_whole_run(finished):
    with Image.open((finished / TRUTH).with_suffix(".png")) as picture:
        assert min(picture.size) >= 500
    summary = json.loads((finished / TRUTH).with_suffix(".json").read_text())["summary"]
    assert (summary["planted"], summary["found"], summary["missed"], summary["not_planted"]) == (15, 15, 0, 0)
    whole = planned(snakemake(finished / "none", "all", "--dry-run", settings=SETTINGS))
    assert {"planted_ground_truth", "write_page", "hero"} < whole


def test_nothing_is_found_where_the_weights_are_destroyed(finished):
    assert detectors(finished, "planted") == 15
    for kind in registry.EMPTY_CONTROLS:
        assert detectors(finished, f"planted_{kind}") == 0, kind


def test_the_scorecard_has_the_controls_values(finished):
    card = pd.read_csv(finished / CARD, sep="\t").set_index("claim")
    destroyed = card.filter(like="destroyed", axis=0).iloc[0]
    assert (destroyed["value"], destroyed["verdict"]) == (0, "holds")
    count = card.filter(like="detectors in the layer", axis=0).iloc[0]
    last = detectors(finished, "planted_shuffled_last")
    assert count["control values"] == f"shuffled_space 0; shuffled_channels 0; shuffled_last {last}; random 0"
    apart = card.filter(like="maxpool1: HF and LF factor respond apart", axis=0).iloc[0]
    values = dict(item.split(" ") for item in apart["control values"].split("; "))
    assert all(float(values[kind]) < apart["value"] for kind in registry.EMPTY_CONTROLS)


def test_a_second_run_does_nothing_and_another_draw_is_another_network(finished):
    assert planned(snakemake(finished, CARD, "--dry-run", settings=SETTINGS)) == set()
    more = SETTINGS | {"controls": {"draws": 2}}
    rules = planned(snakemake(finished, CARD, "--dry-run", settings=more))
    assert "destroy_weights" in rules
    assert "generate_network" not in rules
    layer = SETTINGS | {"layer": "conv2d2"}
    result = snakemake(finished, "results/planted_random/tables/detectors.tsv", "--dry-run", settings=layer)
    assert "results/planted_random/activations/conv2d2/high_low.h5" in result.stdout + result.stderr


@pytest.mark.parametrize("network", ["inceptionv1_selfsup", "planted_deep"])
def test_what_is_there_of_a_network_is_not_made_anew_for_another_one_configured(finished, network):
    names = ["planted", *(f"planted_{kind}" for kind in registry.CONTROLS)]
    made = [f"results/{name}/tables/detectors.tsv" for name in names]
    made += [str(path.relative_to(finished)) for path in (finished / ROOT).rglob("*.h5")]
    assert len(made) > 10
    settings = SETTINGS | {"network": network}
    assert planned(snakemake(finished, *made, "--dry-run", settings=settings)) == set()
    # And where a part is missing, the same jobs make it.
    missing = f"{ROOT}/activations/mixed3a/texture_regions.h5"
    for configured in (SETTINGS, settings):
        result = snakemake(finished, missing, "--dry-run", settings=configured)
        assert planned(result) == {"compute_other_responses"}
    empty = finished / "none"
    plans = [snakemake(empty, made[1], "--dry-run", settings=configured) for configured in (SETTINGS, settings)]
    assert planned(plans[0]) == planned(plans[1]) > {"probe_control", "fit_control_factors"}
    plans = [snakemake(empty, made[0], "--dry-run", settings=configured) for configured in (SETTINGS, settings)]
    assert planned(plans[0]) == planned(plans[1]) > {"compute_responses", "expand_weights", "fit_factors"}


def test_networks_of_different_fields_have_stimuli_of_their_own(finished):
    """A layer of 19 px is shown patterns of 26.5 px; those of 60 px, and what was made with them, stay as they are."""
    early = SETTINGS | {"layer": "conv2d2"}
    same = [{"layer": "mixed3a"}, {"stimuli": GRID | {"pattern_size": 60}}]
    for settings in same:
        assert planned(snakemake(finished, CARD, "--dry-run", settings=SETTINGS | settings)) == set()
    other = SETTINGS | {"stimuli": GRID | {"pattern_size": 44}}
    anew = snakemake(finished, CARD, "--dry-run", settings=other)
    stimuli = ("generate_stimuli", "generate_other_stimuli")
    assert {count(anew, rule) for rule in stimuli} == {1}
    response = f"{ROOT}/activations/conv2d2/high_low.h5"
    run(finished, response, settings=early)
    config = json.loads(provenance_of(finished / "results/stimuli/field_19px/high_low.h5"))["config"]
    assert config["pattern_size"] == pytest.approx(19 * 60 / 43)
    assert planned(snakemake(finished, response, "--dry-run", settings=early)) == set()
    assert planned(snakemake(finished, CARD, "--dry-run", settings=SETTINGS)) == set()
    result = snakemake(finished, f"{ROOT}/tables/detectors.tsv", "--dry-run", settings=early)
    # The source conv2d1 answered patterns of 60 px, and answers these anew.
    again = {"compute_source_responses", "measure_tuning", "detect", "expand_weights", "fit_factors"}
    assert planned(result) == again
    assert {count(result, rule) for rule in again} == {1}


def provenance_of(path):
    with h5py.File(path) as file:
        return file.attrs["provenance"]


def test_a_control_has_figures_and_a_page_but_no_truth(finished):
    """Every figure of a network without detectors is drawn in test_network_runs; here some under a control's name."""
    settings = SETTINGS | {"network": CONTROL}
    whole = planned(snakemake(finished / "none", "all", "--dry-run", settings=settings))
    assert {"destroy_weights", "write_page", "hero", "fig13_boundary_detectors"} < whole
    assert "planted_ground_truth" not in whole
    names = ("control_stimuli", "fig08_factor_tuning", "fig15_universality_factors", "figx_polarity_invariance")
    run(finished, *(f"results/{CONTROL}/figures/{name}.svg" for name in names), settings=settings)
    assert not (finished / f"results/{CONTROL}/tables/ground_truth.tsv").exists()


def test_a_silent_unit_can_be_shown(finished):
    table = pd.read_csv(finished / ROOT / "tables/detectors.tsv", sep="\t")
    silent = table[(table["branch"] == "3x3") & (table["peak_response"] == 0)]["unit"]
    assert len(silent) > 0
    targets = [f"{ROOT}/figures/{name}.svg" for name in ("fig03_tuning", "fig09_spatial_factors")]
    run(finished, *targets, settings=SETTINGS | {"units": [70, int(silent.iloc[0])]})
