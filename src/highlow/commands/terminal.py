"""How answers look in a terminal: tables, bars, sizes. What is piped has no colours."""

import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from highlow.runs import command_line
from highlow.storage.checksums import finite

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

CUT = 141  # exit status when the reader of the output went away, as of SIGPIPE
EIGHTHS = " ▏▎▍▌▋▊▉█"
WIDEST = 100  # columns; longer lines are hard to read


def ended(program: Callable[[], str]) -> int:
    """Run what a command does and return its exit status, see `command_line.ended`.

    That whoever reads the output has read enough, as `head` does, is no error.
    """
    cut = False

    def shown() -> str:
        nonlocal cut
        try:
            line = program()
            sys.stdout.flush()
        except BrokenPipeError:
            cut = True
            with suppress(OSError), Path(os.devnull).open("wb") as nothing:  # else Python would complain at its end
                os.dup2(nothing.fileno(), sys.stdout.fileno())
            return ""
        return line

    status = command_line.ended(shown)
    return CUT if cut else status


def print_json(content: Any) -> None:
    """Print JSON; a number that is not finite becomes null."""
    print(json.dumps(finite(content), indent=1, ensure_ascii=not _has("°")))


def print_table(columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table.

    Parameters
    ----------
    columns : sequence of (str, str)
        Heading, and `left` or `right`.
    rows : iterable of sequence of str
    title : str
        Line above.
    """
    from rich import box
    from rich.table import Table

    # Two columns of space between cells, none at the edges.
    table = Table(box=box.SIMPLE_HEAD if _has("─") else box.ASCII2, show_edge=False, pad_edge=False, padding=0)
    for heading, side in columns:
        table.add_column(heading, justify="right" if side == "right" else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_text(cell) for cell in row))
    console = _console()
    if title:
        console.print(_text(title))
    console.print(table)


def print_tree(line: str, below: Sequence[Any]) -> None:
    """Print a tree: a line, and trees below it."""
    from rich.tree import Tree

    def grown(line: str, below: Sequence[Any], tree: Tree) -> Tree:
        for part, parts in below:
            grown(part, parts, tree.add(_text(part)))
        return tree

    _console().print(grown(line, below, Tree(_text(line), guide_style="dim")))


def print_text(text: str) -> None:
    """Print a text, wrapped."""
    _console().print(_text(text))


def bar(value: float, width: int) -> str:
    """Return a bar of some characters for a value from 0 to 1; of a terminal without blocks it has `#`."""
    if not math.isfinite(value):
        return ""
    filled = min(max(value, 0), 1) * width
    if not _has("█"):
        return "#" * round(filled)
    whole, rest = divmod(round(filled * 8), 8)
    return ("█" * whole + (EIGHTHS[rest] if rest else "")).ljust(width)


def number(value: float, digits: int = 2) -> str:
    """Return a number, or a dash where there is none."""
    return f"{value:.{digits}f}" if math.isfinite(value) else "-"


def angle(value: float) -> str:
    """Return whole degrees, or a dash where there are none."""
    return f"{round(value) % 360}{'°' if _has('°') else ''}" if math.isfinite(value) else "-"


def turn(value: float) -> str:
    """Return the whole degrees from one direction to another, with a sign, or a dash where there are none."""
    return f"{round(value):+d}{'°' if _has('°') else ''}" if math.isfinite(value) else "-"


def megabytes(size: int | None) -> str:
    """Return a size for a reader, or nothing where it is not known."""
    return "" if size is None else f"{size / 1e6:.1f} MB"


def _text(text: str) -> "Text":
    """Return a text in which nothing is markup."""
    from rich.text import Text

    return Text(text)


def _console() -> "Console":
    from rich.console import Console

    console = Console(highlight=False)
    console.width = min(console.width, WIDEST)
    return console


def _has(character: str) -> bool:
    """Return whether the output can show a character."""
    try:
        character.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
