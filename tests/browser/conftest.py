"""The browser of the tests in this folder."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.browsers import ARGUMENTS, PATIENCE
from tests.reference import small_explorer


@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        message = "no chromium on the PATH: install it, e.g. apt-get install chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS], timeout=PATIENCE)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Invented results, and a small explorer of them."""
    root = tmp_path_factory.mktemp("explorer")
    small_explorer.build(root)
    return root


@pytest.fixture(scope="session")
def address(folder):
    """The address of that explorer's page."""
    return (folder / "results/small/explorer/index.html").as_uri()
