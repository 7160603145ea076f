"""What a job is, and what it asks a scheduler for. Imports neither torch nor numpy: the Snakefile uses it."""

import csv
import inspect
import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

# What is replaced in a command, by a word or by several if it is a word of its own.
NAMED = re.compile(r"\{(\w+)\.(\w+)\}")
# A wildcard in a path, with or without a pattern of its own; two braces stand for one.
WILDCARD = re.compile(r"\{(\w+)\}")
# Of the two snakemake processes inside a submitted job, 135 MB each, and of srun.
SNAKEMAKE_MB = 300
# Runs several scripts in one process, each behind the word.
IN_TURN, THEN = "run_in_turn.py", "--then"
# Beyond the measured peak: other images, other libraries' builds.
MEMORY_HEADROOM = 1.5
# A slower processor, a busy file system; and the start of Python and the two snakemake processes.
TIME_HEADROOM = 5
START_MINUTES = 5
# Of a rule that is not in the table: more than any figure takes.
NOT_MEASURED = {"peak_mb": 1000.0, "seconds": 60.0}


@dataclass(frozen=True)
class Job:
    """A rule that runs a script, or several: what the rule in `workflow/rules/jobs.smk` does not say for all of them.

    Attributes
    ----------
    message, input, output, params, priority
        Directives of Snakemake's; every input and output has a name.
    command : str
        A program of `scripts/` and its options, in words: `{input.x}`, `{output.x}`, `{params.x}` and `{wildcards.x}`
        are replaced, a list that is a word of its own by a word an item. Of several see `in_turn`.
    reads : sequence of str
        Files of the repository that the program reads, beside its code.
    kind : str
        Name that it is measured and logged by; the rule's by default.
    before : sequence of str
        Rules that make the same files one by one: this one is preferred.
    log : str
        Name of its log and its benchmark; the kind's by default.
    folder : str
        Folder of `results/` in which these lie.
    constraints : mapping
        Patterns of its wildcards.
    gpu : bool
        Whether it can use one.
    per_image : float
        Seconds that each image of its shard adds.
    local : bool
        Whether it runs where snakemake does: it takes less than a second, and submitting it several.
    """

    message: str
    output: Mapping[str, Any]
    command: str
    input: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    reads: Sequence[str] = ()
    kind: str = ""
    before: Sequence[str] = ()
    log: str = ""
    folder: str = "{network}"
    constraints: Mapping[str, str] = field(default_factory=dict)
    gpu: bool = False
    per_image: float = 0
    local: bool = False
    priority: int = 0

    @property
    def programs(self) -> list[str]:
        """The files of `scripts/` that it runs."""
        return programs(self.command.split())

    def beside(self, wildcards: Any) -> list[str]:
        """Return the checksums and provenance beside the tables among its inputs: who reads a table checks it by them.

        Where files are staged one by one, as with a storage of Snakemake's, only what is an input is there.
        """
        files = [path for paths in self.input.values() for path in _paths(paths, wildcards)]
        # The numbers of a figure are covered by the figure's JSON, which is an input where they are.
        tables = [Path(path) for path in files if path.endswith(".tsv") and Path(path).parent.name != "figures"]
        return sorted({table.with_suffix(".provenance.json").as_posix() for table in tables})

    def template(self, wildcards: Any) -> str:
        """Return the command as it stands here: a change of it is a change of what the job does.

        Snakemake records what a param is without its inputs and outputs, and so nothing of `words`.
        """
        return self.command

    def words(self, wildcards: Any, input: Any, output: Any) -> list[str]:
        """Return the command as words, each one argument whatever stands in it."""
        known = {"input": input, "output": output}
        named = {name for kind, name in NAMED.findall(self.command) if kind == "params"}
        params = SimpleNamespace(**{name: _value(self.params[name], wildcards, known) for name in named})
        given = {**known, "wildcards": wildcards, "params": params}
        return [word for template in self.command.split() for word in _filled(template, given)]


def programs(words: Sequence[str]) -> list[str]:
    """Return the files of `scripts/` that a command runs, each once."""
    named = [word for before, word in zip(["", *words], words, strict=False) if before in ("", IN_TURN, THEN)]
    return list(dict.fromkeys(named))


def in_turn(*commands: str) -> str:
    """Return the command that runs several, one after the other, in one process.

    They share the start of Python and of its libraries, which takes longer than many of them. A single one stays as it
    is.
    """
    return f"{IN_TURN} {f' {THEN} '.join(commands)}" if len(commands) > 1 else commands[0]


class Requests:
    """What jobs ask for: more than was measured, and more again of a job that failed and is tried once more.

    Parameters
    ----------
    measured : path
        TSV with the columns rule, seconds and peak_mb; of several rows of a rule the largest numbers count. A row
        `planned` is no measurement: what more images, or slower disks, are expected to take.
    gpus : int
        GPUs that a job asks for which can use one.
    """

    def __init__(self, measured: str | os.PathLike[str], gpus: int) -> None:
        with Path(measured).open(encoding="utf-8") as file:
            self.measured = list(csv.DictReader(file, delimiter="\t"))
        self.gpus = gpus

    def of(self, rule: str, job: Job) -> dict[str, Any]:
        """Return the resources of a rule, as Snakemake takes them."""
        rule = job.kind or rule
        seconds = self._largest(rule, "seconds")
        runtime = minutes_of_images(seconds, job.per_image) if job.per_image else minutes(seconds)
        asked = {"mem_mb": memory(self._largest(rule, "peak_mb")), "runtime": runtime}
        return asked | ({"gpu": self.gpus} if job.gpu else {})

    def _largest(self, rule: str, column: str) -> float:
        found = [float(row[column]) for row in self.measured if row["rule"] == rule and row[column]]
        return max(found, default=NOT_MEASURED[column])


def _paths(paths: Any, wildcards: Any) -> list[str]:
    """Return the files of an input: of a function, those for the wildcards."""
    found = paths(wildcards) if callable(paths) else paths
    if not isinstance(found, str):
        return [file for path in found for file in _paths(path, wildcards)]
    return [found if callable(paths) else WILDCARD.sub(lambda name: str(getattr(wildcards, name[1])), found)]


def _value(param: Any, wildcards: Any, known: Mapping[str, Any]) -> Any:
    """Return a param: of a function, what it returns of the wildcards and of those of `known` that it names."""
    if not callable(param):
        return param
    return param(wildcards, **{name: known[name] for name in inspect.signature(param).parameters if name in known})


def _filled(template: str, given: Mapping[str, Any]) -> list[str]:
    """Return the words that a word of a command stands for."""
    alone = NAMED.fullmatch(template)
    if alone is None:
        return [template.format_map(given)]
    value = getattr(given[alone[1]], alone[2])
    # What Snakemake knows of a file (`temp`, `directory`) is a str; lists of files are not.
    return [str(value)] if isinstance(value, str | int | float) else [str(item) for item in value]


def memory(measured: float) -> Callable[..., int]:
    """Return a function that gives the MB to ask for, a multiple of 100, from a measured peak in MB."""
    first = 100 * math.ceil((MEMORY_HEADROOM * measured + SNAKEMAKE_MB) / 100)

    def mem_mb(wildcards: Any, attempt: int) -> int:
        return int(first * 2 ** (attempt - 1))

    return mem_mb


def minutes(measured: float) -> Callable[..., int]:
    """Return a function that gives the minutes to ask for, from measured seconds."""
    first = START_MINUTES + math.ceil(TIME_HEADROOM * measured / 60)

    def runtime(wildcards: Any, attempt: int) -> int:
        return int(first * 2 ** (attempt - 1))

    return runtime


def minutes_of_images(measured: float, per_image: float) -> Callable[..., int]:
    """Return as `minutes`, with measured seconds for each image of the job's shard, once the images are listed."""

    def runtime(wildcards: Any, input: Any, attempt: int) -> int:
        images = images_of(input.images)
        share = images / int(wildcards.shards) if images else 0
        return int(minutes(measured + per_image * share)(wildcards, attempt))

    return runtime


def images_of(table: str | os.PathLike[str]) -> int | None:
    """Return how many images a table lists; nothing before it is there."""
    path = Path(table)
    return _rows(path, path.stat().st_mtime_ns) if path.is_file() else None


@cache
def _rows(table: Path, changed: int) -> int:
    """Return the number of rows of a table that was changed at a time."""
    with table.open("rb") as file:
        return sum(1 for _ in file) - 1
