"""A second run in the folder of a living one; that a killed one is continued is tested with the default run."""

import signal

from tests.workflow.faults import Run, errors, members, send, until
from tests.workflow.runner import snakemake

TARGET = "results/stimuli/uniform_plaid.h5"


def test_a_second_run_is_refused_and_says_by_whom(tmp_path):
    first = Run(tmp_path / "run", TARGET)
    try:
        locked = lambda: list((first.folder / ".snakemake/locks").glob("*.output.lock"))  # noqa: E731
        until(lambda: locked() or first.process.poll() is not None)
        assert locked(), first.output()
        for process in members(first.process.pid):
            send(process, signal.SIGSTOP)
        second = snakemake(first.folder, TARGET)
    finally:
        first.kill()
    assert second.returncode == 1
    whose = [line for line in second.stderr.splitlines() if "another run works in this folder" in line]
    assert len(whose) == 1 and f"process {first.process.pid} on" in whose[0] and "snakemake --unlock" in whose[0]
    assert "Directory cannot be locked" in second.stderr and errors(second.stderr) == []
