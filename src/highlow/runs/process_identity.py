"""Which process this is, and whether another one still lives.

Imports neither torch nor numpy: the Snakefile uses it.
"""

import json
import os
import platform
from pathlib import Path
from typing import NamedTuple

RUN_VARIABLE = "HIGHLOW_RUN"  # in the environment of jobs: the run that started them
PROCESSES = Path("/proc")
MACHINE = Path("/etc/machine-id")
# The first one of a kernel, of no container (PROC_PID_INIT_INO of Linux).
NO_CONTAINER = "pid:[4026531836]"
ENDED = "ZX"  # states of a process that has ended but was not yet collected by its parent
START_FIELD = 19  # of /proc/<id>/stat, counted from the state, which follows the command's closing bracket


class Identity(NamedTuple):
    """A process, told apart from every other that has had or will have its number.

    Attributes
    ----------
    host, machine : str
        Host name, and the identifier of its installation (empty where there is none).
    boot : str
        Identifier of the kernel's start.
    namespace : str
        Of process numbers: a container has its own.
    pid, started : int
        Process number, and the kernel's clock ticks from boot to the process's start: setting the clock leaves them.
    """

    host: str
    machine: str
    boot: str
    namespace: str
    pid: int
    started: int


def identity(pid: int | None = None) -> Identity | None:
    """Return the identity of a process of this host, by default this one; None where the system does not tell."""
    number = os.getpid() if pid is None else pid
    started = _start(number)
    try:
        boot = (PROCESSES / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = (PROCESSES / "self/ns/pid").readlink().name
    except OSError:
        return None
    machine = MACHINE.read_text(encoding="ascii").strip() if MACHINE.is_file() else ""
    return Identity(platform.node(), machine, boot, namespace, number, started) if started else None


def lives(other: Identity) -> bool | None:
    """Return whether a process lives; None where that cannot be known from here.

    It cannot for another host, nor for another container of this one. After a reboot nothing of before lives; that the
    host is the same one is believed only with its machine identifier, and not of containers: two of one image, on
    two hosts, may have name and identifier in common.
    """
    here = identity()
    if here is None or (other.host, other.machine) != (here.host, here.machine):
        return None
    if other.boot != here.boot:
        alone = other.namespace == here.namespace == NO_CONTAINER
        return False if here.machine and alone else None
    if other.namespace != here.namespace:
        return None
    others = False
    try:
        os.kill(other.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        others = True  # another user's: it exists, and may be hidden (hidepid, an option of /proc)
    try:
        started = _start(other.pid)
    except OSError:
        return True  # it exists, and its start is not shown: better taken for the same one
    return started == other.started or (others and started is None)


def place(other: Identity) -> str:
    """Return where a process runs, in words."""
    here = identity()
    if here and (other.host, other.boot) == (here.host, here.boot) and other.namespace != here.namespace:
        return f"{other.host}, in another container"
    return other.host


def orphaned() -> bool:
    """Return whether the run that started this process is known to be dead.

    What such a job makes is not wanted any more: the next run makes it anew, maybe from other settings.
    """
    run = parsed(os.environ.get(RUN_VARIABLE, ""))
    return run is not None and lives(run) is False


def parsed(text: str) -> Identity | None:
    """Return the identity that a text holds as JSON, None if it holds none."""
    try:
        return Identity(*json.loads(text))
    except (json.JSONDecodeError, TypeError):
        return None


def _start(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot; None if it has ended."""
    try:
        fields = (
            (PROCESSES / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in ENDED else int(fields[START_FIELD])
