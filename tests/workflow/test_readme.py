"""The commands that the documents promise."""

import os
import re
import shlex

import pytest

from tests.conftest import REPOSITORY
from tests.workflow.planner import plan
from tests.workflow.runner import few_images

README = (REPOSITORY / "README.md").read_text()
DOCUMENTS = [REPOSITORY / "README.md", REPOSITORY / "config/README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]


def commands(text):
    """Return every snakemake command of a document, in code fences or in table cells."""
    fenced = [line.strip() for block in re.findall(r"```sh\n(.*?)```", text, flags=re.S) for line in block.splitlines()]
    inline = re.findall(r"`((?:\w+=\S+ )?snakemake [^`\n]+)`", text)
    found = [line.split(" #")[0].strip() for line in fenced + inline if "snakemake " in line]
    # Snakemake's report needs a finished run; test_default_run makes one.
    return [line for line in found if "snakemake " in line and "conda" not in line and "--report" not in line]


# Of a cluster, where a plugin is installed: tests/slurm plans them.
SUBMITTED = "profiles/slurm"
COMMANDS = sorted({line for path in DOCUMENTS for line in commands(path.read_text()) if SUBMITTED not in line})


def test_there_are_commands():
    assert len(COMMANDS) >= 5


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_of_the_documents_can_be_planned(line, tmp_path):
    check_that_it_can_be_planned(line, tmp_path)


def check_that_it_can_be_planned(line, tmp_path):
    """Do a dry run of a command, in another folder."""
    images = few_images(tmp_path / "images", count=1)
    words = shlex.split(line.replace("path/to/photographs", str(images)))
    words = words[next(i for i, word in enumerate(words) if word.endswith("snakemake")) + 1 :]
    words.append("--dry-run")
    if "--directory" in words:
        words[words.index("--directory") + 1] = str(tmp_path)
    else:
        words += ["--directory", str(tmp_path), "--snakefile", str(REPOSITORY / "Snakefile")]
    result = plan(words, os.environ)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "dry-run" in result.stdout + result.stderr or "--lint" in words


def test_make_targets_exist():
    makefile = (REPOSITORY / "Makefile").read_text()
    for target in re.findall(r"^make ([\w-]+)|`make ([\w-]+)", README, flags=re.M):
        assert f"\n{''.join(target)}:" in makefile, target


def test_links_between_documents_resolve():
    for path in DOCUMENTS:
        for link in re.findall(r"\]\(([^)#]+)\)", path.read_text()):
            if not link.startswith("http"):
                assert (path.parent / link).exists(), f"{path.name}: {link}"
