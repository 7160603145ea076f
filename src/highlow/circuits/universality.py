"""Networks side by side: where the detectors of each peak. Imports no PyTorch: figures read it."""

from collections.abc import Collection, Mapping

import pandas as pd

from highlow.circuits.scorecard import UNIVERSALITY, Claim

# What readers of a network's table of layers rely on.
COLUMNS = ("layer", "branch", "depth_index", "blocks", "depth_share", "units", "candidates", "detectors", "is_peak")
NO_FAILURE = "none"
GENERATED, TRAINED = "generated", "trained"


def universality_table(
    tables: Mapping[str, pd.DataFrame], titles: Mapping[str, str], generated: Collection[str] = ()
) -> pd.DataFrame:
    """Return a row a network: its peak, with the network's title and where its weights are from.

    Parameters
    ----------
    tables : mapping
        Tables of `layers_table` by network.
    titles : mapping
        Titles by network.
    generated : collection of str
        Networks whose detectors were built in.
    """
    peaks = []
    for network, table in tables.items():
        row = table[table["is_peak"] == 1].drop(columns="is_peak")
        row.insert(0, "network", network)
        row.insert(1, "title", titles[network])
        row.insert(2, "weights", GENERATED if network in generated else TRAINED)
        peaks.append(row)
    return pd.concat(peaks, ignore_index=True)


def universality_claim(table: pd.DataFrame) -> Claim:
    """Return the claim that every compared network has detectors (article, section "Universality").

    Detectors that were built in say nothing of what training finds: beside trained networks, generated ones do not
    count.
    """
    trained = table[table["weights"] == TRAINED]
    counted = table if trained.empty else trained
    kind = "" if len(counted) == len(table) else " trained ones"
    found = int((counted["detectors"] > 0).sum())
    return Claim(
        f"networks with detectors, of {len(counted)}{kind} compared (all)",
        found,
        found == len(counted),
        section=UNIVERSALITY,
        limit="all",
        reason="the article finds them in every network that it looks at",
        measure="networks in which the scan of all layers finds a unit that meets every condition of the rule",
        file="tables/universality.tsv",
    )
