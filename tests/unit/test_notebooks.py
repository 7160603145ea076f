"""The notebooks of the documentation: what is stored is what a fresh run shows."""

import os
import re
import subprocess
import sys

import nbformat
import pytest

from tests.conftest import HANG, REPOSITORY

NOTEBOOK = REPOSITORY / "docs/notebooks/own-network.ipynb"
LARGEST_FILE = 400_000  # bytes


@pytest.fixture(scope="module")
def stored():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    return notebook


def outputs(notebook):
    """Return, for each code cell, what it printed or showed: the kind, and the text with every number masked."""
    return [[shown(output) for output in cell.outputs] for cell in notebook.cells if cell.cell_type == "code"]


def shown(output):
    data = output.get("data", {})
    text = "picture" if "image/png" in data else data.get("text/plain", output.get("text", ""))
    # How many rows a table has, and how wide, depends on the numbers in it.
    return output.output_type, re.sub(r"[\d.%-]+", "0", text).split("\n")[0].split()


def said(notebook, phrase):
    """Return the number before a phrase in what was printed."""
    text = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    return int(re.search(rf"(\d+) {phrase}", text)[1])


def test_it_was_executed_and_says_which_weights(stored):
    assert NOTEBOOK.stat().st_size < LARGEST_FILE
    assert all(cell.execution_count for cell in stored.cells if cell.cell_type == "code")
    assert "ResNet-18 with RANDOM weights" in stored.cells[3].outputs[0].text
    assert said(stored, "detectors among 128 units of layer2.0") == 0
    assert said(stored, "detectors among 48 units\n") >= 3
    assert said(stored, "detectors before training") == 0


@pytest.mark.slow
def test_a_fresh_run_shows_the_same(stored, tmp_path):
    result = tmp_path / "executed.ipynb"
    command = [sys.executable, "-m", "tests.notebooks", NOTEBOOK, result]
    environment = os.environ | {"HIGHLOW_OFFLINE": "1", "IPYTHONDIR": str(tmp_path)}
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True, timeout=HANG)
    fresh = nbformat.read(result, as_version=4)
    assert outputs(fresh) == outputs(stored)
    assert said(fresh, "detectors among 128 units of layer2.0") == said(fresh, "detectors before training") == 0
