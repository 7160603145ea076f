"""Compare with other programs, measure kernels and growth, and write benchmarks/results and docs/performance.md.

python -m benchmarks [--quick] [--base COMMIT] [--only TASK ...]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from benchmarks import command, environments, harness, machine, report
from benchmarks.tasks import examples, expanded_weights, extraction, factors, pictures, pipeline, tuning_grid

TASKS = {
    "tuning_grid": tuning_grid.task,
    "extraction": extraction.task,
    "pictures": pictures.task,
    "expanded_weights": expanded_weights.task,
    "factors": factors.task,
    "examples": examples.task,
    "pipeline": pipeline.task,
}
MEASUREMENTS = ("roofline", "growth", "gpu")
PEERS = {"extraction": environments.THINGSVISION, "examples": environments.ZENNIT_CRP}


def with_base(task: harness.Task, base: str) -> harness.Task:
    """Return a task that another commit of ours does too."""
    first, *others = task.sides
    if base and task.name != "pipeline":
        others.insert(0, replace(first, name=harness.BEFORE, source=str(environments.worktree(base) / "src")))
    return replace(task, sides=[first, *others])


def compared(name: str, settings: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Run a task on all sides, and return what was measured."""
    peers, missing = {}, {}
    if name in PEERS:
        try:
            peers[PEERS[name].name] = environments.installed(PEERS[name])
        except RuntimeError as error:
            missing[PEERS[name].name] = str(error)
    task = TASKS[name](settings | ({"base": base} if name == "pipeline" else {}), peers)
    task = replace(task, budget=30) if settings["quick"] else task
    result = harness.run(with_base(task, base))
    result["sides"] |= {name: {"note": "", "versions": {}, "failed": why} for name, why in missing.items()}
    return result | ({"base": machine.commit(environments.worktree(base))} if base else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="in about five minutes")
    parser.add_argument("--base", default="", help="another commit of this project to compare with")
    parser.add_argument("--only", nargs="+", choices=[*TASKS, *MEASUREMENTS], default=[*TASKS, *MEASUREMENTS])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        settings = command.standard(quick=options.quick, scratch=scratch)
        print(f"{settings['network']}, {settings['images']}, one thread a side", flush=True)
        for name in options.only:
            if name in TASKS:
                harness.write(compared(name, settings, options.base))
                continue
            words = [sys.executable, "-m", f"benchmarks.{name}", "--settings", json.dumps(settings)]
            paths = os.pathsep.join([str(machine.ROOT / "src"), str(machine.ROOT)])  # whatever is installed
            environment = os.environ | harness.ONE_THREAD | {"PYTHONPATH": paths, "HIGHLOW_OFFLINE": "1"}
            subprocess.run(words, cwd=machine.ROOT, env=environment, check=True)
    report.write()


if __name__ == "__main__":
    main()
