"""The pipeline itself: nothing there, everything there, one figure deleted; beside another commit where one is named.

Quick: a small grid, and one figure with what it needs. Else everything of the embedded network, on all cores.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import environments, harness, machine

NETWORK = "inceptionv1_selfsup"
FIGURE = f"results/{NETWORK}/figures/fig03_tuning.svg"
SMALL = [
    *("stimuli={orientations: 25, ratios: 10, phases: 2}", "factors={seeds: 3}", "controls={draws: 0}"),
    *("universality=[]", "feature_visualization={steps: 32}"),
]


def program(settings: Mapping[str, Any]) -> Any:
    source = Path(os.environ["PYTHONPATH"].split(os.pathsep)[0])
    targets = [FIGURE] if settings["quick"] else ["all"]
    words = ["--config", *SMALL] if settings["quick"] else []
    runs = iter(range(1000))

    def seconds(folder: Path) -> float:
        command = [sys.executable, "-m", "snakemake", *targets, "--directory", str(folder), "--cores", "all", *words]
        variables = {name: value for name, value in os.environ.items() if not name.startswith("HIGHLOW_")}
        variables = {name: value for name, value in variables.items() if name not in harness.ONE_THREAD}
        variables |= {"PYTHONPATH": str(source), "HIGHLOW_OFFLINE": "1"}
        start = time.perf_counter()
        done = subprocess.run(command, cwd=source.parent, env=variables, capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr.decode(errors="replace")[-2000:])
        return time.perf_counter() - start

    def action() -> tuple[int, Any, Mapping[str, float]]:
        folder = Path(settings["scratch"], f"pipeline_{os.getpid()}_{next(runs)}")
        parts = {"cold": seconds(folder), "nothing to do": seconds(folder)}
        (folder / FIGURE).unlink()
        parts["one figure deleted"] = seconds(folder)
        table = pd.read_csv(folder / f"results/{NETWORK}/tables/detectors.tsv", sep="\t")
        return 1, table.loc[table["is_detector"] == 1, "unit"].to_numpy(), parts

    return action


def check(values: harness.Values) -> harness.Check:
    """Check that both commits found the same detectors."""
    first, *others = values.values()
    same = all(np.array_equal(first, other) for other in others)
    return harness.Check(f"{'the same' if same else 'other'} {len(first)} detectors", float(same), same)


def task(settings: Mapping[str, Any], peers: Mapping[str, str]) -> harness.Task:
    sides = [harness.Side(harness.OURS, f"{__name__}:program")]
    if settings["base"]:
        source = str(environments.worktree(settings["base"]) / "src")
        sides.append(harness.Side(harness.BEFORE, f"{__name__}:program", source=source))
    return harness.Task(
        "pipeline",
        f"one figure of {NETWORK}, small grid" if settings["quick"] else f"everything of {NETWORK}",
        "run",
        sides,
        check,
        dict(settings) | {"cores": machine.machine()["cores"]},
        repeats=1,
    )
