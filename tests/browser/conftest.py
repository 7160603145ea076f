"""The browser of the tests in this folder."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.browsers import ARGUMENTS, PATIENCE


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
