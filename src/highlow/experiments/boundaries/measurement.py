"""Detectors, the boundary units that they feed, luminance-edge units and a Sobel filter beside human boundaries."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from highlow.experiments.boundaries import agreement, maps, populations
from highlow.experiments.boundaries.claims import COLUMNS
from highlow.experiments.boundaries.maps import Grid
from highlow.experiments.boundaries.populations import BOUNDARY, DETECTORS
from highlow.experiments.boundaries.scenes import Places, Scene, places, scenes
from highlow.experiments.boundaries.sides import matched_auc
from highlow.experiments.claimed import INTACT
from highlow.experiments.statistics import corrected
from highlow.experiments.subject import Subject

# Name, and the groups that are compared, first against second: places of these kinds.
COMPARISONS = {
    "difference_without_boundary": (("different", "empty"), ("alike", "empty")),
    "difference_at_boundary": (("different", "boundary"), ("alike", "boundary")),
    "boundary_without_difference": (("alike", "boundary"), ("alike", "empty")),
    "boundary_with_difference": (("different", "boundary"), ("different", "empty")),
    "boundary_with_difference_against_neither": (("different", "boundary"), ("alike", "empty")),
}
# A response counts for the direction above this share of the unit's range, and if the unit does not look across it.
ANSWERED, ALONG = 0.1, np.cos(np.deg2rad(60))

Rows = list[dict[str, Any]]


def measure(
    subject: Subject, seed: int, folder: str | os.PathLike[str], users: str | os.PathLike[str] | None = None
) -> pd.DataFrame:
    """Return how populations of a network answer human boundaries and frequency differences.

    Parameters
    ----------
    subject : Subject
        The network.
    seed : int
        Of the sample of photographs and of the bootstraps over them.
    folder : path
        With `images` and `groundTruth`.
    users : path, optional
        Table of the units that use the detectors (TSV).

    Returns
    -------
    DataFrame
        The columns of `claims.COLUMNS` but the first, a row a measured thing.
    """
    known = scenes(os.fspath(folder), seed, subject.pattern_size)
    units = populations.chosen(subject, users)
    answers = populations.answers(subject, units, known)
    grids = {name: maps.strongest(found) for name, found in answers.items()}
    stride = subject.extracted.architecture.stride(subject.layer)
    intact = subject.variant == INTACT
    if intact:
        grids |= populations.baselines(grids[DETECTORS], stride, known)
    rows: Rows = []
    for name, values in grids.items():
        rows += [{"population": name, **row} for row in effects(values, known, seed)]
    table = subject.detectors.set_index("unit")
    preferred = table.loc[units[DETECTORS][1], "preferred_orientation_deg"].to_numpy()
    rows += [{"population": DETECTORS, **row} for row in directions(answers[DETECTORS], preferred, known, seed)]
    shown = grids if intact else {DETECTORS: grids[DETECTORS]}
    rows += agreement.rows(shown, known, stride, seed, of_people=intact)
    found = pd.DataFrame(rows, columns=list(COLUMNS[1:])).assign(layer=subject.layer)
    if BOUNDARY in units:
        found.loc[found["population"] == BOUNDARY, "layer"] = units[BOUNDARY][0]
    found["p_wilcoxon_signed_rank"] = corrected(found["p_wilcoxon_signed_rank"].to_numpy(np.float64))
    return found


def effects(grids: Sequence[Grid], known: Sequence[Scene], seed: int) -> Rows:
    """Return the comparisons of places, as the chance that one of the first group has the larger response."""
    parts: dict[str, list[tuple[float, float]]] = {name: [] for name in COMPARISONS}
    for grid, scene in zip(grids, known, strict=True):
        here = places(scene, *grid.places())
        for name, groups in COMPARISONS.items():
            first, second = (_both(here, *kinds) for kinds in groups)
            parts[name].append(matched_auc(grid.response.ravel(), first, second, here.cell))
    return [{"measure": name, **_ratio(np.array(found), seed, middle=0.5)} for name, found in parts.items()]


def _both(here: Places, *kinds: str) -> NDArray[np.bool_]:
    first, second = (getattr(here, kind) for kind in kinds)
    both: NDArray[np.bool_] = first & second
    return both


def directions(answers: Sequence[Grid], preferred_deg: NDArray[np.floating], known: Sequence[Scene], seed: int) -> Rows:
    """Return the share of answered frequency differences at which the strongest unit points to the finer side.

    Units that look across the difference, by more than 60 degrees, count neither way.
    """
    grids = maps.strongest(answers)
    scaled = maps.shares(answers)
    parts: dict[str, list[tuple[float, float]]] = {"boundary": [], "empty": []}
    for grid, share, scene in zip(grids, scaled, known, strict=True):
        here = places(scene, *grid.places())
        best = preferred_deg[share.response.reshape(len(preferred_deg), -1).argmax(axis=0)]
        along = np.cos(np.deg2rad(best - here.direction_deg))
        answered = (grid.response.ravel() >= ANSWERED) & (np.abs(along) > ALONG)
        for kind, found in parts.items():
            chosen = answered & _both(here, "different", kind)
            found.append((float((along[chosen] > 0).sum()), float(chosen.sum())))
    names = {"boundary": "points_to_finer_side_at_boundary", "empty": "points_to_finer_side_without_boundary"}
    return [{"measure": names[kind], **_ratio(np.array(found), seed, middle=0.5)} for kind, found in parts.items()]


def _ratio(parts: NDArray[np.float64], seed: int, middle: float) -> dict[str, Any]:
    """Return a ratio of sums over photographs, (photograph, 2), with its interval and the test of `middle` by image."""
    used = parts[parts[:, 1] > 0]
    value, low, high = agreement.interval(used, lambda sums: sums[..., 0] / sums[..., 1], seed)
    apart = used[:, 0] / used[:, 1] - middle
    p = float(stats.wilcoxon(apart).pvalue) if np.any(apart != 0) else np.nan
    return {
        "value": value,
        "low": low,
        "high": high,
        "p_wilcoxon_signed_rank": p,
        "images": len(used),
        "places": round(float(used[:, 1].sum())),
    }
