"""Runs in one folder: a second one is refused, a killed one is continued, without a word from the user."""

import signal

import pytest

from tests.workflow.faults import Run, errors, members, send, until
from tests.workflow.runner import planned, run, snakemake

TARGET = "results/stimuli/uniform_plaid.h5"


@pytest.fixture
def started(tmp_path):
    """A run that holds the lock and is stopped."""
    held = Run(tmp_path / "run", TARGET)
    assert until(lambda: list((held.folder / ".snakemake/locks").glob("*.output.lock"))), held.output()
    for process in members(held.process.pid):
        send(process, signal.SIGSTOP)
    yield held
    held.kill()


def test_a_second_run_is_refused_and_a_killed_one_is_continued(started):
    folder = started.folder
    refused = snakemake(folder, TARGET)
    assert refused.returncode == 1
    whose = [line for line in refused.stderr.splitlines() if "another run works in this folder" in line]
    assert len(whose) == 1 and f"process {started.process.pid} on" in whose[0] and "--unlock" in whose[0]
    assert "Directory cannot be locked" in refused.stderr and errors(refused.stderr) == []
    started.kill()
    assert planned(snakemake(folder, TARGET, "--dry-run")) == {"generate_stimuli"}  # and it takes nothing over
    continued = run(folder, TARGET)
    assert continued.stderr.count("the last run was killed: its lock is removed") == 1
    assert list((folder / ".snakemake/runs").glob("*.json")) == []
