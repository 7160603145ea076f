"""The article's claims about detectors and their factors, and what is claimed of the controls."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.detection import SMALLEST_SEPARATION_OCTAVES
from highlow.circuits.factor_file import FactorFit
from highlow.circuits.factors import map_correlation, weight_orientation
from highlow.circuits.scorecard import CONTROLS, FUNCTION, IMPLEMENTATION, Claim, Notes, Place, median_claim
from highlow.networks.registry import EMPTY_CONTROLS
from highlow.probes.circular import angle_between, largest_gap
from highlow.reference import article

LARGEST_GAP_DEG = 100.0
FEWEST_DETECTORS = 8
COUNT = f"detectors in the layer (at least {FEWEST_DETECTORS})"
FILE = "tables/detectors.tsv"
THIRD = "own choice, about a third of the peak: more would be a unit for that picture, not for a change of frequency"
# Responses to control stimuli: column, in words, limit, its reason.
CONTROL_CLAIMS = (
    ("grating_response", "gratings", 0.3, THIRD),
    ("luminance_edge_response", "luminance edges", 0.3, THIRD),
    ("colour_edge_response", "colour edges", 0.3, THIRD),
    (
        "contrast_edge_response",
        "contrast edges",
        0.8,
        "own choice: it is half of a high-low picture, which a unit that adds up both sides answers in part",
    ),
)
Floats = NDArray[np.floating]


def detector_claims(
    table: pd.DataFrame,
    fits: Mapping[str, FactorFit],
    truth: pd.DataFrame | None,
    seed: int,
    *,
    articles_network: bool = False,
) -> list[Claim]:
    """Return the claims about the detectors of a layer and about their factors.

    Parameters
    ----------
    table : DataFrame
        Detectors table.
    fits : dict
        Factors into the layer by source layer, nearest first.
    truth : DataFrame or None
        What was planted, where the network has a ground truth.
    seed : int
        Of the bootstrap over units.
    articles_network : bool
        Whether unit numbers are the article's.
    """
    found = table[table["is_detector"] == 1]
    layer = table["layer"].iloc[0]
    same_layer = layer == article()["units"]["layer"]
    claims = [*_circle_claims(found, same_layer), *_response_claims(found, seed)]
    for source, fit in fits.items():
        claims += _factor_claims(source, layer, fit, found, seed, same_layer)
    if articles_network and same_layer:
        claims += _article_claims(table)
    if truth is not None:
        claims += _truth_claims(found, truth[truth["layer"] == layer])
    return claims


def destroyed_claim(controls: Mapping[str, Sequence[pd.DataFrame]]) -> list[Claim]:
    """Return the claim that destroyed networks have no detector; none without their scorecards."""
    if not controls:
        return []
    empty = [card for kind in EMPTY_CONTROLS for card in controls.get(kind, ())]
    false = sum(float(card.set_index("claim")["value"][COUNT]) for card in empty)
    return [
        Claim(
            "detectors where the weights are destroyed, all draws (0)",
            false,
            false == 0,
            section=CONTROLS,
            limit="0",
            reason="what was never learned cannot be found: a single unit would be a false one",
            measure=f"units that the rule accepts in {', '.join(EMPTY_CONTROLS)}",
        )
    ]


def _circle_claims(found: pd.DataFrame, same_layer: bool) -> list[Claim]:
    """Return how many detectors there are, and whether they cover the circle."""
    facts = article()
    six = np.array(list(facts["preferred_orientation_deg"].values()))
    count, gap = len(found), largest_gap(found["preferred_orientation_deg"].to_numpy())
    return [
        Claim(
            COUNT,
            count,
            count >= FEWEST_DETECTORS,
            None,
            len(facts["units"]["all"]) if same_layer else None,
            FUNCTION,
            f"at least {FEWEST_DETECTORS}",
            "own choice: about half of the article's 15, enough to cover the circle in steps of 45 degrees",
            "units that meet every condition of the rule of detection",
            FILE,
        ),
        Claim(
            f"largest gap between preferred orientations, degrees (at most {LARGEST_GAP_DEG:g}; published: of six)",
            gap,
            gap <= LARGEST_GAP_DEG,
            None,
            largest_gap(six) if same_layer else None,
            FUNCTION,
            f"at most {LARGEST_GAP_DEG:g}",
            "own choice: the six units that the article shows leave 76, three even ones would leave 120",
            "widest angle between neighbouring preferred orientations by responses; 360 for fewer than two units",
            FILE,
        ),
    ]


def _response_claims(found: pd.DataFrame, seed: int) -> list[Claim]:
    opposite = "own choice: the article shows next to no response there, without a number"
    words = "response to the opposite orientation, share"
    section, measure = (
        FUNCTION,
        "response at the preferred orientation plus 180 degrees, over that at the preferred one",
    )
    claims = [_median("polarity_ratio", words, 0.1, found, seed, opposite, section, measure)]
    for column, name, limit, reason in (("uniform_response", "uniform texture", 0.3, THIRD), *CONTROL_CLAIMS):
        words, measure = f"response to {name}, share of peak", f"largest response to {name}, over the unit's peak"
        claims.append(_median(column, words, limit, found, seed, reason, CONTROLS, measure))
    return claims


def _median(
    column: str, words: str, largest: float, found: pd.DataFrame, seed: int, reason: str, section: str, measure: str
) -> Claim:
    return median_claim(
        f"{words} (median, at most {largest:g})",
        found[column].to_numpy(),
        lambda value: value <= largest,
        seed,
        None,
        section=section,
        limit=f"at most {largest:g}",
        reason=reason,
        measure=f"median over the detectors: {measure}",
        file=FILE,
    )


def _factor_claims(
    source: str, layer: str, fit: FactorFit, found: pd.DataFrame, seed: int, same_layer: bool
) -> list[Claim]:
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
    place: Place = {"section": IMPLEMENTATION, "file": f"factors/{source}_to_{layer}.h5"}
    return [
        Claim(
            f"{source}: HF and LF factor respond apart, octaves (at least {SMALLEST_SEPARATION_OCTAVES})",
            separation,
            separation >= SMALLEST_SEPARATION_OCTAVES,
            limit=f"at least {SMALLEST_SEPARATION_OCTAVES}",
            reason="the rule's own limit; in destroyed copies of three networks they were at most 0.77 apart",
            measure="distance of the two factors' centroids of response on the axis of wavelength",
            **place,
        ),
        Claim(
            f"{source}: two factors explain, share of the best rank-2 fit (at least 0.6)",
            share,
            share >= 0.6,
            limit="at least 0.6",
            reason="own choice: more than half of what any two factors can explain",
            measure="share of the squared weights that two non-negative channel factors explain, over that of the SVD",
            **place,
        ),
        Claim(
            f"{source}: factors are the same without any one unit, smallest cosine (at least 0.95)",
            stability,
            stability >= 0.95,
            limit="at least 0.95",
            reason="own choice: an angle of at most 18 degrees between factors",
            measure="smallest cosine between matched channel factors, over every unit left out",
            **place,
        ),
        median_claim(
            f"{source}: correlation of the HF and LF maps (median, at most -0.9)",
            correlation,
            lambda value: value <= -0.9,
            seed,
            published("map_correlation", lambda values: values),
            limit="at most -0.9",
            reason="own choice: the article's medians are -0.997 and -0.983, opposites have -1; the rule takes -0.8",
            measure="median over the detectors of Pearson's correlation between their HF and LF map",
            **place,
        ),
        median_claim(
            f"{source}: orientation of the weights from that of the responses, degrees (median, at most 6)",
            difference,
            lambda value: value <= 6,
            seed,
            published("orientation_difference_deg", np.abs),
            limit="at most 6",
            reason="own choice: the article's six units agree within 5 degrees; the rule takes 20",
            measure="median over the detectors of the angle between the orientation by weights and that by responses",
            **place,
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
    reason = "own choice: the article chose by eye, so that some units of either choice may differ"
    notes: Notes = {"section": FUNCTION, "limit": "at least 0.6", "reason": reason, "file": FILE}
    return [
        Claim("the article's units found, share (at least 0.6)", recall, recall >= 0.6, published=1, **notes),
        Claim(
            "detectors that are the article's, share (at least 0.6)", precision, precision >= 0.6, published=1, **notes
        ),
        Claim(
            "preferred orientation of the article's six units from the published one, degrees (largest, at most 15)",
            largest,
            largest <= 15 if np.isfinite(largest) else None,
            published=0,
            section=FUNCTION,
            limit="at most 15",
            reason="own choice: a quarter of the step between six even orientations",
            file=FILE,
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
    exact: Notes = {
        "section": CONTROLS,
        "limit": "1",
        "reason": "the truth is known",
        "file": FILE,
    }
    return [
        Claim("planted detectors found, recall (1)", recall, recall == 1, **exact),
        Claim("detectors that were planted, precision (1)", precision, precision == 1, **exact),
        Claim(
            "orientation of the weights from the planted one, degrees (largest, at most 3)",
            float(error.max()) if len(error) else np.nan,
            bool(error.max() <= 3) if len(error) else None,
            section=CONTROLS,
            limit="at most 3",
            reason="own choice: the noise on the planted weights moved it by up to 2.2 degrees in five seeds",
            file=FILE,
        ),
    ]
