"""Which units figures 10 to 13 show, of the layer that uses the detectors and of its inputs."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from highlow.circuits.boundary_roles import ROLES
from highlow.circuits.downstream import TOP, weights_of
from highlow.circuits.expanded_weight_file import Branch
from highlow.probes.circular import angle_between

# Kinds of inputs that figures 12 and 13 show, and how many of each.
BOUNDARY_INPUTS = ("detector", "edge", "colour_contrast", "line", "texture")
BOUNDARY_INPUT_COUNT = 4
COMPARED_INPUTS = ("detector", "edge", "colour_contrast", "line")
COMPARED_INPUT_COUNT = 2
COMPARED_UNITS = 4
STRONGEST_DETECTORS = 6
GROUPS = 8  # of orientations
USAGE_ROLES = ("boundary", "center_surround", "double_boundary", "hourglass")
BOUNDARIES = ("boundary", "double_boundary")

COLUMNS = ("figure", "role", "layer", "unit")


def is_boundary(role: pd.Series) -> pd.Series:
    """Return 1 for roles that take part in finding boundaries, 0 for others."""
    return role.isin(BOUNDARIES).astype(int)


def top_table(units: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return the twenty units with the strongest weights from the detectors, the article's table.

    `units` is the table of `classify_downstream.py`; `source` says whether detectors or candidates were used.
    """
    top = units.head(TOP).reset_index(drop=True)
    columns = ["layer", "unit", "branch", "norm", "share", "random_norm", "random_rank_norm", "role", "orientation_deg"]
    columns += ["polarity", "explained", "nearest_role", "response_role", "response_correlation"]
    table = top[columns].copy()
    table.insert(0, "rank", np.arange(1, len(table) + 1))
    table["is_boundary"] = is_boundary(top["role"])
    table["responds_as_boundary"] = is_boundary(top["response_role"])
    table["source"] = source
    return table


def best_units(units: pd.DataFrame, role: str, count: int) -> pd.DataFrame:
    """Return the units that fill a role best, with `nearest` 1 where a unit does not qualify.

    First units with the role by weights, those that respond accordingly before others, the stronger use of the
    detectors first; then those whose weights come nearest to it; then any. The strength is the norm of the part of
    the weights that the pattern explains.
    """
    ranked = units.assign(
        strength=units["norm"] * np.sqrt(units["explained"]),
        nearest=(units["role"] != role).astype(int),
        confirmed=(units["role"] == role) & (units["response_role"] == role),
        similar=units["nearest_role"] == role,
    )
    keys = ["nearest", "confirmed", "similar", "strength", "unit"]
    return ranked.sort_values(keys, ascending=[True, False, False, False, True]).head(count).reset_index(drop=True)


def given_units(units: pd.DataFrame, numbers: Sequence[int]) -> pd.DataFrame:
    """Return the rows of units given by number, in that order."""
    return units.set_index("unit").loc[list(numbers)].reset_index().assign(nearest=0)


def orientation_group(orientation_deg: Any) -> Any:
    """Return the index of the sector of 45 degrees that orientations fall into; the first is centred on 0."""
    return np.floor(np.asarray(orientation_deg) % 360 / (360 / GROUPS) + 0.5).astype(int) % GROUPS


def representatives(detectors: pd.DataFrame) -> dict[int, int]:
    """Return, for every group of orientations that has a detector, the one nearest to its middle."""
    group = orientation_group(detectors["preferred_orientation_deg"])
    distance = np.abs(angle_between(detectors["preferred_orientation_deg"].to_numpy(), group * 360 / GROUPS))
    order = np.argsort(distance, kind="stable")[::-1]
    return dict(sorted((int(group[index]), int(detectors["unit"].iloc[index])) for index in order))


def strongest_inputs(weight: np.ndarray[Any, Any], channels: Sequence[int], count: int) -> list[int]:
    """Return the channels of some that a unit, with weights (channel, y, x), uses most; by norm."""
    chosen = np.asarray(channels, dtype=int)
    norm = np.sqrt((weight[chosen].astype(np.float64) ** 2).sum(axis=(1, 2)))
    return [int(channel) for channel in chosen[np.argsort(-norm, kind="stable")[:count]]]


def role_table(
    units: pd.DataFrame,
    branches: list[Branch],
    detectors: pd.DataFrame,
    inputs: pd.DataFrame,
    article: Mapping[str, Any] | None,
) -> pd.DataFrame:
    """Return every unit that figures 10 to 13 show.

    Parameters
    ----------
    units : DataFrame
        Units of the later layer, strongest first, with their roles.
    branches : list of Branch
        Its expanded weights.
    detectors : DataFrame
        Rows of the units that count as detectors.
    inputs : DataFrame
        Kind of every unit of the studied layer.
    article : mapping or None
        The article's own units by figure, where the network has the same numbers.

    Returns
    -------
    DataFrame
        figure, role, layer, unit; `of_unit`, the later unit that an input belongs to (-1 for these units themselves);
        `kind` of an input; `orientation_deg`; `polarity` of a later unit; `nearest`, 1 where no unit qualifies for
        a role and the best-matching one stands in.
    """
    later, layer = units["layer"].iloc[0], inputs["layer"].iloc[0]
    others = inputs[~inputs["unit"].isin(detectors["unit"])]
    by_kind = {kind: group["unit"].to_numpy() for kind, group in others.groupby("kind")}
    by_kind["detector"] = detectors["unit"].to_numpy()
    angle = inputs.set_index("unit")["orientation_deg"].to_dict()
    angle |= dict(zip(detectors["unit"], detectors["preferred_orientation_deg"], strict=True))

    def rows() -> Iterator[tuple[Any, ...]]:
        for figure, role, unit in _later_units(units, article):
            pattern = (unit["orientation_deg"], unit["polarity"], int(unit["nearest"]))
            yield figure, role, later, int(unit["unit"]), -1, "", *pattern
            for kind, channel in _inputs_of(figure, int(unit["unit"]), branches, by_kind):
                yield figure, "input", layer, channel, int(unit["unit"]), kind, angle[channel], "", 0
        for channel in representatives(detectors).values():
            yield "fig10_usage", "group", layer, channel, -1, "detector", angle[channel], "", 0

    columns = [*COLUMNS, "of_unit", "kind", "orientation_deg", "polarity", "nearest"]
    return pd.DataFrame(list(rows()), columns=columns)


def _later_units(units: pd.DataFrame, article: Mapping[str, Any] | None) -> Iterator[tuple[str, str, pd.Series]]:
    """Yield the figure, the role and the row of every shown unit of the later layer."""
    if article:
        usage = article["usage"]
        shown = [("fig10_usage", role, given_units(units, [usage[role]])) for role in USAGE_ROLES]
        shown.append(("fig11_excitation_inhibition", "double_boundary", given_units(units, [usage["double_boundary"]])))
        boundaries = given_units(units, article["boundary_detectors"])
    else:
        shown = [("fig10_usage", role, best_units(units, role, 1)) for role in USAGE_ROLES]
        shown.append(("fig11_excitation_inhibition", "double_boundary", best_units(units, "double_boundary", 1)))
        boundaries = best_units(units, ROLES[0], COMPARED_UNITS)
    shown.append(("fig12_boundary_inputs", "boundary", boundaries.head(1)))
    shown.append(("fig13_boundary_detectors", "boundary", boundaries))
    for figure, role, rows in shown:
        for _, row in rows.iterrows():
            yield figure, role, row


def _inputs_of(figure: str, unit: int, branches: list[Branch], by_kind: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the kind and the channel of the inputs that a figure shows of a unit."""
    shown = {
        "fig11_excitation_inhibition": (("detector",), STRONGEST_DETECTORS),
        "fig12_boundary_inputs": (BOUNDARY_INPUTS, BOUNDARY_INPUT_COUNT),
        "fig13_boundary_detectors": (COMPARED_INPUTS, COMPARED_INPUT_COUNT),
    }
    kinds, count = shown.get(figure, ((), 0))
    weight = weights_of(branches, unit)
    for kind in kinds:
        for channel in strongest_inputs(weight, by_kind.get(kind, []), count):
            yield kind, channel
