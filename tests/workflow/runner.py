"""Running the pipeline as a user does: the command, in a folder of its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from tests.conftest import HANG, REPOSITORY, own_cores
from tests.workflow.planner import plan

# Of every network that is no control, whatever images are given.
EXPERIMENTS = ("construction", "equivariance", "surgery", "uniqueness")
# A small grid: every rule runs, in seconds.
SMALL = {
    "stimuli": {"orientations": 25, "ratios": 10, "phases": 2},
    "factors": {"seeds": 3},
    "controls": {"draws": 0},
    "universality": [],
    "feature_visualization": {"steps": 8},
}


def call(folder, *words, repository=REPOSITORY, settings=SMALL, cores=None, environment=None, beside=False):
    """Return what snakemake is called with to put results in `folder`: its arguments and the environment.

    Unless `cores` are named, the run has those of this worker. The settings are written into the folder, or `beside` it
    where the folder may be full or read-only.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder.with_name(f"{folder.name}_config.json") if beside else folder / "test_config.json"
    configuration.write_text(json.dumps(settings))
    arguments = [
        *map(str, words),
        *("--snakefile", str(repository / "Snakefile"), "--directory", str(folder)),
        *("--cores", cores or str(own_cores())),
        *("--configfile", str(repository / "config/config.yaml"), str(configuration)),
    ]
    variables = {key: value for key, value in os.environ.items() if key != "HIGHLOW_WEIGHTS"}
    return arguments, variables | {"HIGHLOW_OFFLINE": "1"} | (environment or {})  # a test downloads nothing


def snakemake(folder, *words, repository=REPOSITORY, **options):
    """Run snakemake on the repository with results in `folder`; return the finished process."""
    arguments, variables = call(folder, *words, repository=repository, **options)
    if "--dry-run" in words and repository == REPOSITORY:
        return plan(arguments, variables)
    command = [sys.executable, "-m", "snakemake", *arguments]
    return subprocess.run(
        command, cwd=repository, env=variables, capture_output=True, text=True, timeout=HANG, check=False
    )


def planned(result):
    """Return the names of the rules that a dry run would run, without the collecting ones.

    Rules of networks that are studied as another one are called by what they do.
    """
    assert result.returncode == 0, result.stdout + result.stderr
    text = result.stdout + result.stderr
    if "Nothing to be done" in text:
        return set()
    table = text.split("Job stats:")[1].split("total")[0]
    names = re.findall(r"^(\w+) +\d+$", table, flags=re.MULTILINE)
    return {re.sub("_alike_[0-9]+$", "", name) for name in names} - {"all", "job"}


def count(result, rule):
    """Return how often a dry run would run a rule."""
    return int(re.search(rf"^{rule} +(\d+)$", result.stdout + result.stderr, flags=re.MULTILINE).group(1))


def run(folder, *words, **options):
    """Run snakemake and fail the test with its output if it fails."""
    result = snakemake(folder, *words, **options)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-6000:]
    return result


def few_images(folder, count=3, size=240):
    """Make a folder of small coloured images, for runs of which the images are not the point; return it."""
    folder.mkdir()
    generator = np.random.default_rng(0)
    for index in range(count):
        pixels = generator.integers(0, 256, (size // 8, size // 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((size, size)).save(folder / f"{index}.png")
    return folder
