"""Every claim of the scorecards of several networks, side by side: which hold, which fail, and which say nothing."""

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from highlow.circuits.scorecard import NOTES, section_order
from highlow.figures.drawing import Drawing, new_figure, styled
from highlow.storage import table_files

ROW_INCHES, AROUND_INCHES = 0.21, 1.9  # a row; title, names of networks, totals, legend
LONGEST_LINE = 72
HOLDS, NOTHING, FAILS, UNKNOWN, ABSENT = "holds", "says nothing", "fails", "not measurable", "not asked"


@dataclass(frozen=True)
class State:
    """How a state is drawn: its colour, that of the value on it, a mark, hatching, and words for the legend."""

    color: str
    ink: str
    mark: str
    hatch: str
    words: str


# Of Okabe and Ito's colours: they differ in lightness too, and so do the marks.
STATES = {
    HOLDS: State("#0072B2", "white", "✓", "", "holds"),
    NOTHING: State("#C6DDEC", "black", "○", "////", "holds on destroyed weights too: says nothing"),
    FAILS: State("#E69F00", "black", "✗", "", "fails"),
    UNKNOWN: State("#E4E4E4", "black", "–", "", "not measurable"),
    ABSENT: State("white", "black", "", "", "not asked of this network"),
}


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw the scorecards in `inputs` (TSV), by network."""
    table = pd.concat([_asked(name, path) for name, path in inputs.items()], ignore_index=True)
    rows = _rows(table)
    sections = rows["section"].nunique()
    figure = new_figure(AROUND_INCHES + ROW_INCHES * (len(rows) + sections), "Claims in numbers, network by network")
    axes = figure.subplots()
    places = _places(rows)
    networks = list(inputs)
    for (section, key), place in places.items():
        if not key:
            axes.text(-0.02, place, section, ha="right", va="center", weight="bold", transform=_beside(axes))
            continue
        of_row = table[(table["section"] == section) & (table["key"] == key)].set_index("network")
        axes.text(
            -0.02, place, _wrapped(key), ha="right", va="center", fontsize=6, linespacing=0.95, transform=_beside(axes)
        )
        for column, network in enumerate(networks):
            _cell(axes, column, place, of_row.loc[network] if network in of_row.index else None)
    _finish(axes, networks, table, len(places))
    figure.legend(handles=_handles(), loc="outside lower center", ncols=3, fontsize=7)
    return Drawing(figure, table.drop(columns="key"), _summary(table))


def _asked(network: str, path: str) -> pd.DataFrame:
    """Return the claims of a network: its state, and the key that claims of different networks share.

    Sources have other names in other networks: the nearest one is the first that the scorecard names.
    """
    card = table_files.read(path, ("claim", "verdict", *NOTES))
    sources: dict[str, int] = {}
    keys = []
    for claim, command in zip(card["claim"], card["command"], strict=True):
        source, _, rest = claim.partition(": ")
        if f"/factors/{source}_to_" in command:
            claim = f"source {sources.setdefault(source, len(sources) + 1)}: {rest}"
        keys.append(re.sub(r", of \d+( trained ones)? compared", ", of those compared", claim))
    empty = card["says_nothing"].notna() & (card["says_nothing"] != "")
    state = card["verdict"].where(~((card["verdict"] == HOLDS) & empty), NOTHING)
    found = pd.DataFrame({"network": network, "section": card["section"].fillna(""), "key": keys, "state": state})
    return found.join(card[["claim", "value", "interval", "limit", "control values"]])


def _rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return the claims of all networks, once each, section by section.

    One that the first network has not comes behind the one that it follows in its own scorecard.
    """
    lines: list[tuple[str, str]] = []
    for _, card in table.groupby("network", sort=False):
        place = 0
        for line in zip(card["section"], card["key"], strict=True):
            if line not in lines:
                lines.insert(place, line)
            place = lines.index(line) + 1
    rows = pd.DataFrame(lines, columns=["section", "key"])
    return rows.sort_values("section", key=lambda names: names.map(section_order), kind="stable")


def _places(rows: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Return the line of each section's heading, whose claim is empty, and of each of its claims."""
    lines: list[tuple[str, str]] = []
    for section, part in rows.groupby("section", sort=False):
        lines += [(str(section), ""), *((str(section), key) for key in part["key"])]
    return {line: place for place, line in enumerate(lines)}


def _beside(axes: Axes) -> Any:
    return axes.get_yaxis_transform()


def _wrapped(text: str) -> str:
    """Return a claim on at most two lines."""
    return "\n".join(textwrap.wrap(text, LONGEST_LINE, max_lines=2, placeholder="…"))


def _cell(axes: Axes, column: int, place: int, row: Any) -> None:
    """Draw a claim of a network: colour, mark and value."""
    state = STATES[ABSENT if row is None else row["state"]]
    box = Rectangle((column + 0.03, place - 0.45), 0.94, 0.9, fc=state.color, ec="white", lw=0, hatch=state.hatch)
    axes.add_patch(box)
    if row is None:
        return
    value = "" if pd.isna(row["value"]) else f" {float(row['value']):.3g}".replace("-", "\N{MINUS SIGN}")
    axes.text(column + 0.5, place, f"{state.mark}{value}", ha="center", va="center", fontsize=6.5, color=state.ink)


def _finish(axes: Axes, networks: list[str], table: pd.DataFrame, lines: int) -> None:
    """Name the networks above, and count below what holds in each."""
    for column, network in enumerate(networks):
        own = table[table["network"] == network]["state"]
        holding = int(own.isin((HOLDS, NOTHING)).sum())
        total = f"{holding} of {len(own)} hold\n{int((own == NOTHING).sum())} say nothing"
        axes.text(column + 0.5, lines - 0.3, total, ha="center", va="top", fontsize=6.5)
    axes.set_xticks([column + 0.5 for column in range(len(networks))], networks, rotation=30, ha="left", fontsize=7)
    axes.tick_params(top=True, labeltop=True, bottom=False, labelbottom=False, length=0)
    axes.set_yticks([])
    axes.set_xlim(0, len(networks))
    axes.set_ylim(lines + 0.7, -0.6)
    axes.spines[:].set_visible(False)


def _handles() -> list[Rectangle]:
    return [
        Rectangle(
            (0, 0),
            1,
            1,
            fc=state.color,
            ec="0.6",
            lw=0.4,
            hatch=state.hatch,
            label=f"{state.mark} {state.words}".strip(),
        )
        for state in STATES.values()
    ]


def _summary(table: pd.DataFrame) -> dict[str, Any]:
    """Return by network how many claims there are, hold, and say nothing."""
    found = {}
    for network, own in table.groupby("network", sort=False)["state"]:
        found[str(network)] = {
            "claims": len(own),
            "hold": int(own.isin((HOLDS, NOTHING)).sum()),
            "say_nothing": int((own == NOTHING).sum()),
            "fail": int((own == FAILS).sum()),
        }
    return found
