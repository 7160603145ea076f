"""How long a run takes: said before it, and while it goes on. Imports neither torch nor numpy: the Snakefile uses it.

The time of a rule is what was measured (`workflow/resources.tsv`), times how much slower this machine is. Jobs are
placed on the cores one after another, each as soon as what it needs is there. Once jobs have ended, what they took
corrects the rest. None of it enters a result.
"""

import heapq
import logging
import math
import random
import statistics
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

# What `_work` takes where the seconds of workflow/resources.tsv were measured (Intel Xeon with AVX-512, 2 cores).
REFERENCE_SECONDS = 0.0036
CALIBRATION_SECONDS = 0.2
# Two whole runs, on that machine at rest, took 0.7 times what the table adds up to: most of it was measured among other
# work. Other settings, vector instructions and disks are as much.
UNCERTAIN = (0.6, 1.2)
# Seconds that the expectation weighs against what was seen of this run.
TRUST_SECONDS = 30.0
# Snakemake, from the end of a job to the start of the next.
BETWEEN_JOBS = 0.3


class Step(NamedTuple):
    """A job of a run: its number, the seconds that it takes, and the numbers of the jobs that it waits for."""

    number: int
    seconds: float
    after: Collection[int]


def expected_seconds(rows: Sequence[Mapping[str, str]], rule: str, network: str) -> float:
    """Return the seconds that a rule takes where it was measured: of the network, else the mean of others.

    Parameters
    ----------
    rows : sequence of mapping
        Those of `workflow/resources.tsv`. What is planned is no measurement.
    rule, network : str
        A rule that is not in the table takes the median of all: it is a figure of one's own, say.
    """
    measured = [row for row in rows if row["seconds"] and row["memory_from"] != "planned"]
    of_rule = [row for row in measured if row["rule"] == rule]
    own = [row for row in of_rule if row["network"] == network]
    found = [float(row["seconds"]) for row in own or of_rule]
    return statistics.fmean(found) if found else statistics.median(float(row["seconds"]) for row in measured)


def span(steps: Iterable[Step], cores: int) -> float:
    """Return the seconds that jobs take on some cores, in the order of their numbers among those that can start.

    Jobs of which one waits for another that is not among `steps` do not wait.
    """
    todo = {step.number: step for step in steps}
    missing = {number: {other for other in step.after if other in todo} for number, step in todo.items()}
    then: dict[int, list[int]] = {number: [] for number in todo}
    for number, others in missing.items():
        for other in others:
            then[other].append(number)
    ready = sorted(number for number, others in missing.items() if not others)
    running: list[tuple[float, int]] = []
    now = 0.0
    while ready or running:
        while ready and len(running) < cores:
            number = heapq.heappop(ready)
            heapq.heappush(running, (now + todo[number].seconds, number))
        now, ended = heapq.heappop(running)
        for number in then[ended]:
            missing[number].discard(ended)
            if not missing[number]:
                heapq.heappush(ready, number)
    return now


def slowness() -> float:
    """Return how many times longer one core of this machine takes than where the table was measured.

    The shortest of several tries counts, so that other work on the machine does not. Vector instructions and graphics
    cards, which networks use, are not looked at.
    """
    generator = random.Random(0)
    numbers = [generator.random() for _ in range(20_000)]
    end = time.perf_counter() + CALIBRATION_SECONDS
    shortest = math.inf
    while time.perf_counter() < end or shortest == math.inf:
        start = time.perf_counter()
        _work(numbers)
        shortest = min(shortest, time.perf_counter() - start)
    return shortest / REFERENCE_SECONDS


def _work(numbers: Sequence[float]) -> None:
    """Do what is timed: it takes the same steps on every machine."""
    for _ in range(2):
        sorted(numbers)


def start_line(jobs: int, seconds: float, unknown_until: Sequence[str] = ()) -> str:
    """Return what is said before a run of some jobs that is expected to take `seconds`.

    Parameters
    ----------
    unknown_until : sequence of str
        What has to be done before the rest is known, e.g. `the images are listed`.
    """
    low, high = (factor * seconds for factor in UNCERTAIN)
    counted = f"{jobs} job{'' if jobs == 1 else 's'}"
    further = f"; how much more is known once {' and '.join(unknown_until)}" if unknown_until else ""
    return f"{counted}, {_between(low, high)} on this machine{further}"


def _between(low: float, high: float) -> str:
    """Return a span of time in words, from seconds."""
    if high < 60:
        return "less than a minute"
    unit, size = ("hours", 3600) if low >= 2 * 3600 else ("minutes", 60)
    first, last = max(1, round(low / size)), max(1, math.ceil(high / size))
    return f"about {first} to {last} {unit}" if first < last else f"about {last} {unit if last > 1 else unit[:-1]}"


def left_line(seconds: float) -> str:
    """Return what is said of the time that is left."""
    if seconds < 60:
        return "less than a minute left"
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"about {minutes} minute{'' if minutes == 1 else 's'} left"
    return f"about {round(minutes / 60)} hours left"


def left_seconds(elapsed: float, expected: float, left: float) -> float:
    """Return the seconds that are left: those expected, times the pace so far.

    Parameters
    ----------
    elapsed, expected : float
        Seconds that have passed, and those in which as much was expected to be done.
    left : float
        Seconds that the rest was expected to take.
    """
    return left * (elapsed + TRUST_SECONDS) / (max(expected, 0) + TRUST_SECONDS)


def page_line(page: Path) -> str:
    """Return where a page lies and how to open it."""
    return f"The page is {page}; open it in a browser: {page.resolve().as_uri()}"


class Remaining(logging.Handler):
    """Says after each line of Snakemake's on progress how long the rest takes.

    Parameters
    ----------
    steps : callable
        Returns all jobs of the run, those that have ended among them; a run can get further ones.
    cores : int
        How many run at a time.
    say : callable
        Is given a line.
    """

    def __init__(self, steps: Callable[[], Sequence[Step]], cores: int, say: Callable[[str], None]) -> None:
        super().__init__()
        self.steps = steps
        self.cores = cores
        self.say = say
        self.ended: set[int] = set()
        self.start = time.monotonic()
        self.said = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of a job that has ended; say what is left if that has changed."""
        event = str(getattr(record, "event", ""))
        if event == "job_finished":
            self.ended.add(vars(record)["job_id"])
        elif event == "progress" and vars(record)["done"] < vars(record)["total"]:
            line = left_line(self.left())
            if line != self.said:
                self.said = line
                self.say(line)

    def left(self) -> float:
        """Return the seconds that are left."""
        steps = self.steps()
        left = span([step for step in steps if step.number not in self.ended], self.cores)
        return left_seconds(time.monotonic() - self.start, span(steps, self.cores) - left, left)
