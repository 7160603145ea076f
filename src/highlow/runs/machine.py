"""What this machine has: free memory, and cards that PyTorch can compute on.

Imports neither torch nor numpy: the Snakefile uses it.
"""

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from highlow.runs.errors import HighlowError

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")
MB = 2**20
NAMES_OF_LIMIT = {"": "memory.max", "memory": "memory.limit_in_bytes"}  # by what a control group controls
DRIVERS = (Path("/dev/nvidiactl"), Path("/dev/dxg"))  # of Linux, and of Linux inside Windows
# Asked in a process of its own, because a driver that was started once does not survive a fork.
COUNT_CARDS = (
    "import ctypes; cuda, count = ctypes.CDLL('libcuda.so.1'), ctypes.c_int(); "
    "print(0 if cuda.cuInit(0) or cuda.cuDeviceGetCount(ctypes.byref(count)) else count.value)"
)
# With one of these words a scheduler may start the jobs, elsewhere.
OF_SCHEDULERS = ("--executor", "-e", "--profile", "--workflow-profile")


def runs_here(words: Sequence[str], nodes: int | None) -> bool:
    """Return whether jobs run on this machine, as far as that is known before Snakemake chooses an executor.

    Parameters
    ----------
    words : sequence of str
        The command line.
    nodes : int or None
        Of Snakemake's resource settings: how many jobs a scheduler is given at a time. `--jobs` sets it too.
    """
    named = any(word.partition("=")[0] in OF_SCHEDULERS for word in words) or "SNAKEMAKE_PROFILE" in os.environ
    return nodes is None or not named


def free_memory_mb() -> int:
    """Return the memory that jobs can take together, in MB: what is free here, at most what a container may have."""
    return min([int(psutil.virtual_memory().available), *_limits()]) // MB


def _limits() -> Iterator[int]:
    """Yield the limits of memory that this process is under, in bytes (control groups, both versions)."""
    lines = OWN_CGROUPS.read_text(encoding="utf-8").splitlines() if OWN_CGROUPS.is_file() else []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers not in NAMES_OF_LIMIT:
            continue
        root = CGROUPS / controllers
        own = root / path.lstrip("/")
        for folder in (own, *(parent for parent in own.parents if parent.is_relative_to(root))):
            with suppress(OSError, ValueError):  # no such file, or `max`
                yield int((folder / NAMES_OF_LIMIT[controllers]).read_text(encoding="ascii"))


def usable_cards(device: str) -> int:
    """Return on how many cards jobs of a device compute, at most one job a card; 0 where they take none.

    Parameters
    ----------
    device : str
        As in the configuration. With `auto` a card is taken where there is one.
    """
    if device == "mps":
        return 1
    if device == "cpu" or (device == "auto" and not _may_have_cards()):
        return 0
    return max(cards(), int(device == "cuda"))


def _may_have_cards() -> bool:
    """Return whether it is worth asking: PyTorch can use a card, and the kernel knows a driver."""
    return _build_of_torch() != "cpu" and any(path.exists() for path in DRIVERS)


def cards() -> int:
    """Return how many cards of NVIDIA's this process may use (`CUDA_VISIBLE_DEVICES` counts)."""
    done = subprocess.run(
        [sys.executable, "-c", COUNT_CARDS], capture_output=True, encoding="ascii", errors="replace", check=False
    )
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip().isdigit() else 0


def check_device(device: str, *, own_pytorch: bool = True) -> None:
    """Say what is missing for a device on this machine, without the start of PyTorch.

    Parameters
    ----------
    device : str
        As in the configuration.
    own_pytorch : bool
        Whether jobs use the PyTorch of this environment, and not one of their own (conda).

    Raises
    ------
    HighlowError
        If PyTorch is built without CUDA or the driver finds no card.
    """
    if device == "mps" and sys.platform != "darwin":
        raise HighlowError("device=mps is for Macs; use device=auto or device=cpu")
    build = _build_of_torch() if own_pytorch else ""
    if device != "cuda" or build == "hip":  # cards of AMD's: PyTorch calls them cuda too, and only PyTorch finds them
        return
    if build == "cpu":
        raise HighlowError(
            "device=cuda, but PyTorch finds no GPU here: it is the build for the CPU; install the one for CUDA, or use "
            "device=auto or device=cpu"
        )
    if not cards():
        raise HighlowError(
            "device=cuda, but PyTorch finds no GPU here: NVIDIA's driver shows none; use device=auto or device=cpu"
        )


def _build_of_torch() -> str:
    """Return what the installed PyTorch is built for: cuda, hip, cpu, or nothing where it does not say."""
    found = importlib.util.find_spec("torch")
    path = Path(found.origin).with_name("version.py") if found and found.origin else None
    if path is None or not path.is_file():
        return ""
    named = dict(re.findall(r"^(cuda|hip)\b[^=]*= *(\S+)", path.read_text(encoding="utf-8"), flags=re.MULTILINE))
    built = [kind for kind, version in named.items() if version != "None"]
    return built[0] if built else "cpu"
