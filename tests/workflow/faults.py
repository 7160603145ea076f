"""Disturbing a run of the pipeline: starting it so that it can be killed, and looking at what it left."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from highlow.storage.atomic_files import is_temporary
from tests.conftest import HANG, REPOSITORY
from tests.workflow.runner import call

OUTSIDE = {"logs", "benchmarks"}  # of the promise that results are the same bytes
STATE, SESSION, PARENT = 0, 3, 1  # fields of /proc/<id>/stat after the command


class Run:
    """A run of snakemake in a session of its own, so that all its processes can be found and killed.

    Parameters
    ----------
    folder : Path
        Of the results.
    words : str
        Targets and options of snakemake.
    before : sequence of str
        A command that runs the command (`strace`, `faketime`).
    options :
        Of `runner.call`.
    """

    def __init__(self, folder, *words, before=(), **options):
        arguments, variables = call(folder, *words, beside=True, **options)
        self.folder = Path(folder)
        self.log = self.folder.with_name(f"{self.folder.name}.{time.monotonic_ns()}.log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*before, sys.executable, "-m", "snakemake", *arguments],
                cwd=REPOSITORY,
                env=variables,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def wait(self, seconds):
        """Wait at most so long; return the exit status, or None if it still runs."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self, number=signal.SIGKILL):
        """Send a signal to every process of the run; after SIGKILL wait until all are gone."""
        for process in members(self.process.pid):
            send(process, number)
        if number == signal.SIGKILL:
            self.process.wait()
            until(lambda: not members(self.process.pid))

    def finished(self):
        """Return how many jobs have finished."""
        return self.output().count("Finished jobid")

    def output(self):
        return self.log.read_text(errors="replace")


def until(condition, seconds=HANG, step=0.02):
    """Wait until a condition holds; return what it gives, or None if it does not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(step)
    return None


def send(process, number):
    with suppress(ProcessLookupError):  # it has ended meanwhile
        os.kill(process, number)


def members(session):
    """Return the processes of a session that have not ended."""
    return [pid for pid, fields in _processes() if int(fields[SESSION]) == session and fields[STATE] not in "ZX"]


def jobs(session):
    """Return the processes of a session that run a script of the pipeline, those of pools aside."""
    words = {pid: command(pid).split("\0") for pid in members(session)}
    scripts = [pid for pid, (first, *rest) in words.items() if "python" in first and "/scripts/" in "".join(rest[:1])]
    return [pid for pid in scripts if parent(pid) not in scripts]


def readers(session):
    """Return the processes that read images for a job."""
    found = jobs(session)
    return [pid for pid in members(session) if parent(pid) in found]


def command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


def parent(pid):
    return next((int(fields[PARENT]) for number, fields in _processes() if number == pid), 0)


def _processes():
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                yield int(folder.name), (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # ended meanwhile


def results(folder):
    """Return the content of every file that a run promises, by its path; temporary ones are there too."""
    found = {}
    for path in sorted((Path(folder) / "results").rglob("*")):
        if not OUTSIDE & set(path.parts) and path.is_file():
            try:
                found[path.relative_to(folder)] = path.read_bytes()
            except FileNotFoundError:
                assert is_temporary(path.name), path  # its job has renamed it meanwhile
    return found


def final(found):
    """Return those of some files that have their final name."""
    return {path: content for path, content in found.items() if not is_temporary(path.name)}


def incomplete(folder, expected):
    """Return the files that have their final name and are not what an undisturbed run makes of them."""
    return sorted(path for path, content in final(results(folder)).items() if expected.get(path) != content)


def kill_runs(folder, *words, moments, expected, **options):
    """Start a run and kill all its processes, once for each of some moments, counted in jobs that have finished.

    What follows the point is the share of the time of a job until then. Fails if a run ends before, or leaves a file
    under its final name that is not complete.
    """
    for moment in moments:
        run, start = Run(folder, *words, **options), time.monotonic()
        jobs, share = int(moment), moment % 1
        until(lambda run=run, jobs=jobs: run.finished() >= jobs or run.process.poll() is not None)
        assert run.wait(share * (time.monotonic() - start) / jobs) is None, run.output()[-3000:]
        run.kill()
        assert incomplete(folder, expected) == []


def errors(output):
    """Return the lines that say what is wrong."""
    return [line for line in output.splitlines() if line.startswith("error: ")]
