"""Networks side by side: where the detectors of each peak. Imports no PyTorch: figures read it."""

from collections.abc import Mapping

import pandas as pd

from highlow.circuits.scorecard import Claim

# What readers of a network's table of layers rely on.
COLUMNS = ("layer", "branch", "depth_index", "blocks", "depth_share", "units", "candidates", "detectors", "is_peak")
NO_FAILURE = "none"


def universality_table(tables: Mapping[str, pd.DataFrame], titles: Mapping[str, str]) -> pd.DataFrame:
    """Return a row a network: its peak, from the tables of `layers_table` by network, with the network's title."""
    peaks = []
    for network, table in tables.items():
        row = table[table["is_peak"] == 1].drop(columns="is_peak")
        row.insert(0, "network", network)
        row.insert(1, "title", titles[network])
        peaks.append(row)
    return pd.concat(peaks, ignore_index=True)


def universality_claim(table: pd.DataFrame) -> Claim:
    """Return the claim that every compared network has detectors (article, section "Universality")."""
    found = int((table["detectors"] > 0).sum())
    return Claim(f"networks with detectors, of {len(table)} compared (all)", found, found == len(table))
