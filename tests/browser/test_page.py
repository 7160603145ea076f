"""The article page in a browser, from disk: what loads, what fits, and what a keyboard reaches."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import HANG
from tests.reference import article_page

# Nothing but the page: no update, no report, no first-run page.
ARGUMENTS = (
    *("--no-sandbox", "--headless=new", "--disable-gpu", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
PATIENCE = 1000 * HANG  # ms
NAMES = (*article_page.FIGURES, "fig10_usage", "control_stimuli", "planted_ground_truth")
# Contrast of every text with what lies behind it, as WCAG 2 defines it; large text may have 3, all else needs 4.5.
CONTRAST = """() => {
  const channel = value => { value /= 255; return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4 };
  const parts = color => color.match(/[\\d.]+/g).map(Number);
  const luminance = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const behind = element => {
    for (; element; element = element.parentElement) {
      const color = parts(getComputedStyle(element).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    const style = getComputedStyle(element);
    const values = [luminance(parts(style.color)), luminance(behind(element))].sort((a, b) => b - a);
    const ratio = (values[0] + 0.05) / (values[1] + 0.05);
    if (ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5)) low.push([element.outerHTML.slice(0, 80), ratio]);
  }
  return low;
}"""


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


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return article_page.write_page(tmp_path_factory.mktemp("page"), names=NAMES).as_uri()


def opened(browser, address, width=1400, scheme="light", **options):
    """Return the page, and the list of what went wrong on it, which grows."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
    context.set_default_timeout(PATIENCE)
    page, wrong = context.new_page(), []
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on(
        "request", lambda request: wrong.append(request.url) if not request.url.startswith(("file:", "data:")) else None
    )
    page.goto(address)
    return page, wrong


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1400])
def test_everything_loads_fits_and_can_be_read(chromium, address, width, scheme):
    page, wrong = opened(chromium, address, width, scheme)
    sizes = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert len(sizes) == len(NAMES)
    assert min(sizes) > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.body.scrollWidth") <= width
    page.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(CONTRAST) == []
    assert wrong == []
    page.context.close()


def test_landmarks_and_names(chromium, address):
    page, _ = opened(chromium, address)
    for role in ("banner", "navigation", "main", "contentinfo"):
        assert page.get_by_role(role).count() == 1, role
    assert page.get_by_role("heading", level=1).count() == 1
    for name in ("Introduction", "Function", "Implementation", "Usage", "Universality", "Conclusion"):
        assert page.get_by_role("navigation").get_by_role("link", name=name).count() == 1
        assert page.get_by_role("region", name=name, exact=True).count() == 1
    assert all(page.evaluate("[...document.images].map(image => image.alt)"))
    assert page.get_by_role("table").count() == 3
    page.context.close()


def test_a_keyboard_reaches_the_article_and_what_scrolls(chromium, address):
    page, wrong = opened(chromium, address, 400)
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to the article"
    assert skip.bounding_box()["y"] >= 0  # it is hidden above the page until it has the focus
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None
    table = page.get_by_role("region", name="Claims in numbers")
    table.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")
    page.locator("#fig03_tuning .plate a").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('#fig03_tuning .plate').scrollLeft > 0")
    assert wrong == []
    page.context.close()


def test_links_to_files_open(chromium, address):
    page, _ = opened(chromium, address)
    links = page.evaluate("[...document.querySelectorAll('a[href^=figures]')].map(link => link.href)")
    assert len(links) == 2 * len(NAMES)
    for link in {link for link in links if link.endswith(".svg")}:
        assert page.goto(link).ok
    page.context.close()


def test_a_reader_who_asks_for_less_motion_gets_none(chromium, address):
    page, _ = opened(chromium, address, reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    page.context.close()
