"""What a run says to who waits for it: how much there is to do, what is left, and where the page is."""

import os
import pty
import re
import subprocess
import sys

from tests.conftest import HANG, REPOSITORY
from tests.workflow.runner import call, run, snakemake

STIMULI = "results/stimuli/high_low.h5"
TWO_JOBS = ("results/planted/weights.h5", STIMULI)
SETTINGS = {"network": "planted", "stimuli": {"orientations": 25, "ratios": 10, "phases": 2}}
FIRST = re.compile(r"^\d+ jobs?, .*minute.* on this machine", flags=re.MULTILINE)
LEFT = re.compile(r"\d+ of \d+ steps.*\n.*(less than a minute|about \d+ minutes?) left")


def test_a_run_says_how_long_it_takes_and_one_without_jobs_nothing(tmp_path):
    first = run(tmp_path, STIMULI, settings=SETTINGS)
    assert FIRST.search(first.stderr)[0] == "1 job, less than a minute on this machine"
    assert " left" not in first.stderr  # no terminal
    assert "The page is" not in first.stderr  # none was made
    again = snakemake(tmp_path, STIMULI, settings=SETTINGS)
    assert "Nothing to be done" in again.stderr and not FIRST.search(again.stderr)
    quiet = run(tmp_path, STIMULI, "--force", "--quiet", "progress", settings=SETTINGS)
    assert not FIRST.search(quiet.stderr)


def test_a_dry_run_says_no_time(tmp_path):
    planned = snakemake(tmp_path, *TWO_JOBS, "--dry-run", settings=SETTINGS)
    assert planned.returncode == 0 and not FIRST.search(planned.stdout + planned.stderr)


def test_a_terminal_is_told_what_is_left(tmp_path):
    arguments, variables = call(tmp_path, *TWO_JOBS, settings=SETTINGS, cores="1")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "snakemake", *arguments]
    process = subprocess.Popen(command, cwd=REPOSITORY, env=variables, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # the other side is closed
        pass
    assert process.wait(HANG) == 0
    text = re.sub(r"\x1b\[\d+m|\r", "", shown.decode())
    assert FIRST.search(text)
    assert LEFT.search(text)
    assert not re.search(r"\(100%\) done\n.* left", text)
