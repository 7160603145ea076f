"""Roles of units that use the detectors, from the pattern of their weights.

A unit's weights from detectors of all orientations say, at every tap, in which direction high frequency should
increase: a field of texture gradients. Its lowest spatial orders have names. Order 0, one direction everywhere, is a
boundary. Order 1 is a matrix, the Hessian of the pattern of high frequency that the unit looks for; the shape index of
its symmetric part tells a centre-surround pattern (both curvatures alike), a double boundary (one curvature) and an
hourglass (opposite curvatures) apart. Shape index: Koenderink and van Doorn, "Surface shape and curvature scales",
Image and Vision Computing 10, 1992.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.expanded_weight_file import Branch

ROLES = ("boundary", "double_boundary", "center_surround", "hourglass")
OTHER = "other"
# Shape index: 1 for centre-surround, 1/2 for a double boundary, 0 for an hourglass. The limits are half-way.
CENTER_SURROUND_INDEX, HOURGLASS_INDEX = 0.75, 0.25
# A role needs this share of the weights explained, and a chance over all units of the layer below this (Bonferroni).
SMALLEST_SHARE, LARGEST_CHANCE = 0.2, 0.01
# Columns of `patterns`.
COMMON = slice(0, 1)
POLAR = slice(1, 3)
INVARIANT = slice(3, 5)
CURVED = slice(5, 8)

Floats = NDArray[np.floating]


def patterns(orientation_deg: Floats, size: int) -> Floats:
    """Return the analysed patterns of weights over detectors and taps, (detector, y, x, 8).

    Parameters
    ----------
    orientation_deg : ndarray
        High-frequency side of every detector, (detector,).
    size : int
        Taps along an axis.

    Returns
    -------
    ndarray
        Within a Gaussian window of standard deviation (size + 1) / 4 taps. Column 0: all detectors alike. 1, 2: the
        first harmonic over orientation, a boundary of one polarity. 3, 4: the second harmonic, a boundary of either
        polarity. 5 to 7: divergence and both shears of a field of directions that is linear over taps.
    """
    angle = np.deg2rad(orientation_deg)[:, None, None]
    axis = np.arange(size) - (size - 1) / 2
    y, x = axis[None, :, None], axis[None, None, :]
    window = np.exp(-(x**2 + y**2) / (2 * ((size + 1) / 4) ** 2))
    cosine, sine = np.cos(angle), np.sin(angle)
    columns = (
        np.ones_like(cosine),
        cosine,
        sine,
        np.cos(2 * angle),
        np.sin(2 * angle),
        cosine * x + sine * y,
        cosine * x - sine * y,
        sine * x + cosine * y,
    )
    return np.stack([window * column for column in columns], axis=-1)


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

        - `weight_role`: the role whose pattern explains at least a fifth of the weights, and more than random weights
          would with a chance of 1 in 100 over the whole layer; else `other`. `nearest_role` is the one whose pattern
          explains most in any case;
        - `orientation_deg`: the high-frequency side of a boundary of one polarity; modulo 180 across a double boundary
          or a boundary of either polarity, and of the high-frequency ends of an hourglass; nan for centre-surround;
        - `polarity`: `one` or `either` of a boundary; `high` or `low` frequency in the middle of a double boundary or a
          centre-surround pattern; empty for an hourglass;
        - `polar_share`, `invariant_share`, `curved_share`: shares of the energy of the weights that a boundary of one
          polarity, one of either, and the patterns of order 1 explain, after what all detectors have in common;
        - `shape_index`: -1 (low frequency in the middle) to 1 (high frequency in the middle);
        - `explained`: share of the nearest role's pattern, and `chance`: how likely random weights are to reach it.
    """
    rows = []
    for branch in branches:
        size = branch.weight.shape[-1]
        basis = patterns(orientation_deg, size).reshape(-1, CURVED.stop)
        weight = branch.weight[:, detectors].reshape(len(branch.units), -1).T.astype(np.float64)
        # Behind a pool all taps are copies of one: they count once.
        flat = branch.weight.reshape(-1, size * size).astype(np.float64)
        free_taps = int(np.linalg.matrix_rank(flat.T @ flat, rtol=1e-6))
        rows.append(_branch_roles(basis, weight, len(detectors) * free_taps).assign(unit=branch.units))
    table = pd.concat(rows, ignore_index=True)
    accepted = (table["explained"] >= SMALLEST_SHARE) & (table["chance"] * len(table) <= LARGEST_CHANCE)
    table.insert(0, "weight_role", table["nearest_role"].where(accepted, OTHER))
    table.insert(0, "unit", table.pop("unit"))
    return table


def _branch_roles(basis: Floats, weight: Floats, free: int) -> pd.DataFrame:
    """Return the roles of units with weights (detector * tap, unit), of which `free` are no copies of others.

    `basis` is `patterns` as (detector * tap, 8).
    """
    common = basis[:, COMMON] / np.linalg.norm(basis[:, COMMON])
    basis, weight = (item - common @ (common.T @ item) for item in (basis, weight))
    shares, chances, fits = {}, {}, {}
    for name, columns in (("polar", POLAR), ("invariant", INVARIANT), ("curved", CURVED)):
        shares[name], chances[name], fits[name] = _explained(basis[:, columns], weight, free)
    divergence, shear, diagonal = fits["curved"]
    curvature = np.hypot(shear, diagonal)
    index = 2 / np.pi * np.arctan2(-divergence, curvature)
    # The direction in which the pattern rises most; across a bar with high frequency inside it falls most.
    rising = np.rad2deg(np.arctan2(diagonal, shear)) / 2
    inside = index > 0
    curved_role = np.select(
        [np.abs(index) > CENTER_SURROUND_INDEX, np.abs(index) > HOURGLASS_INDEX],
        ["center_surround", "double_boundary"],
        "hourglass",
    )
    curved = shares["curved"] > np.maximum(shares["polar"], shares["invariant"])
    either = shares["invariant"] > shares["polar"]
    role = np.where(curved, curved_role, "boundary")
    orientation = np.select(
        [role == "center_surround", role == "double_boundary", role == "hourglass", either],
        [np.nan, (rising + 90 * inside) % 180, rising % 180, np.rad2deg(_angle(fits["invariant"])) / 2 % 180],
        np.rad2deg(_angle(fits["polar"])) % 360,
    )
    middle = np.where(inside, "high", "low")
    polarity = np.select([role == "hourglass", curved, either], ["", middle, "either"], "one")
    best = [curved, either]
    return pd.DataFrame(
        {
            "nearest_role": role,
            "orientation_deg": orientation,
            "polarity": polarity,
            **{f"{name}_share": share for name, share in shares.items()},
            "shape_index": index,
            "explained": np.select(best, [shares["curved"], shares["invariant"]], shares["polar"]),
            "chance": np.select(best, [chances["curved"], chances["invariant"]], chances["polar"]),
        }
    )


def _angle(components: Floats) -> Floats:
    return np.asarray(np.arctan2(components[1], components[0]))


def _explained(basis: Floats, weight: Floats, free: int) -> tuple[Floats, Floats, Floats]:
    """Return the share of each column of `weight` that patterns explain, its chance, and the coefficients.

    The share that random weights have explained follows a beta distribution.
    """
    from scipy.special import betaincc  # imported here: figures read roles, and SciPy would cost each of them time

    total = (weight**2).sum(axis=0)
    units, count = weight.shape[1], basis.shape[1]
    free = free - 1 - count  # one for what all detectors have in common
    # With a single tap the patterns of order 1 are zero.
    if free < 1 or np.linalg.norm(basis) < 1e-9:
        return np.zeros(units), np.ones(units), np.zeros((count, units))
    fit = np.linalg.lstsq(basis, weight, rcond=None)[0]
    explained = np.clip(1 - ((weight - basis @ fit) ** 2).sum(axis=0) / np.where(total > 0, total, 1), 0, 1)
    explained = np.where(total > 0, explained, 0)
    return explained, np.asarray(betaincc(count / 2, free / 2, explained)), fit
