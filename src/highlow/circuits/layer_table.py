"""The scan of a network as a table, and the layer where its detectors peak."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import torch

from highlow.circuits import detection
from highlow.circuits.factor_file import FactorFit
from highlow.circuits.layer_scan import Scanned, out_of_reach, places, refined, scan
from highlow.circuits.universality import NO_FAILURE
from highlow.networks.extracted import Extracted
from highlow.networks.graph import Architecture
from highlow.probes.circular import largest_gap, rayleigh
from highlow.runs.errors import HighlowError
from highlow.runs.progress import progress


def peak(found: Sequence[Scanned]) -> Scanned:
    """Return the place where the largest share of units are detectors.

    A share, because layers differ in width. Where no unit of the network is accepted: the place with the largest share
    of candidates, then the one with the best candidate. Of equal places the first in depth.
    """

    def rank(item: Scanned) -> tuple[float, float, float]:
        over = (item.table["score"] >= detection.MINIMUM_SCORE).mean()
        return item.detectors / len(item.table), float(over), float(item.table["score"].max())

    return max(found, key=rank)


def scan_table(
    network: Extracted,
    seeds: int,
    seed: int,
    *,
    pattern_size: float | None = None,
    device: torch.device | None = None,
    doing: str = "",
) -> tuple[pd.DataFrame, Scanned, FactorFit]:
    """Scan a network and return the table of its layers, the place where detectors peak, and the factors there.

    Parameters
    ----------
    network, seed, pattern_size, device
        As of `layer_scan.scan`.
    seeds : int
        Random starts from which the factors of the peak are fitted.
    doing : str
        What is done, for the bar on a terminal; default: the network's name.

    Raises
    ------
    HighlowError
        If no place is within reach.
    """
    found = list(progress(scan(network, seed, pattern_size, device), doing or network.name, "layer"))
    if not found:
        raise HighlowError(f"network {network.name!r} has no layer whose field holds two frequencies: nothing to scan")
    best = peak(found)
    better, fit = refined(best, seeds, seed)
    found = [better if item is best else item for item in found]
    return layers_table(network.architecture, found, better.place.node), better, fit


def layers_table(architecture: Architecture, found: Sequence[Scanned], peak_node: str) -> pd.DataFrame:
    """Return a row a convolution, in order of depth, also of those out of reach of the scan.

    Columns
    -------
    `layer`, `branch`, `convolution`; `depth_index`, `blocks`, `depth_share` (the article's depth: block over number of
    blocks); `receptive_field_px`, `pattern_size_px`; `units`, `candidates` (with the score), `detectors`,
    `detector_share`; `best_score`; `source` of the factors, `factor_separation_octaves`; over the detectors, or over
    the candidates where there are none: `median_map_correlation`, `median_orientation_difference_deg`,
    `largest_gap_deg`, `resultant_length` and `rayleigh_p` of the preferred orientations; `failed` (`failure`);
    `is_peak`.
    """
    by_node = {item.place.node: item for item in found}
    rows = []
    for place in places(architecture):
        depth = architecture.depth(place.node)
        assert depth is not None
        index, blocks = depth
        row: dict[str, Any] = {
            "layer": place.layer,
            "branch": place.branch,
            "convolution": place.node,
            "depth_index": index,
            "blocks": blocks,
            "depth_share": index / blocks,
            "receptive_field_px": place.field,
            "units": len(place.units),
        }
        if place.node in by_node:
            row |= _measured(by_node[place.node])
        else:
            row |= {"candidates": 0, "detectors": 0, "detector_share": 0.0, "failed": out_of_reach(architecture, place)}
        rows.append(row | {"is_peak": int(place.node == peak_node)})
    return pd.DataFrame(rows)


def failure(found: Scanned) -> str:
    """Return the condition that keeps a place from having detectors: the one that fewest of its candidates meet.

    `none` where there are detectors; `score` where no unit is a candidate.
    """
    if found.detectors:
        return NO_FAILURE
    met = detection.conditions(found.table, found.separation_octaves)
    scored = met.pop("score")
    return min(met, key=lambda name: int((met[name] & scored).sum())) if scored.any() else "score"


def _measured(found: Scanned) -> dict[str, Any]:
    table = found.table
    candidates = table[table["score"] >= detection.MINIMUM_SCORE]
    accepted = table[table["is_detector"] == 1]
    chosen = accepted if len(accepted) else candidates
    angles = chosen["preferred_orientation_deg"].to_numpy()
    length, p_value = rayleigh(angles)
    return {
        "pattern_size_px": found.pattern_size,
        "candidates": len(candidates),
        "detectors": len(accepted),
        "detector_share": len(accepted) / len(table),
        "best_score": table["score"].max(),
        "source": found.source.name,
        "factor_separation_octaves": found.separation_octaves,
        "median_map_correlation": chosen["hf_lf_map_correlation"].median(),
        "median_orientation_difference_deg": chosen["orientation_difference_deg"].abs().median(),
        "largest_gap_deg": largest_gap(angles),
        "resultant_length": length,
        "rayleigh_p": p_value,
        "failed": failure(found),
    }
