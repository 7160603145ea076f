"""Roles of units that use the detectors, from the pattern of their weights.

A unit's weights from detectors of all orientations say, at every tap, in which direction high frequency should
increase: a field of texture gradients. A boundary is one direction along a line: the line is straight and passes
through some place of the kernel, so that weights may change across it. A field that is linear over taps is a matrix,
the Hessian of the pattern of high frequency that the unit looks for; the shape index of its symmetric part tells a
centre-surround pattern (both curvatures alike), a double boundary (one curvature) and an hourglass (opposite
curvatures) apart. Shape index: Koenderink and van Doorn, "Surface shape and curvature scales", Image and Vision
Computing 10, 1992.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits import weight_patterns
from highlow.circuits.expanded_weight_file import Branch
from highlow.circuits.weight_patterns import Fit

ROLES = ("boundary", "double_boundary", "center_surround", "hourglass")
OTHER = "other"
# Shape index: 1 for centre-surround, 1/2 for a double boundary, 0 for an hourglass. The limits are half-way.
CENTER_SURROUND_INDEX, HOURGLASS_INDEX = 0.75, 0.25
# A smaller share of the weights is no curvature but their rounding: they are float32, and shares are squares.
SMALLEST_CURVATURE = 1e-12
# A role needs this share of the weights explained, and a chance over all units of the layer below this (Bonferroni).
SMALLEST_SHARE, LARGEST_CHANCE = 0.25, 0.01
# A boundary: harmonic over the detectors' directions, and powers of the place across the line. The first harmonic with
# the first power is a double boundary, which is a curved pattern.
POLAR, INVARIANT = (1, (0, 2)), (2, (0, 1, 2))

Floats = NDArray[np.floating]


def weight_roles(branches: list[Branch], detectors: NDArray[np.intp], orientation_deg: Floats) -> pd.DataFrame:
    """Return what every unit of a layer looks for, from its weights from the detectors.

    Parameters
    ----------
    branches : list of Branch
        Expanded weights of the layer.
    detectors : ndarray
        Source channels, (n,).
    orientation_deg : ndarray
        Their high-frequency sides, (n,).

    Returns
    -------
    DataFrame
        In the order of units:

        - `weight_role`: the role whose pattern explains at least a quarter of the weights, and more than random weights
          would with a chance of 1 in 100 over the whole layer, and excites the unit; else `other`. `nearest_role` is
          the one whose pattern explains most in any case;
        - `orientation_deg`: the high-frequency side of a boundary of one polarity; modulo 180 across a double boundary
          or a boundary of either polarity, and of the high-frequency ends of an hourglass; nan for centre-surround, and
          where a direction and the one at a right angle explain as much: for a boundary of either polarity whose
          weights are alike at all taps (a single tap, copies of one behind a pool), or without weights;
        - `polarity`: `one` or `either` of a boundary; `high` or `low` frequency in the middle of a double boundary or a
          centre-surround pattern; empty for an hourglass;
        - `polar_share`, `invariant_share`, `curved_share`: shares of the energy of the weights that a boundary of one
          polarity, one of either, and the curved patterns explain, after what all detectors have in common at a tap;
        - `shape_index`: -1 (low frequency in the middle) to 1 (high frequency in the middle); nan for weights that do
          not curve, such as those alike at all taps;
        - `explained`: share of the nearest role's pattern, and `chance`: how likely random weights are to reach it.
    """
    rows = []
    for branch in branches:
        weight = branch.weight[:, detectors].astype(np.float64)
        # Behind a pool all taps are copies of one: they count once.
        flat = branch.weight.reshape(-1, weight[0, 0].size).astype(np.float64)
        free_taps = int(np.linalg.matrix_rank(flat.T @ flat, rtol=1e-6))
        rows.append(_branch_roles(weight, orientation_deg, (len(detectors) - 1) * free_taps).assign(unit=branch.units))
    table = pd.concat(rows, ignore_index=True)
    accepted = (table["explained"] >= SMALLEST_SHARE) & (table["chance"] * len(table) <= LARGEST_CHANCE)
    accepted &= table.pop("excites")
    table.insert(0, "weight_role", table["nearest_role"].where(accepted, OTHER))
    table.insert(0, "unit", table.pop("unit"))
    return table


def _branch_roles(weight: Floats, orientation_deg: Floats, free: int) -> pd.DataFrame:
    """Return the roles of units with weights (unit, detector, y, x), of which `free` are free to vary."""
    polar, invariant = (
        weight_patterns.fitted_line(orientation_deg, weight, free, *kind) for kind in (POLAR, INVARIANT)
    )
    curved = weight_patterns.fitted(weight_patterns.curved(orientation_deg, weight.shape[2]), weight, free)
    divergence, shear, diagonal = curved.fitted
    index = 2 / np.pi * np.arctan2(-divergence, np.hypot(shear, diagonal))
    # The direction in which the pattern rises most; across a bar with high frequency inside it falls most.
    rising = np.rad2deg(np.arctan2(diagonal, shear)) / 2
    inside = index > 0
    curved_role = np.select(
        [np.abs(index) > CENTER_SURROUND_INDEX, np.abs(index) > HOURGLASS_INDEX],
        ["center_surround", "double_boundary"],
        "hourglass",
    )
    best = [curved.share > np.maximum(polar.share, invariant.share), invariant.share > polar.share]
    role = np.where(best[0], curved_role, "boundary")
    orientation = np.select(
        [role == "center_surround", role == "double_boundary", role == "hourglass", best[1]],
        [np.nan, (rising + 90 * inside) % 180, rising % 180, invariant.fitted % 180],
        (polar.fitted + 180 * _is_reversed(polar, orientation_deg)) % 360,
    )
    middle = np.where(inside, "high", "low")
    excited = [_is_excited(curved, weight), _is_excited_by_its_direction(invariant, weight, orientation_deg)]
    return pd.DataFrame(
        {
            "nearest_role": role,
            "orientation_deg": orientation,
            "polarity": np.select([role == "hourglass", *best], ["", middle, "either"], "one"),
            "polar_share": polar.share,
            "invariant_share": invariant.share,
            "curved_share": curved.share,
            "shape_index": np.where(curved.share > SMALLEST_CURVATURE, index, np.nan),
            "explained": np.select(best, [curved.share, invariant.share], polar.share),
            "chance": np.select(best, [curved.chance, invariant.chance], polar.chance),
            "excites": np.select(best, excited, _is_excited(polar, weight)),
        }
    )


def _is_excited(fit: Fit, weight: Floats) -> Floats:
    """Return whether units are excited where their pattern is positive, what detectors have in common included."""
    return np.asarray((weight.reshape(len(weight), -1).T * np.maximum(fit.pattern, 0)).sum(axis=0) > 0)


def _is_excited_by_its_direction(fit: Fit, weight: Floats, orientation_deg: Floats) -> Floats:
    """Return whether detectors of the line's direction excite most, of all weights that have the pattern's sign.

    The same pattern comes from detectors of its direction that inhibit beside the line, and from those of the direction
    across, in a row: neither makes a boundary. Nor do weights without a direction.
    """
    count = len(orientation_deg)
    pattern, found = (
        fit.pattern.reshape(count, -1, len(weight)),
        np.moveaxis(weight.reshape(len(weight), count, -1), 0, -1),
    )
    energy = np.where(found * pattern > 0, found**2, 0)
    along = (np.cos(2 * np.deg2rad(orientation_deg[:, None] - fit.fitted)) > 0)[:, None]
    excites = found > 0
    parts = [(energy * kind).sum(axis=(0, 1)) for kind in (along & excites, along & ~excites, ~along)]
    return np.asarray((parts[0] > 0) & (parts[0] >= np.maximum(parts[1], parts[2])))


def _is_reversed(fit: Fit, orientation_deg: Floats) -> Floats:
    """Return whether high frequency is wanted against the direction of a line, where its pattern is strongest."""
    over_taps = fit.pattern.reshape(len(orientation_deg), -1, fit.pattern.shape[1])
    strongest = (over_taps**2).sum(axis=0).argmax(axis=0)
    there = over_taps[:, strongest, np.arange(len(strongest))]
    wanted = there * np.cos(np.deg2rad(orientation_deg[:, None] - fit.fitted))
    return np.asarray(wanted.sum(axis=0) < 0)
