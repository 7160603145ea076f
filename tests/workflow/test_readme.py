"""The commands that the documents promise."""

import os
import re
import shlex

import pytest
import yaml

from tests.conftest import REPOSITORY
from tests.workflow.planner import plan
from tests.workflow.runner import few_images

README = (REPOSITORY / "README.md").read_text()
DOCS = REPOSITORY / "docs"
BESIDE = [REPOSITORY / name for name in ("README.md", "CHANGELOG.md", "config/README.md", "results/README.md")]
DOCUMENTS = [*BESIDE, *sorted(DOCS.rglob("*.md"))]
LONGEST_README = 900  # words, of tables too: it is read in minutes, the rest is in docs/


def commands(text):
    """Return every snakemake command of a document, in code fences or in table cells."""
    fenced = [line.strip() for block in re.findall(r"```sh\n(.*?)```", text, flags=re.S) for line in block.splitlines()]
    inline = re.findall(r"`((?:\w+=\S+ )?snakemake [^`\n]+)`", text)
    found = [line.split(" #")[0].strip() for line in fenced + inline if "snakemake " in line]
    # Snakemake's report needs a finished run; test_default_run makes one.
    return [line for line in found if "snakemake " in line and "conda" not in line and "--report" not in line]


# Of a cluster, where a plugin is installed: tests/slurm plans them.
SUBMITTED = "profiles/slurm"
# Of a plugin that nothing else needs: test_default_run does jobs with their inputs alone, as it would.
STAGED = "--default-storage-provider"
# Of a page's example, which test_add_a_figure follows.
ADDED = "figx_scores"
COMMANDS = sorted(
    {
        line
        for path in DOCUMENTS
        for line in commands(path.read_text())
        if not any(kind in line for kind in (SUBMITTED, STAGED, ADDED))
    }
)


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
    text = "\n".join(path.read_text() for path in DOCUMENTS)
    for target in re.findall(r"^make ([\w-]+)|`make ([\w-]+)", text, flags=re.M):
        assert f"\n{''.join(target)}:" in makefile, target


def test_readme_is_short():
    assert len(README.split()) <= LONGEST_README


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_links_between_documents_resolve(path):
    text = re.sub(r"^ *```.*?^ *```$", "", path.read_text(), flags=re.S | re.M)
    for link, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", text):
        if link.startswith("http"):
            continue
        target = path.parent / link if link else path
        assert target.exists(), f"{path.name}: {link}"
        if anchor:
            assert anchor in anchors(target.read_text()), f"{path.name}: {link}#{anchor}"
    for shown in re.findall(r"^<!-- show: (\S+) -->$", text, flags=re.M):
        assert (path.parent / shown).exists(), f"{path.name}: {shown}"


def anchors(text):
    """Return what links may point at in a document: its headings as Git hosts and the site spell them."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def navigation(items):
    """Yield every page of mkdocs.yml's nav."""
    for item in items:
        for value in item.values():
            yield from navigation(value) if isinstance(value, list) else [value]


def test_site_has_every_page():
    text = (REPOSITORY / "mkdocs.yml").read_text().split("\nnav:\n")[1]  # above are tags that only MkDocs reads
    pages = list(navigation(yaml.safe_load(text)))
    assert sorted(pages) == sorted(str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md"))


def test_every_room_of_the_library_has_a_page():
    source = REPOSITORY / "src/highlow"
    pages = {path.stem: path.read_text() for path in (DOCS / "reference/python").glob("*.md")}
    # Facts and files, which have no functions to show; and commands, which have a page of their own.
    rooms = {path.parent.name for path in source.glob("*/__init__.py")} - {"reference", "commands"}
    assert rooms <= set(pages)
    for name, text in pages.items():
        for module in re.findall(r"^::: (\S+)$", text, flags=re.M):
            path = REPOSITORY / "src" / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__init__.py").exists(), f"{name}: {module}"
