"""The explorer in the hands of a reader: every button saves, every choice can be linked, nothing jumps away."""

import csv

from tests.browser.explorer_views import VIEWS, arrived, shown, tiles
from tests.reference.small_explorer import STUDIED

SAVED = [where for where in VIEWS if "tour" not in where and "99" not in where]


def test_every_button_that_saves_saves_something(chromium, address):
    page, wrong = shown(chromium, address)
    names = set()
    for where in SAVED:
        page.evaluate("where => { location.hash = where }", where)
        arrived(page, where)
        buttons = page.locator("button.save").all()
        assert buttons or "compare" in where, where
        for button in buttons:
            with page.expect_download() as waiting:
                button.click()
            name, content = waiting.value.suggested_filename, waiting.value.path().read_bytes()
            names.add(name)
            if name.endswith(".png"):
                assert content.startswith(b"\x89PNG\r\n\x1a\n"), name
            else:
                rows = list(csv.reader(content.decode().splitlines(), delimiter="\t"))
                assert len(rows) > 1, name
                assert len({len(row) for row in rows}) == 1, name
                assert "undefined" not in content.decode(), name
                assert "[object" not in content.decode(), name
    kinds = ("units.tsv", "map.png", "controls.tsv", "evidence.tsv", "photographs.tsv", "connections.tsv", "tuning.tsv")
    for kind in (*kinds, "stimulus.png", "comparison.tsv", "stimuli_high_low_balanced.png", "from_pool.png"):
        assert any(name.endswith(kind) for name in names), kind
    assert wrong == []
    page.context.close()


def test_every_choice_is_in_the_address(chromium, address):
    """Choose each option of each list: the address of that choice lists the same units in the same order."""
    page, wrong = shown(chromium, address, f"#/{STUDIED}")
    for name in page.evaluate("[...document.querySelectorAll('.filters select')].map(item => item.name)"):
        read = "name => [...document.querySelector(`.filters [name=${name}]`).options].map(item => item.value)"
        for value in page.evaluate(read, name):
            page.evaluate(f"location.hash = '#/{STUDIED}?find='")
            arrived(page, f"#/{STUDIED}?find=")
            page.locator(f".filters [name={name}]").select_option(value)
            if name == "control":
                page.locator(".filters [name=most]").fill("50")
            chosen, where = tiles(page), page.evaluate("location.hash")
            page.evaluate("location.hash = '#/factors'")
            arrived(page, "#/factors")
            page.evaluate("where => { location.hash = where }", where)
            arrived(page, where)
            assert tiles(page) == chosen, where
    assert wrong == []
    page.context.close()


def test_the_grid_is_found_again_as_it_was_left(chromium, address):
    page, wrong = shown(chromium, address, f"#/{STUDIED}", width=390)
    tile = page.locator(".tile").nth(9)
    tile.scroll_into_view_if_needed()
    unit, height = tile.get_attribute("data-unit"), page.evaluate("window.scrollY")
    assert height > 0
    tile.click()
    arrived(page, f"#/{STUDIED}/{unit}")
    assert page.evaluate("window.scrollY") == 0
    page.get_by_role("link", name=f"All of {STUDIED}").click()
    arrived(page, f"#/{STUDIED}")
    assert page.evaluate("window.scrollY") == height
    assert page.evaluate("document.activeElement.dataset.unit") == unit  # the keyboard goes on from there
    assert wrong == []
    page.context.close()


def test_the_next_unit_shows_the_same_part(chromium, address):
    page, wrong = shown(chromium, address, f"#/{STUDIED}/5")
    page.locator("#evidence").evaluate("part => part.scrollIntoView()")
    where = "document.querySelector('#evidence').getBoundingClientRect().top"
    before = page.evaluate(where)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.body.dataset.shown !== '#/mixed/5'")
    assert abs(page.evaluate(where) - before) <= 1
    assert wrong == []
    page.context.close()


def test_a_seventh_unit_takes_the_place_of_the_first(chromium, address):
    six = ",".join(f"{STUDIED}:{unit}" for unit in range(6))
    page, wrong = shown(chromium, address, f"#/{STUDIED}/8?with={six}")
    page.get_by_role("button", name="Add to comparison").click()
    page.get_by_text(f"Six at most: {STUDIED} 0 was taken out.").wait_for()
    page.get_by_role("link", name="Compare (6)").click()
    page.wait_for_function("document.body.dataset.shown.startsWith('#/compare')")
    assert page.locator(".compared h2").all_inner_texts() == [f"{STUDIED} {unit}" for unit in (1, 2, 3, 4, 5, 8)]
    assert wrong == []
    page.context.close()


def test_a_finger_turns_the_stimulus(chromium, address):
    page, wrong = shown(chromium, address, f"#/{STUDIED}/5", width=390, has_touch=True)
    stimulus = page.locator("canvas.stimulus")
    stimulus.scroll_into_view_if_needed()
    box, height = stimulus.bounding_box(), page.evaluate("window.scrollY")
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = page.context.new_cdp_session(page)
    for kind, down in (("touchStart", 20), ("touchMove", 60), ("touchMove", box["height"] / 2 - 1)):
        point = {"x": middle[0], "y": middle[1] + down}
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert page.locator(".reading").inner_text().startswith("Orientation 90°")
    assert "o=90" in page.evaluate("location.hash")
    assert page.evaluate("window.scrollY") == height  # the page did not scroll under the finger
    assert wrong == []
    page.context.close()
