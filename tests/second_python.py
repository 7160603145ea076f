"""Print version and path of another Python that is supported, if there is one: `python -m tests.second_python`."""

import os
import subprocess
import sys
from pathlib import Path

SUPPORTED = [(3, minor) for minor in (14, 13, 12, 11)]
# A name on the PATH may be pyenv's stand-in for versions that are not chosen, which does not run.
ASKED = "import ensurepip, sys, venv; print('{}.{}'.format(*sys.version_info[:2]))"


def folders():
    """Return where Pythons may lie: the PATH, and what pyenv has installed."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    return [*map(Path, os.get_exec_path()), *sorted(pyenv.glob("versions/*/bin"))]


def runs(path, version):
    """Return whether a program is that version of Python and can make environments."""
    try:
        result = subprocess.run([path, "-c", ASKED], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return result.returncode == 0 and result.stdout.strip() == version


def find():
    """Return (version, path) of the newest one, or nothing."""
    for numbers in SUPPORTED:
        version = "{}.{}".format(*numbers)
        if numbers != sys.version_info[:2]:
            for path in (folder / f"python{version}" for folder in folders()):
                if path.is_file() and runs(path, version):
                    return version, str(path)
    return ()


if __name__ == "__main__":
    print(*find())
