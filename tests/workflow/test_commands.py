"""What a job is keyed by beside its inputs and settings: the command that it is called with; and `highlow run`."""

import os
import subprocess
import sys

import pytest

from tests.reference import documented_commands
from tests.reference.repository_copy import copy_of_repository
from tests.workflow.runner import planned, run, snakemake

TARGET = "results/stimuli/grating.h5"
COMMAND = " --output {{output.file}} --pattern-size {{params.size}}{options}"
OTHER = " --pattern-size {{params.size}}{options} --output {{output.file}}"


@pytest.fixture
def repository(tmp_path):
    return copy_of_repository(tmp_path / "repository")


def test_a_changed_command_makes_its_jobs_run_again(tmp_path, repository):
    def replanned():
        return planned(snakemake(tmp_path / "run", TARGET, "--dry-run", repository=repository))

    run(tmp_path / "run", TARGET, repository=repository)
    assert replanned() == set()
    table = repository / "workflow/rules/common_circuits.smk"
    before = table.read_text()
    assert before.count(COMMAND) == 1
    table.write_text(before.replace(COMMAND, OTHER))
    assert replanned() == {"generate_other_stimuli"}
    table.write_text(before.replace("Generating the stimuli", "Making the stimuli"))
    assert replanned() == set()


def test_two_tables_cannot_have_a_job_of_one_name(tmp_path, repository):
    table = repository / "workflow/rules/universality.smk"
    table.write_text(table.read_text().replace('"scan_layers": Job(', '"detect": Job('))
    result = snakemake(tmp_path / "run", TARGET, "--dry-run", repository=repository)
    assert result.returncode != 0
    assert "error: workflow/rules: 'detect' names two jobs" in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("words", "status"), [(documented_commands.documented()["run"].words, 0), (["run", "-n", "x"], 1)]
)
def test_run_is_snakemake_from_any_folder_and_ends_as_it_does(tmp_path, words, status):
    command = [sys.executable, "-m", "highlow", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == status
    said = done.stdout + done.stderr
    assert ("fig03_tuning" in said and "dry-run" in said) if status == 0 else "No rule to produce x" in said
