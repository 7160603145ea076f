"""The workflow in other hands: imported by another workflow, run from another folder, into another folder."""

import os
import subprocess
import sys

import yaml

from tests.conftest import REPOSITORY
from tests.workflow.planner import plan
from tests.workflow.runner import planned

IMPORTING = f"""
module highlow:
    snakefile:
        {str(REPOSITORY / "Snakefile")!r}
    config:
        config["highlow"]


use rule * from highlow as highlow_*


rule mine:
    default_target: True
    input:
        "results/planted/figures/fig03_tuning.svg",
        "results/stimuli/grating.h5",
    output:
        "mine.txt",
    shell:
        "ls {{input}} > {{output}}"
"""
SETTINGS = {"highlow": {"network": "planted", "stimuli": {"phases": 2, "orientations": 13, "ratios": 4}}, "mine": 1}
STIMULI = "results/stimuli/grating.h5"


def importing(folder):
    """Make a workflow that imports this one; return the words that run it there."""
    (folder / "Snakefile").write_text(IMPORTING)
    (folder / "config.yaml").write_text(yaml.safe_dump(SETTINGS))
    files = ("--snakefile", folder / "Snakefile", "--configfile", folder / "config.yaml", "--directory", folder)
    return [str(word) for word in (*files, "--cores", 1)]


def called(words, cwd):
    """Run snakemake in a folder; return the finished process."""
    command = [sys.executable, "-m", "snakemake", *words]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_another_workflow_can_import_the_rules(tmp_path):
    words = importing(tmp_path)
    result = plan([*words, "--dry-run"], os.environ)
    rules = planned(result)
    assert {"mine", "highlow_generate_network", "highlow_detect", "highlow_fig03_tuning"} < rules
    assert all(name == "mine" or name.startswith("highlow_") for name in rules)
    short = plan(["highlow_fig03", *words, "--dry-run"], os.environ)
    assert "highlow_fig03_tuning" in planned(short)


def test_an_imported_rule_runs_with_the_settings_of_its_own_part(tmp_path):
    words = importing(tmp_path)
    result = called([STIMULI, *words], tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "12 x 12 x 2 stimuli" in result.stdout + result.stderr
    assert planned(plan([STIMULI, *words, "--dry-run"], os.environ)) == set()


def test_a_wrong_setting_of_an_imported_workflow_is_one_line(tmp_path):
    words = importing(tmp_path)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"highlow": {"netwrok": "planted"}}))
    result = plan([*words, "--dry-run"], os.environ)
    assert result.returncode != 0
    assert "error: unknown config key 'netwrok'; did you mean 'network'?" in result.stdout + result.stderr


def test_the_workflow_runs_from_another_folder_into_another_folder(tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    snakefile = ["--snakefile", str(REPOSITORY / "Snakefile"), "--cores", "1"]
    result = called([STIMULI, *snakefile, "--directory", str(there)], here)
    assert result.returncode == 0, result.stdout + result.stderr
    assert (there / STIMULI).is_file() and not list(here.iterdir())
    without = called([STIMULI, *snakefile], here)
    assert without.returncode == 0, without.stdout + without.stderr
    assert (here / STIMULI).read_bytes() == (there / STIMULI).read_bytes()


def test_the_place_where_catalogs_look_is_the_same_workflow(tmp_path):
    words = ("results/planted/tables/detectors.tsv", "--directory", str(tmp_path), "--cores", "1", "--dry-run")
    both = [
        plan([*words, "--snakefile", str(REPOSITORY / name)], os.environ)
        for name in ("Snakefile", "workflow/Snakefile")
    ]
    assert planned(both[0]) == planned(both[1]) != set()


def test_what_the_workflow_catalog_asks_for():
    """Its page on standardized usage: these files, settings with a default, and keys that it knows."""
    usage = yaml.safe_load((REPOSITORY / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert set(usage["mandatory-flags"]) == {"desc", "flags"}
    for name in ("workflow/Snakefile", "README.md", "LICENSE", "config/README.md", "config/config.yaml"):
        assert (REPOSITORY / name).is_file(), name
