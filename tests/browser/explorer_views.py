"""The views of the small explorer, and how a test waits for one."""

from tests.browser.browsers import drawn, opened
from tests.reference.small_explorer import SOURCE, STUDIED

VIEWS = (
    *(
        f"#/{STUDIED}",
        f"#/{STUDIED}/5",
        f"#/{SOURCE}",
        f"#/{SOURCE}/2",
        "#/next/1",
        "#/factors",
        "#/stimuli/high_low_balanced",
    ),
    *(f"#/compare?with={STUDIED}:5,{STUDIED}:6,{SOURCE}:1", f"#/{STUDIED}?tour=1", f"#/{STUDIED}/99"),
)


def shown(browser, address, where="", **options):
    """Return the page once it shows what an address says, and the list of what went wrong on it, which grows."""
    page, wrong = opened(browser, address + where, **options)
    page.locator("main h1").wait_for()
    page.wait_for_function("document.body.dataset.shown")
    drawn(page)
    return page, wrong


def arrived(page, where):
    """Wait until the page shows what an address says."""
    page.wait_for_function("where => document.body.dataset.shown === where && location.hash === where", arg=where)
    drawn(page)


def tiles(page):
    """Return the numbers of the units that the grid lists, in its order."""
    return page.evaluate("[...document.querySelectorAll('.tile')].map(tile => tile.dataset.unit)")
