"""Jobs of a finished run once more, each in a folder that holds what it declares as inputs and nothing else."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from tests.conftest import HANG, REPOSITORY
from tests.workflow.faults import OUTSIDE


class Ran(NamedTuple):
    """A job as Snakemake remembers it."""

    rule: str
    inputs: list
    outputs: list
    command: str


def jobs(folder):
    """Return the jobs of a finished run, in order of their rules."""
    found = defaultdict(list)
    root = folder / ".snakemake/metadata"
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        record = json.loads(path.read_text())
        # Of a name that is too long for one file the beginning stands in folders, each behind an @.
        name = "".join(part.removeprefix("@") for part in path.relative_to(root).parts)
        output = base64.b64decode(name).decode()
        job = record["rule"], record["job_hash"], tuple(record["input"]), record["shellcmd"]
        found[job].append(output)
    ran = [Ran(rule, list(inputs), outputs, command) for (rule, _, inputs, command), outputs in found.items()]
    return sorted(ran)


def staged(job, source, folder):
    """Do a job in a new folder, with its inputs from `source`; return the files that it wrote and that count."""
    folder.mkdir()
    for name in job.inputs:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (source / name).is_dir() else shutil.copy)(source / name, folder / name)
    before = written(folder)
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HIGHLOW_")}
    variables = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "PYTHONPATH": str(REPOSITORY / "src"),
        "HIGHLOW_SCRIPTS": str(REPOSITORY / "scripts"),
        "HIGHLOW_OFFLINE": "1",
        "HIGHLOW_DEVICE": "cpu",
        **{f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")},  # as Snakemake sets them
    }
    done = subprocess.run(
        ["bash", "-c", job.command], cwd=folder, env=kept | variables, capture_output=True, text=True, timeout=HANG
    )
    assert done.returncode == 0, f"{job.rule}: {done.stderr[-2000:]}"
    return written(folder) - before


def written(folder):
    """Return the files of results, without those of Snakemake and what differs from run to run."""
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {name.as_posix() for name in names if not OUTSIDE & set(name.parts) and not name.name.startswith(".")}


def declared(names, outputs):
    """Return those of some files that are outputs, or lie in a folder that is one."""
    return {name for name in names if any(name == output or name.startswith(f"{output}/") for output in outputs)}
