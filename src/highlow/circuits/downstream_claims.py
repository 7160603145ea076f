"""The article's claims on what the later layer uses the detectors for, as lines of the scorecard."""

import pandas as pd

from highlow.circuits.downstream import TOP
from highlow.circuits.downstream_selection import is_boundary
from highlow.circuits.polarity import Invariance
from highlow.circuits.scorecard import USAGE, Claim, Place
from highlow.reference import article

# The share of boundary units among the strongest users over that in the whole layer.
SMALLEST_ENRICHMENT = 2.0


def usage_claims(units: pd.DataFrame, invariance: Invariance, *, same_layer: bool) -> list[Claim]:
    """Return the claims on usage.

    Parameters
    ----------
    units : DataFrame
        Every unit of the later layer, strongest use of the detectors first.
    invariance : Invariance
        Of its weights from the detectors.
    same_layer : bool
        Whether it is the layer that the article counted in.
    """
    boundary = is_boundary(units["role"])
    share, everywhere = float(boundary.head(TOP).mean()), float(boundary.mean())
    stronger = units["norm"].head(TOP).mean() / units["random_rank_norm"].head(TOP).mean()
    published = article()["downstream"]["boundary_units_of_top20"] / TOP if same_layer else None
    low, high = invariance.interval
    place: Place = {"section": USAGE, "file": "tables/downstream_units.tsv"}
    measured = low == low  # nan where no pair of detectors is opposite, or none perpendicular
    return [
        Claim(
            f"share of boundary units among the {TOP} that use detectors most (at least twice the layer's)",
            share,
            share > 0 and share >= SMALLEST_ENRICHMENT * everywhere,
            None,
            published,
            limit="at least twice the layer's",
            reason="own choice: units drawn at random would have the layer's share",
            measure="boundary units among those with the largest weights from the detectors",
            **place,
        ),
        Claim(
            f"mean norm of the {TOP} strongest uses, over that for random sets of other units (above 1)",
            stronger,
            bool(stronger > 1),
            limit="above 1",
            reason="as many other units of the branch, drawn at random, say what any inputs would have",
            measure="mean Euclidean norm of their weights from the detectors, over that from such sets",
            **place,
        ),
        Claim(
            "cosine of weights from opposite detectors, minus perpendicular ones (above 0)",
            invariance.value,
            bool(low > 0) if measured else None,
            (low, high) if measured else None,
            limit="interval above 0",
            reason="a layer that only marks boundaries treats opposite detectors more alike than perpendicular ones",
            measure="mean over pairs of detectors of the cosine between the later layer's weights from them",
            **place,
        ),
    ]
