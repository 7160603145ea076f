"""The article page in a browser, from disk: what loads, what fits, and what a keyboard reaches."""

import pytest

from tests.browser.browsers import CONTRAST, opened
from tests.reference import article_page

NAMES = (*article_page.FIGURES, "fig10_usage", "control_stimuli", "planted_ground_truth")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return article_page.write_page(tmp_path_factory.mktemp("page"), names=NAMES).as_uri()


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


CURRENT = "[...document.querySelectorAll('nav [aria-current=location]')].map(link => link.textContent)"


@pytest.mark.parametrize(
    ("width", "expected"), [(1400, "3 Responses over orientation and frequency ratio"), (390, "Function")]
)
def test_the_contents_follow_the_reader(chromium, address, width, expected):
    page, wrong = opened(chromium, address, width, reduced_motion="reduce")
    assert page.evaluate(CURRENT) == []  # above the first part
    page.evaluate("document.querySelector('#about-fig03_tuning').scrollIntoView()")
    page.wait_for_function(f"{CURRENT}.join() === {expected!r}")
    nav = page.get_by_role("navigation").bounding_box()
    current = page.locator("nav [aria-current]").bounding_box()
    assert nav["y"] == 0  # it stays in the window
    assert nav["x"] <= current["x"]
    assert current["x"] + current["width"] <= nav["x"] + nav["width"]
    assert page.evaluate("document.querySelector('#about-fig03_tuning').getBoundingClientRect().top") > (
        0 if width > 1000 else nav["height"]
    )
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_function(f"{CURRENT}.join() === 'Provenance'")
    assert wrong == []
    page.context.close()


def test_without_javascript_everything_is_there(chromium, address):
    page, wrong = opened(chromium, address, java_script_enabled=False)
    assert page.get_by_role("navigation").get_by_role("link", name="Function").is_visible()
    assert page.locator("main img").count() == len(NAMES) - 1
    assert page.get_by_role("table").count() >= 3
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
