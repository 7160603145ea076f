"""The rooms of the library: which may use which, and what lies at its root."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

LINTER = Path(sys.executable).parent / "lint-imports"
FACE = {"__init__.py", "__main__.py", "py.typed"}


def linted(repository):
    environment = {"PYTHONPATH": str(repository / "src")}
    command = [LINTER, "--no-cache"]
    return subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def copied(tmp_path):
    """A copy of the library that can be changed."""
    shutil.copytree(REPOSITORY / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    return tmp_path


def test_no_room_uses_a_later_one_and_there_is_no_circle():
    result = linted(REPOSITORY)
    assert result.returncode == 0, result.stdout
    assert "Contracts: 2 kept, 0 broken." in result.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("runs/errors.py", "import highlow.storage.checksums"),
        ("storage/checksums.py", "import highlow.networks.registry"),
        ("circuits/detection.py", "import highlow.figures.page"),
        ("runs/errors.py", "import highlow.runs.config"),
    ],
)
def test_the_check_finds_what_it_looks_for(copied, file, line):
    path = copied / "src/highlow" / file
    path.write_text(f"{path.read_text()}\n{line}\n")
    result = linted(copied)
    assert result.returncode == 1
    assert "broken" in result.stdout


def test_the_root_of_the_package_is_its_face_alone():
    root = REPOSITORY / "src/highlow"
    assert {path.name for path in root.iterdir() if path.is_file()} == FACE
