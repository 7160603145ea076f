"""The explorer in a browser, from disk: what it shows, what moves, what a keyboard reaches, where links lead."""

import re

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe

from highlow.probes import families, response_file
from tests.browser.browsers import CONTRAST, opened, visit
from tests.browser.explorer_views import VIEWS, arrived, shown, tiles
from tests.reference import small_explorer
from tests.reference.small_explorer import ALL, BRANCHES, FIELD, GRID, STUDIED

NAMELESS = """[...document.querySelectorAll('[role=img], canvas, img, input, select, button')].filter(item =>
  !(item.getAttribute("aria-label") || item.alt || item.labels?.length || item.innerText))
  .map(item => item.outerHTML)"""


def pixels(page, selector="canvas.stimulus"):
    """Return the red pixels of a canvas, 0 to 255."""
    read = """selector => { const canvas = document.querySelector(selector), { width, height } = canvas;
      return [width, height, [...canvas.getContext('2d').getImageData(0, 0, width, height).data]] }"""
    width, height, data = page.evaluate(read, selector)
    return np.array(data, dtype=float).reshape(height, width, 4)[..., 0]


def high_low(index, size=FIELD):
    """Return a stimulus of the pipeline's, 0 to 255, with its middle pixel in the middle."""
    axis = families.offsets(size, size // 2)
    picture = families.family("high_low", **GRID).render(np.array([index]), axis, axis, channels=1)
    return 255 * picture[0, 0].numpy()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_every_view_fits_and_can_be_read(chromium, address, width, scheme):
    page, wrong = shown(chromium, address, width=width, scheme=scheme)
    for where in VIEWS:
        page.evaluate("where => { location.hash = where }", where)
        arrived(page, where)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, where
        assert page.evaluate(CONTRAST) == [], where
        assert page.get_by_role("heading", level=1).count() == 1, where
        assert wrong == [], where
    page.context.close()


def test_axe_finds_nothing_that_keeps_people_out(chromium, address):
    page, _ = shown(chromium, address)
    for where in VIEWS:
        page.evaluate("where => { location.hash = where }", where)
        arrived(page, where)
        found = [(item["id"], item["nodes"][0]["html"]) for item in Axe().run(page).response["violations"]]
        assert found == [], where
    page.context.close()


def test_units_are_sorted_filtered_and_found(chromium, address, folder):
    table = pd.read_csv(folder / "tables/detectors.tsv", sep="\t")
    page, wrong = shown(chromium, address)
    assert tiles(page) == table["unit"].astype(str).tolist()  # the table is sorted by score
    page.get_by_label("Branch").select_option("1x1")
    assert sorted(tiles(page)) == ["0", "1", "2"]
    page.get_by_label("Branch").select_option("")
    page.get_by_label("Verdict").select_option("1")
    assert sorted(tiles(page)) == ["5", "6"]
    page.get_by_label("Verdict").select_option("")
    page.get_by_label("Find").fill("7")
    assert tiles(page) == ["7"]
    page.get_by_label("Find").fill("nothing")
    assert page.get_by_text("No unit is like that.").is_visible()
    page.get_by_label("Find").fill("")
    page.get_by_label("Sort by").select_option("grating_response")
    page.get_by_label("Order").select_option("1")
    assert tiles(page) == table.sort_values("grating_response")["unit"].astype(str).tolist()
    page.get_by_role("combobox", name=re.compile("^Response to")).select_option("grating_response")
    limit = 100 * table["grating_response"].median()
    page.get_by_label("at most, % of its peak").fill(f"{limit:.4f}")
    few = 100 * table["grating_response"] <= round(limit, 4)
    assert len(tiles(page)) == few.sum()
    page.get_by_label("Prefers").select_option("0")
    apart = (table["preferred_orientation_deg"] + 180) % 360 - 180
    assert len(tiles(page)) == (few & (apart.abs() <= 22.5)).sum()
    listed, where = tiles(page), page.evaluate("location.hash")
    page.context.close()
    page, more = shown(chromium, address, where)  # the address shows the same
    assert tiles(page) == listed
    assert wrong + more == []
    page.context.close()


def test_the_map_reads_and_selects(chromium, address):
    page, wrong = shown(chromium, address, f"#/{STUDIED}")
    dot = page.locator('.dot[data-unit="5"]')
    dot.hover()
    assert page.locator(".polar-said").inner_text().startswith("mixed 5: ")
    dot.click()
    arrived(page, f"#/{STUDIED}/5")
    page.go_back()
    arrived(page, f"#/{STUDIED}")
    page.locator(".polar").focus()
    page.keyboard.press("ArrowRight")
    first = page.locator(".polar-said").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator(".polar-said").inner_text() != first
    page.keyboard.press("Enter")
    page.wait_for_function("/mixed\\/\\d+$/.test(document.body.dataset.shown)")
    assert wrong == []
    page.context.close()


def test_dragging_draws_the_pipelines_stimulus_and_marks_its_response(chromium, address, folder):
    response, axes, _ = response_file.read(folder / f"activations/{STUDIED}/high_low.h5")
    page, wrong = shown(chromium, address, f"#/{STUDIED}/5")
    map_ = page.locator(".surface svg image")
    map_.scroll_into_view_if_needed()
    box = map_.bounding_box()
    ratios, orientations = len(axes["ratio"]), len(axes["orientation"]) - 1
    page.mouse.move(box["x"] + 5, box["y"] + box["height"] - 5)
    page.mouse.down()
    for row, column in ((1, 3), (3, 6), (4, 1), (2, 7)):
        across, up = (column + 0.5) / orientations, (row + 0.5) / ratios
        page.mouse.move(box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"], steps=3)
        index = np.ravel_multi_index((row, column, 0), response.shape[:3])
        assert np.abs(pixels(page) - high_low(index)).max() <= 1
        value = response[row, column, :, 5].mean()
        reading = page.locator(".reading").inner_text()
        assert f"Orientation {axes['orientation'][column]:.0f}°" in reading
        assert float(re.search(r"response (\d+(?:\.\d+)?)", reading)[1]) == pytest.approx(value, rel=0.006, abs=1e-6)
    page.mouse.up()
    where = page.evaluate("location.hash")
    assert f"o={axes['orientation'][7]:g}" in where
    drawn = pixels(page)
    page.context.close()
    page, more = shown(chromium, address, where)  # the address shows the same stimulus
    np.testing.assert_array_equal(pixels(page), drawn)
    stimulus = page.locator("canvas.stimulus")
    stimulus.scroll_into_view_if_needed()
    box = stimulus.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0], middle[1] + box["height"] / 2 - 1)  # straight down, as far as it goes
    page.mouse.up()
    assert page.locator(".reading").inner_text().startswith("Orientation 90°")
    stimulus.press("ArrowRight")
    assert page.locator(".reading").inner_text().startswith("Orientation 135°")
    page.get_by_label("Frequency ratio").press("Home")
    assert "ratio 1.00" in page.locator(".reading").inner_text()
    assert wrong + more == []
    page.context.close()


@pytest.mark.parametrize("name", ALL)
def test_every_family_is_drawn_as_the_pipeline_draws_it(chromium, address, name):
    family = families.family(name, **GRID)
    page, _ = shown(chromium, address, "#/stimuli")
    draw = """([name, at]) => highlow.load("site", "page/site.js").then(site =>
      [...highlow.stimuli.rendered(name, highlow.stimuli.given(site.families[name], at), 60)])"""
    generator = np.random.default_rng(0)
    for index in generator.integers(len(family), size=6):
        place = np.unravel_index(index, family.shape)
        at = {axis: float(values[i]) for (axis, values), i in zip(family.axes.items(), place, strict=True)}
        found = np.array(page.evaluate(draw, [name, at]), dtype=float).reshape(60, 60, 4)[..., :3]
        axis = families.offsets(60, 30)
        expected = 255 * family.render(np.array([index]), axis, axis)[0].numpy()
        assert np.abs(found - expected.transpose(1, 2, 0)).max() <= 1, at
    page.context.close()


def test_the_pointer_reads_values_off_the_surface(chromium, address, folder):
    response, axes, _ = response_file.read(folder / f"activations/{STUDIED}/high_low.h5")
    page, _ = shown(chromium, address, f"#/{STUDIED}/6")
    map_ = page.locator(".surface svg image")
    map_.scroll_into_view_if_needed()
    box = map_.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 2.5 / 8, box["y"] + box["height"] * 0.5 / 5)
    text = page.locator(".hovered").inner_text()
    value = response[4, 2, :, 6].mean()
    assert f"{axes['orientation'][2]:.0f}°" in text
    assert float(re.search(r"response (\d+(?:\.\d+)?)", text)[1]) == pytest.approx(value, rel=0.006, abs=1e-6)
    page.context.close()


def test_keys_walk_through_the_listed_units(chromium, address):
    page, wrong = shown(chromium, address, f"#/{STUDIED}?branch=1x1&sort=unit")
    assert tiles(page) == ["0", "1", "2"]
    page.locator(".tile").first.click()
    arrived(page, f"#/{STUDIED}/0?sort=unit&branch=1x1")
    for key, unit in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowRight", 0), ("ArrowLeft", 2)):
        page.keyboard.press(key)
        arrived(page, f"#/{STUDIED}/{unit}?sort=unit&branch=1x1")
        assert page.evaluate("document.activeElement.tagName") == "H1"  # a screen reader reads on from there
    page.get_by_role("textbox", name="Go to a unit").fill("conv 4")
    page.keyboard.press("Enter")
    arrived(page, "#/conv/4")
    page.locator("h1").focus()
    page.keyboard.press("/")  # there is no search in a unit's view
    assert page.evaluate("document.activeElement.name") == "unit"
    page.get_by_role("link", name="mixed", exact=True).click()
    arrived(page, f"#/{STUDIED}")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "find"
    assert wrong == []
    page.context.close()


def test_two_to_six_units_are_compared_on_one_scale(chromium, address):
    page, wrong = shown(chromium, address, f"#/{STUDIED}/5")
    page.get_by_role("button", name="Add to comparison").click()
    page.locator("a[rel=next]").click()
    page.wait_for_function("!location.hash.startsWith('#/mixed/5')")
    page.get_by_role("button", name="Add to comparison").click()
    page.get_by_role("link", name="Compare (2)").click()
    page.locator(".compared svg image").nth(1).wait_for()
    labels = page.evaluate(
        "[...document.querySelectorAll('.surface svg')].map(item => item.getAttribute('aria-label'))"
    )
    assert len(labels) == 2
    assert len(set(labels)) == 1  # which says the scale
    where = page.evaluate("location.hash")
    page.context.close()
    page, more = shown(chromium, address, where)
    assert page.locator(".compared").count() == 2
    page.get_by_role("button", name="Take out").first.click()
    page.get_by_text("Choose another").wait_for()
    assert wrong + more == []
    page.context.close()


def test_what_is_shown_can_be_saved(chromium, address, folder):
    page, wrong = shown(chromium, address, f"#/{STUDIED}/5")
    with page.expect_download() as waiting:
        page.locator("#tuning").get_by_role("button", name="TSV").click()
    saved = pd.read_csv(waiting.value.path(), sep="\t")
    response, _, _ = response_file.read(folder / f"activations/{STUDIED}/high_low.h5")
    np.testing.assert_allclose(saved["response"], response[:, :-1, :, 5].mean(axis=2).ravel(), rtol=1e-6)
    for button in page.locator("#tuning").get_by_role("button", name="PNG").all():
        with page.expect_download() as waiting:
            button.click()
        assert waiting.value.path().read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    visit(page, f"{address}#/{STUDIED}?branch=1x1")
    page.get_by_role("status").get_by_text("3 of 12 units").first.wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="TSV").click()
    assert len(pd.read_csv(waiting.value.path(), sep="\t")) == 3
    assert wrong == []
    page.context.close()


def test_every_link_shows_something(chromium, address):
    """Follow every link from every view, each once: no unit, no factor and no family is missing."""
    page, wrong = shown(chromium, address)
    pending, seen = ["#/"], set()
    while pending:
        where = pending.pop()
        if where in seen:
            continue
        seen.add(where)
        page.evaluate("where => { delete document.body.dataset.shown; location.hash = where }", where)
        if where != "#/":
            page.wait_for_function("document.body.dataset.shown")
        assert page.locator("main h1").inner_text() != "Not found", where
        pending += page.evaluate(
            "[...document.querySelectorAll('a[href^=\"#/\"]')].map(link => link.getAttribute('href'))"
        )
    reached = {tuple(where[2:].split("?")[0].split("/")) for where in seen}
    assert {(layer, str(unit)) for layer, units in BRANCHES.items() for unit in range(len(units))} <= reached
    assert {("stimuli", name) for name in ALL} <= reached
    assert wrong == []
    page.context.close()


def test_the_tour_leads_through_and_ends(chromium, address):
    page, wrong = shown(chromium, address, f"#/{STUDIED}?tour=1")
    for number in range(1, 5):
        assert f"{number} of 5" in page.locator(".tour").inner_text()
        page.locator(".tour").get_by_role("link", name="Next").click()
        page.locator(".tour").get_by_text(f"{number + 1} of 5").wait_for()
    page.get_by_role("button", name="Done").click()
    assert page.locator(".tour").count() == 0
    assert wrong == []
    page.context.close()


def test_a_part_that_is_missing_is_said(chromium, address, folder, tmp_path):
    copied = tmp_path / "explorer"
    small_explorer.copied(folder, copied)
    (copied / f"layers/{STUDIED}/5.js").unlink()
    page, _ = opened(chromium, (copied / "index.html").as_uri() + f"#/{STUDIED}/5")
    page.get_by_text("layers/mixed/5.js is missing").wait_for()
    page.context.close()


def test_names_are_told_to_a_screen_reader(chromium, address):
    page, _ = shown(chromium, address, f"#/{STUDIED}/5")
    for role in ("banner", "main", "contentinfo"):
        assert page.get_by_role(role).count() == 1, role
    # The article page may not be there; it is told that the explorer is.
    assert page.get_by_role("link", name="article page").get_attribute("href") == "../report/index.html?explorer"
    assert page.evaluate(NAMELESS) == []
    levels = page.evaluate("[...document.querySelectorAll('main h1, main h2, main h3')].map(item => +item.tagName[1])")
    assert levels[0] == 1
    assert max(np.diff(levels)) <= 1  # none is left out
    page.context.close()
