"""Run a task on every side in turn, A B A B, and keep medians, ratios and whether all computed the same."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import machine

RESULTS = machine.ROOT / "benchmarks" / "results"
OURS, BEFORE = "highlow", "highlow before"
PLACES = ("images_dir", "scratch")  # settings that name folders of this machine, which nobody else needs
# One thread a side: no side wins by cores, and ratios hold on a machine with few.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

Values = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Check:
    """Whether all sides computed the same: in words, as a number, and whether that is good enough."""

    text: str
    value: float
    passed: bool


@dataclass(frozen=True)
class Side:
    """A program that does a task.

    Attributes
    ----------
    name : str
        As in the table; the first of a task is `highlow`.
    program : str
        `module:function`, see `benchmarks.worker`.
    python : str
        Which runs it; default: this one.
    source : str
        Folder of another `highlow` to import, of another commit.
    note : str
        What was done to get it to run, or what it does more.
    packages : sequence of str
        Whose versions are told.
    """

    name: str
    program: str
    python: str = sys.executable
    source: str = ""
    note: str = ""
    packages: Sequence[str] = ()


@dataclass(frozen=True)
class Task:
    """Something that several programs can do.

    Attributes
    ----------
    name : str
        Of its file of results.
    title : str
        What is done, for the report.
    item : str
        What is counted, e.g. a photograph.
    sides : sequence of Side
        Ours first.
    check : callable
        Takes what every side computed, by its name.
    settings : mapping
        For the programs.
    repeats : int
        Rounds that count, at most. Of more than one there is another before them, in which libraries prepare kernels.
    budget : float
        Seconds after which no further round is started; two count at least, if more than one is wanted.
    """

    name: str
    title: str
    item: str
    sides: Sequence[Side]
    check: Callable[[Values], Check] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    repeats: int = 5
    budget: float = 120


class Worker:
    """A side that is ready to run."""

    def __init__(self, side: Side, settings: Mapping[str, Any]) -> None:
        paths = [side.source or str(machine.ROOT / "src"), str(machine.ROOT)]
        environment = os.environ | ONE_THREAD | {"PYTHONPATH": os.pathsep.join(paths), "HIGHLOW_OFFLINE": "1"}
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the worker
        self.side = side
        self.process = subprocess.Popen(
            [side.python, "-m", "benchmarks.worker", side.program, json.dumps(settings)],
            cwd=machine.ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            encoding="utf-8",
        )
        self._answer()

    def run(self, path: str = "") -> dict[str, Any]:
        """Run once; what was computed is written to a path where one is given."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{path}\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.log.seek(0)
            said = self.log.read().decode(errors="replace").strip()
            self.close()
            print(f"{self.side.name} ended:\n{said[-3000:]}", file=sys.stderr)
            raise RuntimeError(said.splitlines()[-1] if said else "it ended without a word")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """Let the process end, and wait for it."""
        assert self.process.stdin is not None and self.process.stdout is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def run(task: Task, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Return what was measured of a task, as its file of results has it. A side that fails is told, and left out."""
    with ExitStack() as stack, tempfile.TemporaryDirectory() as folder:
        workers: dict[str, Worker] = {}
        failed: dict[str, str] = {}
        files = {side.name: Path(folder, f"{index}.npy") for index, side in enumerate(task.sides)}
        for side in task.sides:
            try:
                workers[side.name] = stack.enter_context(Worker(side, task.settings))
            except RuntimeError as error:
                failed[side.name] = str(error)
        runs: dict[str, list[dict[str, Any]]] = {name: [] for name in workers}
        start = time.perf_counter()
        rounds = task.repeats + 1 if task.repeats > 1 else 1
        for repeat in range(rounds):
            if repeat > 2 and time.perf_counter() - start > task.budget:
                break
            for name in list(workers):
                try:
                    runs[name].append(workers[name].run("" if repeat else str(files[name])))
                except RuntimeError as error:
                    failed[name] = str(error)
                    del workers[name]
        values = {name: np.load(files[name]) for name in workers}
        check = task.check(values) if task.check and len(values) > 1 else None
    result = {
        "task": task.name,
        "title": task.title,
        "item": task.item,
        "settings": {name: value for name, value in task.settings.items() if name not in PLACES},
        "machine": machine.machine(),
        "versions": machine.versions(),
        "commit": machine.commit(),
        "sides": {side.name: _told(side, runs.get(side.name, []), failed.get(side.name, "")) for side in task.sides},
        "check": asdict(check) if check else None,
    }
    say(line(result))
    return result


def _told(side: Side, runs: Sequence[Mapping[str, Any]], failure: str) -> dict[str, Any]:
    told: dict[str, Any] = {"note": side.note, "versions": machine.versions(side.packages)}
    if failure:
        return told | {"failed": failure}
    runs = runs[1:] or runs
    clock = [run["seconds"] / run["items"] for run in runs]
    told |= {
        "seconds_each": median(clock),
        "fastest_each": min(clock),
        "slowest_each": max(clock),
        "cpu_each": median(run["cpu"] / run["items"] for run in runs),
        "items": runs[0]["items"],
        "runs": len(runs),
        "memory_mb": max(run["memory_mb"] for run in runs),
    }
    parts = runs[0].get("parts", {})
    return told | ({"parts": {name: median(run["parts"][name] for run in runs) for name in parts}} if parts else {})


def each(side: Mapping[str, Any]) -> float:
    """Return what an item takes: the processor's time, which other work on a machine hardly changes.

    Whole runs, which compute in processes of their own, have the time of the clock.
    """
    seconds: float = side["seconds_each"] if "parts" in side else side["cpu_each"]
    return seconds


def ratios(result: Mapping[str, Any]) -> dict[str, float]:
    """Return how many times as long as ours every other side takes an item, by its name."""
    sides = {name: each(side) for name, side in result["sides"].items() if "seconds_each" in side}
    first = next(iter(result["sides"]))
    if first not in sides:
        return {}
    ours = sides.pop(first)
    return {name: seconds / ours for name, seconds in sides.items()}


def line(result: Mapping[str, Any]) -> str:
    """Return what was measured in one line for a terminal."""
    first, *_ = result["sides"].values()
    ours = f"{1000 * each(first):.3g} ms a {result['item']}" if "seconds_each" in first else "failed"
    others = "; ".join(f"{name} {ratio:.1f} times as long" for name, ratio in ratios(result).items())
    broken = "; ".join(f"{name} failed" for name, side in result["sides"].items() if "failed" in side)
    check = result["check"]
    told = f"{check['text']}{'' if check['passed'] else ': NOT THE SAME'}" if check else ""
    return f"{result['title']}: {'; '.join(part for part in (ours, others, broken, told) if part)}"


def write(result: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Write what was measured as JSON, named by the task, and return the path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result['task']}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return path


def same(values: Values, tolerance: float, what: str) -> Check:
    """Check that every side's numbers are those of the first, relative to the largest of them."""
    first, *others = values.values()
    scale = float(np.abs(first).max())
    largest = max(float(np.abs(first[: len(other)] - other[: len(first)]).max()) / scale for other in others)
    return Check(f"{what} differ by at most {largest:.1e} of the largest", largest, largest <= tolerance)
