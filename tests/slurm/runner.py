"""Running the pipeline on the cluster as a user does, and comparing what it left with a local run."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import HANG, REPOSITORY
from tests.workflow import runner
from tests.workflow.runner import SMALL

# Shorter waits than the profile's, which are for thousands of jobs and a file system behind a network.
QUICK = ("--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "5")
# What differs between any two runs.
TIMED = {"logs", "benchmarks"}


def command(folder, *words, settings=SMALL, snakefile=REPOSITORY / "Snakefile", option="--profile"):
    """Return the command that runs targets on the cluster with results in `folder`.

    With `--profile` the default profile is read too, with `--workflow-profile` it is not.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    configuration = Path(folder) / "test_config.json"
    configuration.write_text(json.dumps(settings))
    files = (REPOSITORY / "config/config.yaml", configuration)
    return [
        *(sys.executable, "-m", "snakemake", *map(str, words), option, "profiles/slurm", *QUICK),
        *("--snakefile", str(snakefile), "--directory", str(folder), "--configfile", *map(str, files)),
    ]


def environment():
    """Return the variables of a run: as in the tests of the workflow, it downloads nothing."""
    kept = {key: value for key, value in os.environ.items() if key not in ("HIGHLOW_WEIGHTS", "HIGHLOW_DATASET")}
    return kept | {"HIGHLOW_OFFLINE": "1"}


@contextmanager
def submitted(folder, *words, **options):
    """Run targets on the cluster while the block runs; afterwards the run must have completed."""
    log = Path(folder).with_suffix(".log")
    with log.open("w") as file:
        process = subprocess.Popen(
            command(folder, *words, **options), cwd=REPOSITORY, env=environment(), stdout=file, stderr=file
        )
        try:
            yield process
            status = process.wait(timeout=HANG)
        finally:
            if process.poll() is None:
                process.terminate()  # Snakemake cancels its jobs
                process.wait(timeout=HANG)
    assert status == 0, log.read_text()[-6000:]


def run(folder, *words, **options):
    """Run targets on the cluster and return what Snakemake printed; a failed run fails the test."""
    with submitted(folder, *words, **options):
        pass
    return Path(folder).with_suffix(".log").read_text()


def locally(folder, *words, settings=SMALL):
    """Run targets on this machine, without Slurm."""
    return runner.run(folder, *words, settings=settings)


def results(folder):
    """Return the bytes of every result, by path."""
    root = Path(folder) / "results"
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in files if not TIMED & set(path.parts)}


def assert_same(folder, reference):
    """Check that two runs left the same files with the same bytes."""
    found, expected = results(folder), results(reference)
    assert found.keys() == expected.keys()
    assert [path for path in expected if found[path] != expected[path]] == []
    assert expected
