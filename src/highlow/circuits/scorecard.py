"""The article's claims in numbers, beside the published ones, with a verdict that can be `fails`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.detection import SMALLEST_SEPARATION_OCTAVES
from highlow.circuits.factor_file import FactorFit
from highlow.circuits.factors import map_correlation, weight_orientation
from highlow.networks.registry import EMPTY_CONTROLS
from highlow.probes.circular import angle_between, largest_gap
from highlow.probes.tuning import CONFIDENCE
from highlow.reference import article

RESAMPLES = 1000
LARGEST_GAP_DEG = 100.0
FEWEST_DETECTORS = 8
COUNT = f"detectors in the layer (at least {FEWEST_DETECTORS})"
# Responses to control stimuli: column, in words, limit. A contrast edge is half of a high-low stimulus.
CONTROL_CLAIMS = (
    ("grating_response", "gratings", 0.3),
    ("luminance_edge_response", "luminance edges", 0.3),
    ("colour_edge_response", "colour edges", 0.3),
    ("contrast_edge_response", "contrast edges", 0.8),
)
COLUMNS = ("claim", "value", "interval", "published value", "difference", "control values", "verdict")
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Claim:
    """One line of the scorecard; `holds` is None where the value could not be measured.

    `section` is the part of the article that it is about, `limit` says when it holds, and `reason` why there.
    """

    text: str
    value: float
    holds: bool | None
    interval: tuple[float, float] | None = None
    published: float | None = None
    section: str = ""
    limit: str = ""
    reason: str = ""

    def row(self) -> dict[str, object]:
        """Return the line as the columns of `scorecard.tsv`."""
        interval = "" if self.interval is None else f"{self.interval[0]:.4g} to {self.interval[1]:.4g}"
        difference = "" if self.published is None or self.holds is None else f"{self.value - self.published:.4g}"
        return dict(
            zip(
                COLUMNS,
                (
                    self.text,
                    "" if self.holds is None else f"{self.value:.4g}",
                    interval,
                    "" if self.published is None else f"{self.published:.4g}",
                    difference,
                    "",
                    {True: "holds", False: "fails", None: "not measurable"}[self.holds],
                ),
                strict=True,
            )
        )


def median_claim(text: str, values: Floats, test: Callable[[float], bool], seed: int, published: float | None) -> Claim:
    """Return a claim about a median over units, with its bootstrap interval (percentile, 95 %)."""
    if len(values) == 0:
        return Claim(text, np.nan, None, None, published)
    drawn = np.random.default_rng(seed).choice(values, size=(RESAMPLES, len(values)))
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(np.median(drawn, axis=1), [tail, 100 - tail])
    value = float(np.median(values))
    return Claim(text, value, bool(test(value)), (float(low), float(high)), published)


def scorecard(
    table: pd.DataFrame,
    fits: Mapping[str, FactorFit],
    truth: pd.DataFrame | None,
    controls: Mapping[str, Sequence[pd.DataFrame]],
    seed: int,
    *,
    articles_network: bool = False,
    further: Sequence[Claim] = (),
) -> pd.DataFrame:
    """Return the claims of the article as measured on a network.

    Parameters
    ----------
    table : DataFrame
        Detectors table.
    fits : dict
        Factors into the layer by source layer, nearest first.
    truth : DataFrame or None
        What was planted, where the network has a ground truth.
    controls : mapping
        Scorecards of the network's controls, by what is destroyed: one a draw.
    seed : int
        Of the bootstrap over units.
    articles_network : bool
        Whether unit numbers are the article's.
    further : sequence of Claim
        Claims about more than the detectors and their factors.

    Returns
    -------
    DataFrame
        Columns of the contract.
    """
    found = table[table["is_detector"] == 1]
    layer = table["layer"].iloc[0]
    facts = article()
    six = np.array(list(facts["preferred_orientation_deg"].values()))
    same_layer = layer == facts["units"]["layer"]
    count, gap = len(found), largest_gap(found["preferred_orientation_deg"].to_numpy())
    claims = [
        Claim(
            COUNT,
            count,
            count >= FEWEST_DETECTORS,
            None,
            len(facts["units"]["all"]) if same_layer else None,
        ),
        Claim(
            f"largest gap between preferred orientations, degrees (at most {LARGEST_GAP_DEG:g}; published: of six)",
            gap,
            gap <= LARGEST_GAP_DEG,
            None,
            largest_gap(six) if same_layer else None,
        ),
        _median(
            "polarity_ratio", "response to the opposite orientation, share (median, at most 0.1)", 0.1, found, seed
        ),
        _median(
            "uniform_response", "response to uniform texture, share of peak (median, at most 0.3)", 0.3, found, seed
        ),
        *(
            _median(column, f"response to {words}, share of peak (median, at most {limit:g})", limit, found, seed)
            for column, words, limit in CONTROL_CLAIMS
        ),
    ]
    if controls:
        empty = [card for kind in EMPTY_CONTROLS for card in controls.get(kind, ())]
        false = sum(card.set_index("claim")["value"][COUNT] for card in empty)
        claims.insert(1, Claim("detectors where the weights are destroyed, all draws (0)", false, false == 0))
    for source, fit in fits.items():
        claims += _factor_claims(source, fit, found, seed, same_layer)
    claims += further
    if articles_network and same_layer:
        claims += _article_claims(table)
    if truth is not None:
        claims += _truth_claims(found, truth[truth["layer"] == layer])
    card = pd.DataFrame([claim.row() for claim in claims], columns=list(COLUMNS))
    card["control values"] = [control_values(claim, controls) for claim in card["claim"]]
    return card


def control_values(claim: str, controls: Mapping[str, Sequence[pd.DataFrame]]) -> str:
    """Return the values of a claim in every control, e.g. `random 0, 0; shuffled_space 0, 1`; empty where it has none.

    A value that a draw has not, because no unit passed there, is a dash.
    """
    found = {kind: [card.set_index("claim")["value"].get(claim) for card in cards] for kind, cards in controls.items()}
    written = {
        kind: ", ".join("-" if value is None or pd.isna(value) else f"{value:.4g}" for value in values)
        for kind, values in found.items()
    }
    if all(set(text) <= set("-, ") for text in written.values()):
        return ""
    return "; ".join(f"{kind} {text}" for kind, text in written.items())


def _median(column: str, text: str, largest: float, found: pd.DataFrame, seed: int) -> Claim:
    return median_claim(text, found[column].to_numpy(), lambda value: value <= largest, seed, None)


def _factor_claims(source: str, fit: FactorFit, found: pd.DataFrame, seed: int, same_layer: bool) -> list[Claim]:
    facts = article()

    def published(name: str, transform: Callable[[Floats], Floats]) -> float | None:
        values = facts[name].get(source) if same_layer else None
        return None if values is None else float(np.median(transform(np.array(values))))

    maps = fit.maps(found["unit"].to_numpy())
    correlation = map_correlation(maps[:, 0], maps[:, 1])
    angle = weight_orientation(maps[:, 0], maps[:, 1])
    difference = np.abs(angle_between(angle, found["preferred_orientation_deg"].to_numpy()))
    share = fit.factors.explained / fit.factors.bound
    stability = float(np.min(fit.unit_stability))
    separation = fit.separation_octaves
    return [
        Claim(
            f"{source}: HF and LF factor respond apart, octaves (at least {SMALLEST_SEPARATION_OCTAVES})",
            separation,
            separation >= SMALLEST_SEPARATION_OCTAVES,
        ),
        Claim(f"{source}: two factors explain, share of the best rank-2 fit (at least 0.6)", share, share >= 0.6),
        Claim(
            f"{source}: factors are the same without any one unit, smallest cosine (at least 0.95)",
            stability,
            stability >= 0.95,
        ),
        median_claim(
            f"{source}: correlation of the HF and LF maps (median, at most -0.9)",
            correlation,
            lambda value: value <= -0.9,
            seed,
            published("map_correlation", lambda values: values),
        ),
        median_claim(
            f"{source}: orientation of the weights from that of the responses, degrees (median, at most 6)",
            difference,
            lambda value: value <= 6,
            seed,
            published("orientation_difference_deg", np.abs),
        ),
    ]


def _article_claims(table: pd.DataFrame) -> list[Claim]:
    """Which of the article's units are found, and whether they point where its figure 3 says."""
    facts = article()
    published = facts["units"]["all"]
    found = table[table["is_detector"] == 1]
    shared = found["unit"].isin(published).sum()
    recall, precision = shared / len(published), shared / len(found) if len(found) else 0.0
    angles = facts["preferred_orientation_deg"]
    measured = table.set_index("unit")["preferred_orientation_deg"].loc[list(angles)].to_numpy()
    difference = np.abs(angle_between(measured, np.array(list(angles.values()), dtype=np.float64)))
    largest = float(difference.max())  # nan where a unit is silent
    return [
        Claim("the article's units found, share (at least 0.6)", recall, recall >= 0.6, published=1),
        Claim("detectors that are the article's, share (at least 0.6)", precision, precision >= 0.6, published=1),
        Claim(
            "preferred orientation of the article's six units from the published one, degrees (largest, at most 15)",
            largest,
            largest <= 15 if np.isfinite(largest) else None,
            published=0,
        ),
    ]


def _truth_claims(found: pd.DataFrame, truth: pd.DataFrame) -> list[Claim]:
    """Recall and precision against what was planted, and the error of the preferred orientations."""
    planted = truth[truth["role"] == "detector"].set_index("unit")["orientation_deg"]
    if planted.empty:
        return []
    hits = found[found["unit"].isin(planted.index)]
    recall = len(hits) / len(planted)
    precision = len(hits) / len(found) if len(found) else 0.0
    error = np.abs(angle_between(hits["weight_orientation_deg"].to_numpy(), planted.loc[hits["unit"]].to_numpy()))
    return [
        Claim("planted detectors found, recall (1)", recall, recall == 1),
        Claim("detectors that were planted, precision (1)", precision, precision == 1),
        Claim(
            "orientation of the weights from the planted one, degrees (largest, at most 3)",
            float(error.max()) if len(error) else np.nan,
            bool(error.max() <= 3) if len(error) else None,
        ),
    ]
