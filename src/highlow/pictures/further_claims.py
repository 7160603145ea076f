"""Lines of the scorecard about more than the detectors themselves: images, the later layer, other networks."""

import numpy as np
import pandas as pd

from highlow.circuits import downstream, downstream_claims, expanded_weight_file, polarity, universality
from highlow.circuits.scorecard import FUNCTION, Claim
from highlow.pictures import example_sides
from highlow.reference import article
from highlow.storage import table_files


def further_claims(
    detectors: pd.DataFrame,
    branch: str,
    seed: int,
    *,
    examples: str | None = None,
    users: tuple[str, str] | None = None,
    networks: str | None = None,
) -> list[Claim]:
    """Return the claims whose tables are given.

    Parameters
    ----------
    detectors : DataFrame
        Detectors table, and the `branch` that its factors are fitted on.
    seed : int
        Of the bootstraps.
    examples : path, optional
        Sides of the crops that units answer most (TSV).
    users : (path, path), optional
        Units of the later layer (TSV) and the weights from the detectors' layer to it (HDF5).
    networks : path, optional
        Networks side by side (TSV).

    Raises
    ------
    HighlowError
        If a file is missing or damaged.
    """
    claims: list[Claim] = []
    if examples:
        claims.append(example_claim(table_files.read(examples, example_sides.COLUMNS), seed))
    if users:
        units = table_files.read(users[0], ("layer", "role", "norm"))
        branches = expanded_weight_file.read_branches(users[1])
        used, _ = downstream.used_detectors(detectors, branch)
        vectors = polarity.used_weights(branches, used["unit"].to_numpy())
        pairs = polarity.pairs(vectors, used["preferred_orientation_deg"].to_numpy())
        same_layer = units["layer"].iloc[0] == article()["downstream"]["layer"]
        claims += downstream_claims.usage_claims(units, polarity.invariance(pairs, seed), same_layer=same_layer)
    if networks:
        claims.append(universality.universality_claim(table_files.read(networks, ("weights", "detectors"))))
    return claims


def example_claim(sides: pd.DataFrame, seed: int) -> Claim:
    """Return the claim that detectors answer images whose high frequencies lie where their tuning says.

    `sides` has a row a crop, from `example_sides.measured`. It holds if the interval of the difference from random
    crops of the same images lies above 0; the article (section "Dataset Examples") shows crops without a number.
    """
    means = example_sides.unit_means(sides[sides["is_detector"] == 1])
    difference = (means["share_asymmetry"] - means["control_share_asymmetry"]).to_numpy()
    value, low, high = example_sides.mean_interval(difference, seed)
    known = bool(np.isfinite(value))
    return Claim(
        "image crops: high frequencies on the preferred side, minus random crops (mean, above 0)",
        value,
        low > 0 if known else None,
        (low, high) if known else None,
        section=FUNCTION,
        limit="interval above 0",
        reason="random crops of the same images, whose value is subtracted, say what no preference gives",
        measure="mean over detectors of the share of high frequencies on the preferred side minus the other",
        file="tables/example_sides.tsv",
    )
