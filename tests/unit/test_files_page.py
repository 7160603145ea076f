"""What the page on files says, row by row, against what the code does with such an input."""

import pytest

from tests.files_page import PAGE, fits, images, results, tables, weights

# A section is a heading of the page, with its rows' inputs; `tests/files_page` says how one is made.
SECTIONS = images.SECTIONS | weights.SECTIONS | results.SECTIONS
PAGES = tables(PAGE.read_text(encoding="utf-8"))


def test_every_row_of_the_page_has_an_input_and_every_input_a_row():
    assert {heading: list(rows) for heading, rows in PAGES.items()} == {
        heading: list(section.builders) for heading, section in SECTIONS.items()
    }


@pytest.mark.parametrize(
    ("heading", "row"), [(heading, row) for heading in SECTIONS for row in SECTIONS[heading].builders]
)
def test_the_page_says_what_is_done(heading, row, tmp_path, monkeypatch):
    section = SECTIONS[heading]
    found = section.outcome(tmp_path, section.builders[row](tmp_path, monkeypatch))
    outcome, reason = PAGES[heading][row]
    assert found[0] == outcome, found
    assert fits(reason, found[1]), found


def test_a_reason_that_the_page_has_not_does_not_fit():
    assert fits("damaged: ...", "damaged: cut")
    for text in ("damaged: ", "damaged", "undamaged: cut", "no damaged: cut"):
        assert not fits("damaged: ...", text)
    assert not fits("", "a reason")
