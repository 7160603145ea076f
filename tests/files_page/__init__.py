"""The inputs that `docs/reference/files.md` speaks of, made row by row, and what the code does with them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "files.md"
ROW = re.compile(r"^\| (?P<input>.+?) \| (?P<outcome>.+?) \| (?P<reason>.*?) ?\|$")


@dataclass(frozen=True)
class Section:
    """A table of the page, which stands under the heading of the same name.

    Attributes
    ----------
    builders : dict
        By the text of a row's first column: a function of an empty folder and pytest's `monkeypatch`, which makes the
        input there and returns what `outcome` wants to know of it.
    outcome : callable
        Function of the folder and of what a builder returned; returns the second and third column: a word, and the
        exact text that the user sees, or an empty one.
    """

    builders: dict[str, Callable]
    outcome: Callable


def tables(text):
    """Return the rows of the page's tables by heading: first column to the second and third.

    In the third, which is code, `...` stands for any text.
    """
    found, heading = {}, ""
    for line in text.splitlines():
        if line.startswith("#"):
            heading = line.lstrip("# ")
        elif (row := ROW.match(line)) and row["input"] not in ("input", "---"):
            rows = found.setdefault(heading, {})
            assert row["input"] not in rows, f"two rows of {row['input']}"
            rows[row["input"]] = row["outcome"], row["reason"].strip("`")
    return found


def fits(reason, text):
    """Return whether what the code says is the page's reason."""
    return re.fullmatch(".+".join(map(re.escape, reason.split("..."))), text) is not None
