"""Where other programs and other commits live: build/benchmark, one folder each.

An environment of a peer sees the packages of this project behind its own: both sides compute with the same PyTorch, and
what is compared is the programs.
"""

import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import ROOT

FOLDER = ROOT / "build" / "benchmark"


@dataclass(frozen=True)
class Peer:
    """A program in an environment of its own.

    Attributes
    ----------
    name : str
        Of its folder.
    packages : tuple of str
        What pip installs.
    pinned : bool
        Whether what it asks for is installed too; else its packages alone, and `note` says why.
    note : str
        What was done to get it to run.
    """

    name: str
    packages: tuple[str, ...]
    pinned: bool = True
    note: str = ""

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return FOLDER / self.name / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


ZENNIT_CRP = Peer("zennit-crp", ("zennit-crp==0.6.0", "zennit==0.4.6"))
THINGSVISION = Peer(
    "thingsvision",
    (
        *("thingsvision==2.7.3", "torchtyping==0.1.5", "typeguard==2.13.3", "numba==0.68.1", "llvmlite==0.50.0"),
        *("scikit-image==0.26.0", "lazy_loader==0.6", "imageio==2.38.1", "tifffile==2026.3.3"),
    ),
    pinned=False,
    note="without its pins (torchvision 0.15, numpy below 2, TensorFlow below 2.16): with this project's PyTorch and "
    "numpy, and a stand-in for TensorFlow, which it imports and does not use here",
)


def installed(peer: Peer) -> str:
    """Make a peer's environment where there is none yet, and return its interpreter.

    Raises
    ------
    RuntimeError
        If it cannot be installed; the message is pip's last line.
    """
    done = FOLDER / peer.name / ".installed"
    wanted = "\n".join(peer.packages)
    if done.is_file() and done.read_text(encoding="utf-8") == wanted:
        return str(peer.python)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER / peer.name)], check=True)
    ask = [str(peer.python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    own = Path(subprocess.run(ask, check=True, capture_output=True, encoding="utf-8").stdout.strip())
    (own / "project.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    pip = [str(peer.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pip += [] if peer.pinned else ["--no-deps"]
    result = subprocess.run(
        [*pip, *peer.packages], capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if result.returncode:
        raise RuntimeError(f"{peer.name} cannot be installed: {(result.stderr.strip() or '?').splitlines()[-1]}")
    done.write_text(wanted, encoding="utf-8")
    return str(peer.python)


def worktree(name: str) -> Path:
    """Return a folder with another commit of this project; it runs in this environment.

    Raises
    ------
    RuntimeError
        If there is no such commit.
    """
    ask = ["git", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"]
    found = subprocess.run(ask, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    if found.returncode:
        raise RuntimeError(f"no commit {name!r} here; name one of `git log`")
    folder = FOLDER / f"commit-{found.stdout.strip()[:12]}"
    if not (folder / "Snakefile").is_file():
        subprocess.run(["git", "worktree", "prune"], cwd=ROOT, check=True)
        add = ["git", "worktree", "add", "--quiet", "--force", "--detach", str(folder), found.stdout.strip()]
        subprocess.run(add, cwd=ROOT, check=True)
    return folder
