"""Which runs work in a folder, so that the lock of a killed one is removed and that of a living one never.

Snakemake's lock is files in `.snakemake/locks`. A process that is killed leaves them, and they do not say whose they
are. Every run therefore registers before Snakemake looks at the lock, with a file of its own in `.snakemake/runs`, and
takes it back when it ends, after Snakemake has released the lock.

* A lock is removed only if at least one registered run is dead and no other lives or may live (one of another host
  may). Every run registers before it can take the lock, so beside the lock of a living run lies its registration.
* Registering, looking and removing happen under one file lock, which the kernel releases with its process: two runs
  that start together see one another, and the later one leaves alone what the earlier one may just have taken.
* A registration carries host, kernel start, process number and process start: neither a number given anew nor a reboot
  makes a dead run look alive, and a changed clock makes no difference.
* A run that is killed before it takes the lock leaves a dead registration alone. A lock that a run without registration
  (of another Snakefile) takes then stays: it lists files outside `results/`.
* A dry run neither registers nor removes. A job's own snakemake process, on a cluster, takes no lock and does neither.
* What remains is Snakemake's: two runs that look for a lock in the same instant both find none. Every file is renamed
  into place when complete, and the same inputs give the same bytes, so that such runs do work twice and nothing else.

Imports neither torch nor numpy: the Snakefile uses it.
"""

import atexit
import errno
import fcntl
import json
import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from highlow.runs.file_times import settle
from highlow.runs.process_identity import RUN_VARIABLE, Identity, identity, lives, parsed, place

# With one of these words snakemake runs no job. One that is missing here costs nothing: a registration too many.
WITHOUT_JOBS = {"-n", "--dry-run", "--dryrun", "--lint", "--summary", "--dag", "--rulegraph", "--filegraph", "--report"}


class Registered(NamedTuple):
    """A registration: its file and the run that wrote it."""

    path: Path
    run: Identity


def begin(state: Path, results: Path, words: Sequence[str]) -> list[str]:
    """Register this run, remove the lock of a killed one, and set right the times of files from the future.

    Parameters
    ----------
    state : Path
        Snakemake's folder, `.snakemake`.
    results : Path
        Folder of all outputs, relative as the lock lists them.
    words : sequence of str
        The command line.

    Returns
    -------
    list of str
        What a user should know, a line each.

    Raises
    ------
    OSError
        If a folder cannot be written to.
    """
    own = identity()
    if own is None or WITHOUT_JOBS & set(words):
        return []
    _check_writable(results)
    folder = state.absolute() / "runs"  # at its end Snakemake is in another folder
    folder.mkdir(parents=True, exist_ok=True)
    with _guard(folder):
        others = _registered(folder)
        path = _register(folder, own)
        if "--unlock" in words:
            _forget([item for item in others if not lives(item.run)])
            return []
        notes = _settle_lock(state, others, results.name)
        if all(lives(item.run) is False for item in others):
            _forget(others)
            notes += settle(results, now=path.stat().st_mtime_ns)  # the file system's own clock
    if "--immediate-submit" not in words:  # with it, a run ends before its jobs
        os.environ[RUN_VARIABLE] = json.dumps(own)
    return notes


def _check_writable(folder: Path) -> None:
    """Say that a folder is on a read-only file system before Snakemake meets it, which shows a traceback then."""
    if folder.is_dir() and os.statvfs(folder).f_flag & os.ST_RDONLY:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(folder))


def _settle_lock(state: Path, others: list[Registered], outputs: str) -> list[str]:
    """Remove the lock files of runs that are all dead, or say whose they are."""
    locks = sorted((state / "locks").glob("*.lock"))
    if not locks or not others:
        return []
    alive = [item for item in others if lives(item.run) is not False]
    if alive:
        whose = ", ".join(f"process {item.run.pid} on {place(item.run)}" for item in alive)
        # Of what cannot be seen from here nobody but the user knows.
        unseen = "" if any(lives(item.run) for item in alive) else ", and cannot be asked from here"
        return [
            f"another run works in this folder: {whose}{unseen}; if it has ended, `snakemake --unlock` removes its lock"
        ]
    listed = [
        line
        for lock in locks
        if lock.name.endswith(".output.lock")
        for line in lock.read_text(encoding="utf-8", errors="replace").splitlines()
    ]
    if not all(Path(line).parts[:1] == (outputs,) for line in listed):
        return []
    for lock in locks:
        lock.unlink(missing_ok=True)
    return ["the last run was killed: its lock is removed, and what it had not finished is made again"]


@contextmanager
def _guard(folder: Path) -> Iterator[None]:
    """Hold a file lock; the kernel releases it with the process."""
    with (folder / "guard").open("ab") as file:
        with suppress(OSError):  # a file system without such locks: registrations alone tell runs apart
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _register(folder: Path, run: Identity) -> Path:
    """Write a registration, complete or not at all; it is removed when this process ends."""
    path = folder / f"{uuid.uuid4().hex}.json"
    temporary = path.with_suffix(".new")
    try:
        temporary.write_text(json.dumps(run), encoding="ascii")
        temporary.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None  # a failed write does not say where
    finally:
        temporary.unlink(missing_ok=True)
    process = os.getpid()

    def end() -> None:
        if os.getpid() == process:  # not in a fork
            path.unlink(missing_ok=True)

    atexit.register(end)
    return path


def _registered(folder: Path) -> list[Registered]:
    found = [
        (path, parsed(path.read_text(encoding="utf-8", errors="replace"))) for path in sorted(folder.glob("*.json"))
    ]
    return [Registered(path, run) for path, run in found if run]


def _forget(items: list[Registered]) -> None:
    for item in items:
        item.path.unlink(missing_ok=True)
