"""The article's claims in numbers, beside the published ones, with a verdict that can be `fails`."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.networks.registry import EMPTY_CONTROLS
from highlow.probes.tuning import CONFIDENCE

RESAMPLES = 1000
COLUMNS = ("claim", "value", "interval", "published value", "difference", "control values", "verdict")
# What the verdict rests on.
NOTES = ("section", "measure", "limit", "reason", "says_nothing", "command")
# Sections of the article, in its order, and that of the controls; others come behind.
FUNCTION, IMPLEMENTATION, USAGE, UNIVERSALITY = "Function", "Implementation", "Usage", "Universality"
CONTROLS = "Controls"
SECTIONS = (FUNCTION, IMPLEMENTATION, USAGE, UNIVERSALITY, CONTROLS)
VERDICTS = {True: "holds", False: "fails", None: "not measurable"}
Floats = NDArray[np.floating]


class Place(TypedDict):
    """Fields of a claim that say where it belongs."""

    section: str
    file: str


class Notes(TypedDict, total=False):
    """Fields of a claim beside what was measured."""

    section: str
    limit: str
    reason: str
    measure: str
    file: str


@dataclass(frozen=True)
class Claim:
    """One line of the scorecard; `holds` is None where the value could not be measured.

    `section` is the part of the article that it is about, `limit` says when it holds, and `reason` why there. `measure`
    says what the value is where the text alone does not, and `file` is the result that it is read from, below the
    network's folder.
    """

    text: str
    value: float
    holds: bool | None
    interval: tuple[float, float] | None = None
    published: float | None = None
    section: str = ""
    limit: str = ""
    reason: str = ""
    measure: str = ""
    file: str = "scorecard.tsv"

    def row(self) -> dict[str, object]:
        """Return the line as the columns of `scorecard.tsv`; what needs the controls or the run is empty."""
        interval = "" if self.interval is None else f"{self.interval[0]:.4g} to {self.interval[1]:.4g}"
        difference = "" if self.published is None or self.holds is None else f"{self.value - self.published:.4g}"
        return {
            "claim": self.text,
            "value": "" if self.holds is None else f"{self.value:.4g}",
            "interval": interval,
            "published value": "" if self.published is None else f"{self.published:.4g}",
            "difference": difference,
            "control values": "",
            "verdict": VERDICTS[self.holds],
            "section": self.section,
            "measure": self.measure or re.sub(r" \([^()]*\)$", "", self.text),
            "limit": self.limit,
            "reason": self.reason,
            "says_nothing": "",
            "command": "",
        }


def bootstrap_median(values: Floats, seed: int) -> tuple[float, float]:
    """Return the interval of a median over units, by bootstrap (percentile, 95 %)."""
    drawn = np.random.default_rng(seed).choice(values, size=(RESAMPLES, len(values)))
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(np.median(drawn, axis=1), [tail, 100 - tail])
    return float(low), float(high)


def median_claim(
    text: str, values: Floats, test: Callable[[float], bool], seed: int, published: float | None, **notes: Unpack[Notes]
) -> Claim:
    """Return a claim about a median over units, with its bootstrap interval; `notes` are further fields of it."""
    if len(values) == 0:
        return Claim(text, np.nan, None, None, published, **notes)
    value = float(np.median(values))
    return Claim(text, value, bool(test(value)), bootstrap_median(values, seed), published, **notes)


def scorecard(
    claims: Iterable[Claim],
    controls: Mapping[str, Sequence[pd.DataFrame]],
    command: tuple[str, str] = ("snakemake ", ""),
) -> pd.DataFrame:
    """Return claims as a table, section by section.

    Parameters
    ----------
    claims : iterable of Claim
        As measured on a network.
    controls : mapping
        Scorecards of the network's controls, by what is destroyed: one a draw.
    command : (str, str)
        What stands before and behind the file that a value is read from, in the command that makes it.

    Returns
    -------
    DataFrame
        `COLUMNS`, then `NOTES`.
    """
    claims = sorted(claims, key=lambda claim: section_order(claim.section))
    card = pd.DataFrame([claim.row() for claim in claims], columns=[*COLUMNS, *NOTES])
    card["control values"] = [control_values(claim.text, controls) for claim in claims]
    card["says_nothing"] = [says_nothing(claim, controls) for claim in claims]
    card["command"] = [claim.file.join(command) for claim in claims]
    return card


def section_order(section: str) -> int:
    """Return the place of a section: those that the article has no name for come last."""
    return SECTIONS.index(section) if section in SECTIONS else len(SECTIONS)


def control_values(claim: str, controls: Mapping[str, Sequence[pd.DataFrame]]) -> str:
    """Return the values of a claim in every control, e.g. `random 0, 0; shuffled_space 0, 1`; empty where it has none.

    A value that a draw has not, because no unit passed there, is a dash.
    """
    found = {kind: [card.set_index("claim")["value"].get(claim) for card in cards] for kind, cards in controls.items()}
    written = {kind: ", ".join(map(_written, values)) for kind, values in found.items()}
    if all(set(text) <= set("-, ") for text in written.values()):
        return ""
    return "; ".join(f"{kind} {text}" for kind, text in written.items())


def says_nothing(claim: Claim, controls: Mapping[str, Sequence[pd.DataFrame]]) -> str:
    """Return in which destroyed networks a claim that holds does so too, e.g. `random 1 of 5`; empty where in none.

    `shuffled_last` does not count: its earlier layers are intact.
    """
    if not claim.holds:
        return ""
    found = []
    for kind in EMPTY_CONTROLS:
        cards = [card.set_index("claim") for card in controls.get(kind, ())]
        held = sum(card["verdict"].get(claim.text) == VERDICTS[True] for card in cards)
        found += [f"{kind} {held} of {len(cards)}"] if held else []
    return "; ".join(found)


def _written(value: object) -> str:
    """Return a value of a scorecard, as a number or as text, or a dash."""
    return "-" if value in (None, "") or pd.isna(value) else f"{float(str(value)):.4g}"
