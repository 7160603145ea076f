"""Numbers and names as the article page writes them."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

LONGEST_LIST = 8
MOST_NUMBERS = 12
# Ends of keys that say the unit of measurement, and what the page writes instead.
UNITS = {
    "_deg": " (°)",
    "_px": " (px)",
    "_db": " (dB)",
    "_octaves": " (octaves)",
    "_percent": " (%)",
    "_seconds": " (s)",
}
# Keys of when something first happens: no number means that it never does.
FIRST = "first_"
ACRONYMS = {"hf": "HF", "lf": "LF", "l2": "L2", "id": "id"}


def written(value: Any) -> str:
    """Return a number for reading: three significant digits, a true minus sign; lists are cut after eight items."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "not measurable"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value}".replace("-", "\u2212")
    if isinstance(value, float):
        return _rounded(value)
    if isinstance(value, list | tuple):
        shown = ", ".join(written(item) for item in value[:LONGEST_LIST])
        return f"{shown}, … ({len(value)})" if len(value) > LONGEST_LIST else shown or "none"
    return spaced(str(value))


def spaced(text: str) -> str:
    """Return a name with spaces for underscores, e.g. of a role; one with a digit in it is a layer's and stays."""
    return text if re.search(r"\d", text) else text.replace("_", " ")


def label(key: str, names: Mapping[str, str]) -> str:
    """Return the words of a key, e.g. `median_map_correlation`; `names` replaces those of layers."""
    if key in names:
        return names[key]
    unit = next((end for end in UNITS if key.endswith(end)), "")
    words = key.removesuffix(unit).replace("_", " ").split(" ")
    return " ".join(ACRONYMS.get(word, word) for word in words) + UNITS.get(unit, "")


def listed(summary: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return a figure's summary as (words, number), nested keys joined by a colon; the first twelve."""
    rows = [
        (": ".join(label(key, names) for key in path), "never" if _never(path, value) else written(value))
        for path, value in _leaves(summary)
    ]
    return rows[:MOST_NUMBERS]


def _never(path: Sequence[str], value: Any) -> bool:
    return value is None and any(key.startswith(FIRST) for key in path)


def at(summary: Mapping[str, Any], path: Sequence[str | int]) -> Any:
    """Return what lies at a path of keys and indices of a summary, or None where there is nothing."""
    value: Any = summary
    for key in path:
        inside = isinstance(value, Mapping) and key in value
        inside |= isinstance(value, list) and isinstance(key, int) and key < len(value)
        if not inside:
            return None
        value = value[key]
    return value


def found(summary: Mapping[str, Any], path: Sequence[str | int]) -> float | None:
    """Return the number at a path of keys and indices of a summary, or None where there is none."""
    value = at(summary, path)
    return float(value) if isinstance(value, int | float) else None


def said(summary: Mapping[str, Any], path: Sequence[str | int]) -> str:
    """Return the number at a path as a sentence says it, `[value, low, high]` with its interval; empty without one."""
    value = found(summary, path)
    if value is not None:
        return written(int(value) if value.is_integer() else value)
    interval = [found(summary, (*path, index)) for index in range(3)]
    if None in interval:
        return ""
    middle, low, high = map(written, interval)
    return f"{middle} ({low} to {high})"


def degrees(value: float | None) -> str:
    """Return an angle as a cell of a table says it: whole degrees; empty without one."""
    return "" if value is None or not math.isfinite(value) else f"{value:.0f}°"


def head(*names: str) -> Markup:
    """Return the heading row of a table."""
    return Markup("<tr>{}</tr>").format(Markup("").join(Markup('<th scope="col">{}</th>').format(n) for n in names))


def row(*cells: Any) -> Markup:
    """Return a row of a table, with a dash where there is no value; long names may break after an underscore."""

    def shown(cell: Any) -> Markup:
        if isinstance(cell, Markup):
            return cell
        return escape("–" if cell is None or cell == "" else cell).replace("_", Markup("_<wbr>"))

    return Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(shown(cell)) for cell in cells))


def unit(explored: Mapping[str, str], layer: str, number: Any) -> Markup:
    """Return the number of a unit, with its place in the explorer if that shows its layer.

    Parameters
    ----------
    explored : mapping
        What the explorer calls a layer, by its name.
    layer : str
        Its name, or what the explorer calls it.
    number : int or str
    """
    shown = explored.get(layer, layer if layer in explored.values() else "")
    if not shown:
        return Markup("{}").format(number)
    return Markup('<span data-unit="{}/{}">{}</span>').format(quote(shown, safe=""), number, number)


def units(explored: Mapping[str, str], layer: str, numbers: Sequence[int]) -> Markup:
    """Return several units of a layer, after its name."""
    listed = Markup(", ").join(unit(explored, layer, number) for number in numbers)
    return Markup("{} {}").format(layer, listed) if numbers else Markup("none")


def _leaves(summary: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in summary.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, str(key)))
        elif isinstance(value, list | tuple) and any(isinstance(item, Mapping | list | tuple) for item in value):
            continue  # a table in all but name: its numbers stand in the figure's TSV
        else:
            yield (*path, str(key)), value


def _rounded(value: float) -> str:
    if value == 0:
        return "0"
    text = f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return text.replace("-", "\u2212")
