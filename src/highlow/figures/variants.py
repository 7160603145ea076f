"""An experiment's claims in a network and in its destroyed copies, drawn side by side."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from highlow.circuits.scorecard import Claim
from highlow.experiments.claimed import INTACT
from highlow.figures.drawing import HIGH_COLOR

NAMES = {
    INTACT: "this network",
    "shuffled_space": "taps shuffled",
    "shuffled_channels": "channels shuffled",
    "shuffled_last": "last layer's taps",
    "random": "random weights",
}
WHAT_LIMITS_SAY = (
    "Dotted: the claim’s limit. Disc: the interval (line) keeps it, and the claim holds. Ring: it does not.\n"
    "A claim says nothing if it also holds with all taps or channels shuffled or random weights; the last layer’s taps "
    "alone may keep it."
)


def of_variants(
    table: pd.DataFrame, claims: Callable[[pd.DataFrame, int], list[Claim]], seed: int
) -> dict[str, list[Claim]]:
    """Return the claims of every variant of an experiment's table, in its order."""
    return {name: claims(table[table["variant"] == name], seed) for name in dict.fromkeys(table["variant"])}


def summary(claims: Mapping[str, list[Claim]], keys: Sequence[str]) -> dict[str, Any]:
    """Return the claims for a figure's summary.

    Those of the network are [value, low, high], those of destroyed copies the value.

    Parameters
    ----------
    claims : mapping
        From `of_variants`.
    keys : sequence of str
        What the claims are called, in their order.
    """

    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    found = {
        key: [claim.value, *claim.interval] if claim.interval else None
        for key, claim in zip(keys, claims.get(INTACT, ()), strict=False)
    }
    destroyed = {
        variant: {key: finite(claim.value) for key, claim in zip(keys, own, strict=True)}
        for variant, own in claims.items()
        if variant != INTACT
    }
    return {**found, "destroyed": destroyed}


def named(variant: str) -> str:
    """Return what a variant is called in figures."""
    kind = next((known for known in NAMES if variant == known or variant.startswith(f"{known}_")), "")
    if not kind:
        return variant
    draw = variant.removeprefix(kind).removeprefix("_")
    return f"{NAMES[kind]} ({int(draw) + 1})" if draw else NAMES[kind]


def plot_claim(axes: Axes, claims: Mapping[str, Claim], name: str) -> None:
    """Plot a claim's value and interval, a row a variant, the network on top, and its limit.

    A ring is a value that does not hold, a disc one that does.
    """
    for place, (variant, claim) in enumerate(claims.items()):
        color = HIGH_COLOR if variant == INTACT else "0.35"
        if claim.holds is None:
            axes.text(0.02, place, "not measurable", transform=axes.get_yaxis_transform(), va="center", fontsize=6)
            continue
        if claim.interval is not None:
            axes.plot(claim.interval, [place, place], "-", color=color, lw=1)
        axes.plot(claim.value, place, "o", color=color, mfc=color if claim.holds else "white", ms=4)
    limit = float(next(iter(claims.values())).limit.split()[-1])
    axes.axvline(limit, color="0.4", lw=0.9, ls=":")
    axes.set_yticks(range(len(claims)), [named(variant) for variant in claims], fontsize=7)
    axes.set_ylim(len(claims) - 0.5, -0.5)
    axes.set_xlabel(name, fontsize=7)
