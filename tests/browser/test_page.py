"""The article page in a browser, from disk: what loads, what fits, and what a keyboard reaches."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.browsers import CONTRAST, opened, visit
from tests.reference import article_page

NAMES = (*article_page.FIGURES, "fig10_usage", "control_stimuli", "planted_ground_truth")


EXPLORED = {"mixed3a": "mixed3a", "mixed3b": "mixed3b"}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    (folder / "explorer").mkdir()
    (folder / "explorer/index.html").write_text("<!DOCTYPE html><title>Explorer</title>")
    return article_page.write_page(folder / "report", names=NAMES, explored=EXPLORED).as_uri()


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
    assert page.get_by_role("table").count() == 5  # the scorecard's are three: a section has one
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
    table = page.get_by_role("region", name="Claims: Function")
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
    assert page.locator(".reader[tabindex], .hint:not([hidden])").count() == 0  # nothing offers what does not work
    assert page.get_by_role("link", name="70").count() == 0
    assert wrong == []
    page.context.close()


def test_axe_finds_nothing_that_keeps_people_out(chromium, address):
    page, _ = opened(chromium, address + "?explorer")
    page.locator(".reader").first.focus()
    found = [(item["id"], item["nodes"][0]["html"]) for item in Axe().run(page).response["violations"]]
    assert found == []
    page.context.close()


@pytest.mark.parametrize("width", [390, 1400])
def test_the_pointer_reads_a_map_and_a_curve(chromium, address, width):
    page, wrong = opened(chromium, address, width)
    map_, curve = page.locator("#fig03_tuning .reader").all()
    map_.scroll_into_view_if_needed()
    picture, box = page.locator("#fig03_tuning img").bounding_box(), map_.bounding_box()
    left, bottom, across, up = article_page.MAP
    assert box["x"] - picture["x"] == pytest.approx(left * picture["width"], abs=1)
    assert box["y"] - picture["y"] == pytest.approx((1 - bottom - up) * picture["height"], abs=1)
    assert box["width"] == pytest.approx(across * picture["width"], abs=1)
    assert box["height"] == pytest.approx(up * picture["height"], abs=1)
    said = map_.locator("output")
    assert not said.is_visible()
    map_.hover(position={"x": 0.27 * box["width"], "y": 0.45 * box["height"]})  # log axis: 3 is in the middle
    assert said.inner_text() == "mixed3a 70: orientation 90°, ratio 3, response 270"
    map_.hover(position={"x": 0.99 * box["width"], "y": 0.02 * box["height"]})
    assert said.inner_text() == "mixed3a 70: orientation 360°, ratio 9, response 3240"
    curve.hover(position={"x": 0.5 * box["width"], "y": 3})
    assert (
        curve.locator("output").inner_text() == "mixed3a 70: orientation 180°, mean response 540"
    )  # of ratio 3, which counts
    assert not said.is_visible()
    dot = curve.locator(".dot").bounding_box()
    place = curve.bounding_box()
    assert dot["y"] + dot["height"] / 2 == pytest.approx(place["y"] + 0.75 * place["height"], abs=1)
    assert wrong == []
    page.context.close()


def test_arrow_keys_read_a_map_and_a_curve(chromium, address):
    page, wrong = opened(chromium, address)
    map_ = page.get_by_role("slider", name="mixed3a 70, map")
    page.locator("#fig03_tuning .plate a").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("mixed3a 70, map")
    expected = {
        "Tab": "orientation 360°, ratio 9, response 3240",  # the strongest comes first
        "ArrowLeft": "orientation 270°, ratio 9, response 2430",
        "ArrowDown": "orientation 270°, ratio 3, response 810",
        "Home": "orientation 0°, ratio 3, response 0",
        "ArrowUp": "orientation 0°, ratio 9, response 0",
        "End": "orientation 360°, ratio 9, response 3240",
        "ArrowRight": "orientation 360°, ratio 9, response 3240",  # the end
    }
    for key, said in expected.items():
        if key != "Tab":
            page.keyboard.press(key)
        assert map_.get_attribute("aria-valuetext") == said, key
        assert map_.locator("output").inner_text() == f"mixed3a 70: {said}", key
    page.keyboard.press("Escape")
    assert not map_.locator("output").is_visible()
    page.keyboard.press("Tab")
    curve = page.get_by_role("slider", name="mixed3a 70, curve")
    assert curve.get_attribute("aria-valuetext") == "orientation 360°, mean response 1080"
    page.keyboard.press("ArrowDown")
    assert curve.get_attribute("aria-valuetext") == "orientation 270°, mean response 810"
    assert wrong == []
    page.context.close()


def test_units_lead_to_the_explorer_for_a_reader_who_came_from_there(chromium, address):
    page, wrong = opened(chromium, address)
    assert page.locator("a[href*=explorer]").count() == 0  # it may not have been made
    visit(page, address + "?explorer")
    page.get_by_role("navigation").get_by_role("link", name="Detectors").click()
    page.wait_for_function("location.hash === '#detectors'")
    links = page.evaluate("[...document.querySelectorAll('[data-unit] a')].map(link => link.getAttribute('href'))")
    assert len(links) == page.locator("[data-unit]").count() > 4
    assert all(re.fullmatch(r"\.\./explorer/index\.html#/mixed3[ab]/\d+", link) for link in links)
    assert page.get_by_role("link", name="the explorer").get_attribute("href") == "../explorer/index.html#/"
    page.get_by_role("region", name="Accepted units").get_by_role("link", name="70").click()
    page.wait_for_url("**/explorer/index.html#/mixed3a/70")
    assert page.title() == "Explorer"
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
