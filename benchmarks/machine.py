"""What a number was measured on: the machine and the versions of what ran."""

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("torch", "numpy", "scikit-learn", "snakemake")
# The instructions that decide how fast a matrix product is, best first, as Linux calls them.
INSTRUCTIONS = ("avx512f", "avx2", "asimd")


def machine() -> dict[str, object]:
    """Return processor, instructions, cores, memory in GB and kernel of this machine, and its load."""
    path = Path("/proc/cpuinfo")
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    known = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    values = {name.strip(): value.strip() for name, value in known.items()}
    flags = values.get("flags", values.get("Features", "")).split()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": values.get("model name") or platform.processor() or platform.machine(),
        "instructions": next((name for name in INSTRUCTIONS if name in flags), platform.machine()),
        "cores": cores,
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "load": round(os.getloadavg()[0], 1),
    }


def versions(packages: Sequence[str] = PACKAGES) -> dict[str, str]:
    """Return the versions of Python and of those packages that are there."""
    found = {"python": platform.python_version()}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def commit(folder: Path = ROOT) -> str:
    """Return the commit that a folder is at, with a plus sign where files differ; nothing where there is no git."""
    try:
        name, changes = (
            subprocess.run(["git", *words], cwd=folder, capture_output=True, encoding="utf-8", check=True).stdout
            for words in (
                ["rev-parse", "--short", "HEAD"],
                ["status", "--porcelain", "--", "src", "scripts", "workflow"],
            )
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return name.strip() + ("+" if changes.strip() else "")


def peak_mb() -> float:
    """Return the peak memory of this process in MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)
