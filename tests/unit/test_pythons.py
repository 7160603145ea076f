"""Which Pythons an installation takes, and which other one the unit tests run on."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests import second_python
from tests.conftest import REPOSITORY

VERSIONS = ["{}.{}".format(*numbers) for numbers in reversed(second_python.SUPPORTED)]


def program(path, *lines, status=0):
    """Write a program that prints lines, whatever it is asked; return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nprintf '%s\\n' {' '.join(lines)}\nexit {status}\n")
    path.chmod(0o755)
    return path


def make(folder, python):
    """Return what `make` would do to install with a Python."""
    environment = {key: value for key, value in os.environ.items() if key not in ("MAKEFLAGS", "MAKELEVEL", "VENV")}
    command = ["make", "--dry-run", f"{folder}/venv/.installed", f"VENV={folder}/venv", f"PYTHON={python}"]
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_supported_python_is_taken(tmp_path, version):
    done = make(tmp_path, program(tmp_path / "python", version, "venv"))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{tmp_path}/python -m venv {tmp_path}/venv" in done.stdout


@pytest.mark.parametrize(
    "lines,said",
    [
        (["3.10", "venv"], "is Python 3.10."),
        (["3.15", "venv"], "is Python 3.15."),
        (["2.7"], "is Python 2.7 without venv."),
        (["3.12"], "is Python 3.12 without venv."),
        (None, "does not run."),
    ],
)
def test_any_other_ends_in_one_line_that_says_what_is_needed(tmp_path, lines, said):
    python = tmp_path / "python"
    if lines:
        program(python, *lines, status=int("venv" not in lines))
    done = make(tmp_path, python)
    assert done.returncode != 0
    (line,) = done.stderr.splitlines()
    assert f"Python {VERSIONS[0]} to {VERSIONS[-1]} with venv is needed, and {python} {said} Get one" in line
    assert "make PYTHON=" in line
    assert done.stdout == ""


def test_versions_are_the_same_everywhere():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    named = [item.rpartition(" ")[2] for item in project["classifiers"] if "Python ::" in item]
    beyond = f"3.{second_python.SUPPORTED[0][1] + 1}"
    assert (named, project["requires-python"]) == (VERSIONS, f">={VERSIONS[0]},<{beyond}")
    (filtered,) = re.findall(r"\$\(filter (3\.\d+ .*?),", (REPOSITORY / "Makefile").read_text())
    assert filtered.split() == VERSIONS


def test_another_python_is_found_and_what_does_not_run_is_passed_by(tmp_path, monkeypatch):
    others = [version for version in VERSIONS if version != "{}.{}".format(*sys.version_info[:2])]
    program(tmp_path / f"bin/python{others[-1]}", "not found", status=127)  # as of pyenv
    found = program(tmp_path / f"pyenv/versions/{others[0]}.1/bin/python{others[0]}", others[0])
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    assert second_python.find() == (others[0], str(found))
    found.unlink()
    program(Path(tmp_path / f"bin/python{sys.version_info[0]}.{sys.version_info[1]}"), "3")
    assert second_python.find() == ()
