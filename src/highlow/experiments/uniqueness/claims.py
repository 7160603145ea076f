"""What the article's account of two factors claims of solutions that it did not show. Imports no PyTorch."""

from collections.abc import Sequence

import pandas as pd

from highlow.circuits.detection import (
    LARGEST_DISAGREEMENT_DEG,
    LARGEST_MAP_CORRELATION,
    SMALLEST_SEPARATION_OCTAVES,
)
from highlow.circuits.scorecard import Claim

COLUMNS = (
    *("variant", "layer", "source", "method", "rank", "change", "draw", "explained", "cosine", "cosine_to_hf_lf"),
    *("separation_octaves", "map_correlation", "orientation_difference_deg", "tells"),
)
NMF, SEMI_NMF, PCA = "nmf", "semi_nmf", "pca"
# What is changed: nothing (the best of all starts), the random start, or which units are fitted.
NOTHING, START, UNITS = "nothing", "start", "units"
SMALLEST_SHARE = 0.9
STORY = (
    f"high and low frequency at least {SMALLEST_SEPARATION_OCTAVES:g} octaves apart, maps correlated with at most"
    f" {LARGEST_MAP_CORRELATION:g}, weights within {LARGEST_DISAGREEMENT_DEG:g} degrees of responses (medians)"
)
SECTION = "Implementation"
REASON = f"the story is told where the limits of the detection rule are met: {STORY}; one solution in ten may miss them"


def tells(separation: float, correlation: float, difference: float) -> bool:
    """Return whether a solution tells the article's story, by the limits of the rule; nan never does.

    Parameters
    ----------
    separation : float
        How far apart the factor of the shortest and that of the longest wavelengths respond, octaves.
    correlation : float
        Of the units' maps on these two, median.
    difference : float
        Between the units' orientation by weights and by responses, degrees, median.
    """
    return (
        separation >= SMALLEST_SEPARATION_OCTAVES
        and correlation <= LARGEST_MAP_CORRELATION
        and difference <= LARGEST_DISAGREEMENT_DEG
    )


def of(rows: pd.DataFrame, method: str, change: str, ranks: Sequence[int]) -> pd.DataFrame:
    """Return the solutions of a method with some numbers of factors, by what was changed."""
    return rows[(rows["method"] == method) & (rows["change"] == change) & rows["rank"].isin(ranks)]


def claims(rows: pd.DataFrame, seed: int) -> list[Claim]:
    """Return the claims on the solutions of one network; nothing is drawn here, so `seed` is not used.

    Each is the share of its solutions that tell the article's story.
    """
    most = int(rows["rank"].max())
    asked = (
        ("uniqueness: two factors of resampled units", of(rows, NMF, UNITS, (2,)), SMALLEST_SHARE),
        (
            f"uniqueness: two to {most} factors, from every start",
            of(rows, NMF, START, range(2, most + 1)),
            SMALLEST_SHARE,
        ),
        ("uniqueness: the first principal component, cut at zero", of(rows, PCA, NOTHING, (1,)), 1.0),
    )
    return [_share(text, found, limit) for text, found, limit in asked]


def _share(text: str, found: pd.DataFrame, limit: float) -> Claim:
    share = float(found["tells"].mean())
    words = f"at least {limit:g}" if limit < 1 else f"{limit:g}"
    return Claim(
        f"{text}: share that tells of two frequencies ({words})",
        share,
        share >= limit,
        section=SECTION,
        limit=words,
        reason=REASON,
    )
