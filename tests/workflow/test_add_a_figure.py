"""Adding a figure takes a module, a caption and an entry, as its page in the documents says."""

import re

import pytest

from tests.conftest import REPOSITORY
from tests.reference.repository_copy import copy_of_repository
from tests.workflow.runner import planned, snakemake

PAGE = (REPOSITORY / "docs/how-to/add-a-figure.md").read_text()
NETWORK = "planted"
SETTINGS = {"network": NETWORK, "controls": {"draws": 0}}
TARGET = f"results/{NETWORK}/figures/figx_scores.svg"
COMMAND = "snakemake results/inceptionv1_selfsup/figures/figx_scores.svg"
TABLE = "FIGURES = {\n"


@pytest.fixture
def repository(tmp_path):
    return copy_of_repository(tmp_path / "repository")


def blocks():
    """Return the module, the caption and the entry that the page shows."""
    module, entry = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
    (caption,) = re.findall(r"```text\n(.*?)```", PAGE, flags=re.S)
    return module, caption, entry


def test_a_new_figure_is_a_module_a_caption_and_an_entry(repository, tmp_path):
    module, caption, entry = blocks()
    before = snakemake(tmp_path / "run", "all", "--dry-run", repository=repository, settings=SETTINGS)
    (repository / "src/highlow/figures/figx_scores.py").write_text(module)
    (repository / "workflow/report/figx_scores.rst").write_text(caption)
    table = repository / "workflow/rules/figures.smk"
    assert table.read_text().count(TABLE) == 1
    table.write_text(table.read_text().replace(TABLE, TABLE + entry))
    after = snakemake(tmp_path / "run", "all", "--dry-run", repository=repository, settings=SETTINGS)
    assert planned(after) - planned(before) == {"figx_scores"}
    assert f"```sh\n{COMMAND}\n```" in PAGE
    named = snakemake(tmp_path / "run", COMMAND.split()[1], "--dry-run", repository=repository, settings={})
    assert "figx_scores" in planned(named)
    alone = snakemake(tmp_path / "run", TARGET, "--dry-run", repository=repository, settings=SETTINGS)
    assert {"figx_scores", "detect"} <= planned(alone)
    assert not {name for name in planned(alone) if name.startswith("fig") and name != "figx_scores"}
    described = snakemake(tmp_path / "run", TARGET, "--dry-run", "-p", repository=repository, settings=SETTINGS)
    assert "draw_figure.py figx_scores --input" in described.stdout + described.stderr
