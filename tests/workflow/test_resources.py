"""What the rules ask a scheduler for."""

import re

import pandas as pd
import pytest

from tests.conftest import REPOSITORY

TEXT = "\n".join(path.read_text() for path in sorted((REPOSITORY / "workflow/rules").glob("*.smk")))
# Name and body of every rule with a command.
RULES = {
    name: body for name, body in re.findall(r"^rule (\w+):\n((?:    .*\n|\n)+)", TEXT, flags=re.M) if "shell:" in body
}
MEASURED = pd.read_csv(REPOSITORY / "docs/resources.tsv", sep="\t")


def asked(rule, helper):
    """Return the measured number from which a rule's request is made."""
    name = {"memory": "mem_mb", "minutes": "runtime"}[helper]
    found = re.search(rf"^        {name}={helper}\w*\((\d+)", RULES[rule], flags=re.M)
    return int(found[1]) if found else None


def test_every_rule_with_a_command_was_found():
    assert len(RULES) == len(re.findall(r"^    shell:", TEXT, flags=re.M)) > 50


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_says_what_was_measured(rule):
    rows = MEASURED[MEASURED["rule"] == rule]
    assert len(rows), f"{rule}: not in docs/resources.tsv"
    assert asked(rule, "memory") is not None and asked(rule, "memory") >= rows["peak_mb"].max()
    assert asked(rule, "minutes") is not None and asked(rule, "minutes") >= rows["seconds"].max()


def test_the_table_has_no_other_rules():
    assert set(MEASURED["rule"]) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_rules_whose_script_can_use_a_gpu_ask_for_it(rule):
    script = re.search(r'\$HIGHLOW_SCRIPTS"/(\w+\.py)', RULES[rule])
    text = (REPOSITORY / "scripts" / (script[1] if script else "draw_figure.py")).read_text()
    assert ("--device" in text) == ("gpu=GPUS" in RULES[rule])
