"""What the rules ask a scheduler for."""

import re
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml

from highlow.runs.jobs import NOT_MEASURED, Job, Requests, memory, minutes
from tests.conftest import REPOSITORY
from tests.reference.workflow_rules import rules, with_commands

MEASURED = pd.read_csv(REPOSITORY / "workflow/resources.tsv", sep="\t")
RULES = with_commands()
JOBS = {name: rule.params["command"].__self__ for name, rule in RULES.items()}
# What is measured and written into profiles: networks that are not configured have the rules of one kind once more.
KINDS = {name for name, job in JOBS.items() if job.kind in ("", name)}


def test_every_rule_with_a_command_was_found():
    assert len(RULES) > 50
    targets = {"all", "atlas", "compare", "explorer", "images", "train_selfsup", "train_emergence"}
    assert set(rules()) - set(RULES) == targets | {name for name in rules() if re.fullmatch(r"fig\d+b?", name)}


@pytest.mark.parametrize("rule", sorted(set(RULES) & set(MEASURED["rule"])))
def test_every_rule_asks_for_more_than_was_measured(rule):
    rows = MEASURED[MEASURED["rule"] == rule]
    resources = RULES[rule].resources

    def asked(name, attempt=1):
        nothing_listed = SimpleNamespace(images="none.tsv")
        return resources[name].evaluate(None, input=nothing_listed, attempt=attempt).value

    assert asked("mem_mb") == memory(rows["peak_mb"].max())(None, attempt=1) > rows["peak_mb"].max()
    assert asked("mem_mb", attempt=2) == 2 * asked("mem_mb")
    assert asked("runtime") == minutes(rows["seconds"].max())(None, attempt=1)


def test_a_rule_that_was_not_measured_asks_for_enough():
    asked = Requests(REPOSITORY / "workflow/resources.tsv", gpus=0).of("fig99", Job("", {}, ""))
    assert asked["mem_mb"](None, attempt=1) == memory(NOT_MEASURED["peak_mb"])(None, attempt=1)


def test_the_table_has_no_other_rules_and_all_but_new_figures():
    assert set(MEASURED["rule"]) <= KINDS
    others = KINDS - set(MEASURED["rule"])
    assert {program for name in others for program in JOBS[name].programs} <= {"draw_figure.py"}


def test_rules_of_networks_that_are_not_configured_ask_for_the_same():
    others = sorted(set(RULES) - KINDS)
    assert others and {JOBS[name].kind for name in others} <= KINDS
    for name in others:
        asked, same = RULES[name].resources, RULES[JOBS[name].kind].resources
        assert set(asked) == set(same)
        for resource in ("mem_mb", "runtime"):
            assert asked[resource].evaluate(None, attempt=1).value == same[resource].evaluate(None, attempt=1).value


def test_the_profile_has_a_line_for_clusters_that_give_gpus_by_gres_alone():
    text = (REPOSITORY / "profiles/slurm/config.yaml").read_text()
    lines = [line[1:] for line in text.splitlines() if "gres:" in line]
    asked = {name: {"gpu": 0, "gres": "gpu:1"} for name in KINDS if "gpu" in RULES[name].resources}
    assert yaml.safe_load("\n".join(lines)) == asked


@pytest.mark.parametrize("rule", RULES)
def test_rules_whose_script_can_use_a_gpu_ask_for_it(rule):
    texts = [(REPOSITORY / "scripts" / program).read_text() for program in JOBS[rule].programs]
    assert any("--device" in text for text in texts) == ("gpu" in RULES[rule].resources)
