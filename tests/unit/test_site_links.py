"""The documentation site's links: what leads out of docs/ leads to a page, or is plain text."""

import importlib.util
import logging

import pytest

from tests.conftest import REPOSITORY


@pytest.fixture(scope="module")
def hooks():
    spec = importlib.util.spec_from_file_location("hooks", REPOSITORY / "docs/site/hooks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("[a](../methods/networks.md#registry)", "[a](../methods/networks.md#registry)"),
        ("[keys](../../config/README.md)", "[keys](../reference/configuration.md)"),
        ("[`file`](../../Snakefile) and more", "`file` and more"),
        ("[a](https://doi.org/10.23915/distill.00024.005)", "[a](https://doi.org/10.23915/distill.00024.005)"),
        ("[here](#part)", "[here](#part)"),
        ("![a picture](../pictures/googlenet_hero.png)", "![a picture](../pictures/googlenet_hero.png)"),
        ("```python\n[a](../../Snakefile)\n```", "```python\n[a](../../Snakefile)\n```"),
    ],
)
def test_links_of_a_page(hooks, markdown, expected):
    page = "how-to/own-network.md"
    assert hooks.with_links_of_the_site(markdown, f"docs/{page}", page) == expected


def test_a_file_from_elsewhere_is_shown_with_links_that_fit_the_page(hooks):
    text = hooks.with_files_shown("# Files\n\n<!-- show: ../../results/README.md -->\n", "reference/results.md")
    assert "# Results" not in text
    assert "(../methods/controls.md)" in text
    assert "../docs/" not in text


def test_a_notebook_is_shown_cell_by_cell(hooks):
    outputs = [
        {"output_type": "stream", "text": ["3 detectors\n"]},
        {"output_type": "display_data", "data": {"text/plain": ["  unit"], "text/html": ["<table>"]}},
        {"output_type": "display_data", "data": {"image/png": "AAAA", "text/plain": ["<Figure>"]}},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["# A title\n", "text"]},
        {"cell_type": "code", "source": ["print(3)"], "outputs": outputs},
    ]
    page = hooks.notebook_page({"cells": cells})
    assert page.startswith(
        "# A title\ntext\n\n```python\nprint(3)\n```\n\n```text\n3 detectors\n```\n\n```text\n  unit\n```"
    )
    assert page.endswith('src="data:image/png;base64,AAAA">')


@pytest.mark.parametrize("markdown", ["[a](../nowhere.md)", "<!-- show: ../nowhere.md -->"])
def test_what_is_not_there_is_a_warning(hooks, caplog, markdown):
    with caplog.at_level(logging.WARNING):
        hooks.with_files_shown(hooks.with_links_of_the_site(markdown, "docs/results.md", "results.md"), "results.md")
    assert "does not exist" in caplog.text
