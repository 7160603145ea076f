"""Many networks side by side: where detectors peak, and what destroyed weights give. Imports no PyTorch."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from highlow.networks.registry import CONTROL_NAME, EMPTY_CONTROLS

# What a network's table of layers must have; `failed` is text.
LAYER_COLUMNS = (
    *("layer", "branch", "depth_index", "blocks", "depth_share", "receptive_field_px", "units"),
    *("candidates", "detectors", "detector_share", "is_peak"),
)
# Of the peak, as the scan has them.
PEAK_COLUMNS = (
    *("layer", "branch", "convolution", "depth_index", "blocks", "depth_share", "receptive_field_px"),
    *("units", "candidates", "detectors"),
)
EVIDENCE_COLUMNS = (
    *("detector_share", "largest_gap_deg", "median_orientation_difference_deg", "median_map_correlation"),
    *("factor_separation_octaves", "failed"),
)


def controls_of(network: str, kind: str, names: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return which names are draws of a control of a network, in the order given; a control has none."""
    found = {name: re.fullmatch(CONTROL_NAME, name) for name in names}
    return [name for name, match in found.items() if match and match["base"] == network and match["control"] == kind]


def atlas_table(
    tables: Mapping[str, pd.DataFrame], titles: Mapping[str, str], origins: Mapping[str, str]
) -> pd.DataFrame:
    """Return a row a network: the layer where its detectors peak, and the most that its controls give.

    Parameters
    ----------
    tables : mapping
        Tables of `layer_table.layers_table` by network, those of the controls among them.
    titles : mapping
        Titles by network: these have a row, in this order.
    origins : mapping
        Where the weights of each are from: `trained`, `generated`, `untrained` or `shuffled`.

    Returns
    -------
    DataFrame
        `network`, `title`, `weights`; of the peak `PEAK_COLUMNS`, then `detectors_in_all_layers` and
        `EVIDENCE_COLUMNS` (over the candidates where there is no detector); and for each kind of control `<kind>_draws`
        and the largest number over them of `<kind>_detectors` and `<kind>_candidates` in any layer, and of
        `<kind>_detectors_in_all_layers`. These are empty without draws.
    """
    rows = []
    for network, title in titles.items():
        table = tables[network]
        peak = table[table["is_peak"] == 1].iloc[0]
        row: dict[str, Any] = {"network": network, "title": title, "weights": origins[network]}
        row |= {name: peak[name] for name in PEAK_COLUMNS}
        row["detectors_in_all_layers"] = table["detectors"].sum()
        row |= {name: peak[name] for name in EVIDENCE_COLUMNS}
        for kind in EMPTY_CONTROLS:
            row |= _most(kind, [tables[name] for name in controls_of(network, kind, tables)])
        rows.append(row)
    return pd.DataFrame(rows)


def all_layers(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the tables of layers below each other, with the network first."""
    return pd.concat(tables, names=["network"]).reset_index("network").reset_index(drop=True)


def _most(kind: str, draws: list[pd.DataFrame]) -> dict[str, float]:
    """Return the number of draws of a control, and the most that any of them gives."""
    found = {
        "detectors": [table["detectors"].max() for table in draws],
        "candidates": [table["candidates"].max() for table in draws],
        "detectors_in_all_layers": [table["detectors"].sum() for table in draws],
    }
    counts = {f"{kind}_{name}": max(values, default=np.nan) for name, values in found.items()}
    return {f"{kind}_draws": len(draws)} | counts
