"""Which units the figures of the implementation show: channels of earlier layers, and detectors that read them.

The article chose its units by hand. Here each role is filled by a measurement, the same for every network; the
article's own numbers are used for the article's own network alone. `docs/methods/circuits.md` states every rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.channel_weights import channel_norms, side_alignment, strongest_by_side
from highlow.circuits.factor_file import FactorFit
from highlow.circuits.own_structure import FACTORS, OwnStructure, exceptions
from highlow.probes.circular import angle_between

# As many as the article's figures 4, 5 and 6 show.
SIDE_CHANNELS = 3
CLUSTER_DETECTORS = 3
CLUSTER_CHANNELS = 4
FACTOR_CHANNELS = 5
FEWEST_CANDIDATES = 6

# What readers of the table rely on.
COLUMNS = ("figure", "role", "layer", "unit", "source", "value", "rank")
# Filled in the two rows of the exception alone.
EXCEPTION_COLUMNS = (
    "structure",
    "own_orientation_deg",
    "edge_over_texture",
    "map_cosine",
    "factor_ratio",
    "listed_ratio",
    "weight_share",
    "weight_rank",
    "qualifies",
)

Units = NDArray[np.intp]
Row = dict[str, Any]


@dataclass(frozen=True)
class Published:
    """The article's choice, for its own network.

    Attributes
    ----------
    coefficients : mapping
        By pictured layer and factor, the coefficient of each channel shown, largest first.
    exception : (int, int)
        Channel and unit.
    """

    coefficients: Mapping[str, Mapping[str, Mapping[int, float]]]
    exception: tuple[int, int]


@dataclass(frozen=True)
class Upstream:
    """What the roles are chosen from.

    Attributes
    ----------
    layer : str
        The layer whose pictures show the units of the studied layer: itself, unless it is a pool.
    detectors : DataFrame
        Rows of the detectors table to choose from, best first; where there are too few detectors, the best candidates.
    weight, units : ndarray
        Expanded weights from the nearest source layer, (unit, channel, y, x), and the units, (unit,).
    fits : mapping
        Factors by source layer, nearest first.
    pictured : mapping
        By source layer, the layer whose pictures show its channels.
    own : OwnStructure
        Of the channels of the nearest source layer.
    """

    layer: str
    detectors: pd.DataFrame
    weight: NDArray[np.floating]
    units: Units
    fits: Mapping[str, FactorFit]
    pictured: Mapping[str, str]
    own: OwnStructure

    @property
    def source(self) -> str:
        """The nearest source layer."""
        return next(iter(self.fits))

    def weight_of(self, units: Sequence[int] | Units) -> NDArray[np.floating]:
        """Return the weights of some units, (n, channel, y, x)."""
        return np.asarray(self.weight[np.searchsorted(self.units, units)])


def direction(table: pd.DataFrame) -> NDArray[np.floating]:
    """Return where the high-frequency side of each unit is, in degrees: from responses, else from weights."""
    return np.asarray(table["preferred_orientation_deg"].fillna(table["weight_orientation_deg"]).to_numpy(dtype=float))


def detector_pool(table: pd.DataFrame, branch: str, units: Sequence[int]) -> pd.DataFrame:
    """Return the rows of the detectors table from which detectors are chosen, best first.

    Those of `units`, if any are given; else the detectors of the branch; else, where there are fewer than three, these
    and the best candidates, six in all.
    """
    inside = table[table["branch"] == branch].sort_values("is_detector", ascending=False, kind="stable")
    accepted = inside[inside["is_detector"] == 1]
    if units:
        chosen = inside[inside["unit"].isin(units)]
    else:
        chosen = accepted if len(accepted) >= CLUSTER_DETECTORS else inside.head(FEWEST_CANDIDATES)
    return chosen.reset_index(drop=True)


def published_choice(facts: Mapping[str, Any]) -> Published:
    """Return the article's choice from its facts (`highlow.reference.article`)."""
    return Published(facts["factor_channels"], (facts["exception"]["channel"], facts["exception"]["unit"]))


def spread(orientation_deg: NDArray[np.floating], count: int) -> list[int]:
    """Return the indices of the first orientation and those that lie farthest apart with it, in order of angle.

    Of all choices of `count` the one with the largest angle between its nearest two.
    """
    if len(orientation_deg) <= count:
        return [int(index) for index in np.argsort(orientation_deg, kind="stable")]
    distance = np.abs(angle_between(orientation_deg[:, None], orientation_deg[None, :]))
    choices = [(0, *others) for others in combinations(range(1, len(orientation_deg)), count - 1)]
    best = max(choices, key=lambda chosen: min(distance[pair] for pair in combinations(chosen, 2)))
    return sorted(best, key=lambda index: orientation_deg[index])


def largest_coefficients(channel_factor: NDArray[np.floating], count: int) -> Units:
    """Return the channels with the largest coefficients of a factor, (count,), largest first."""
    return np.argsort(-channel_factor, kind="stable")[:count]


def upstream_roles(found: Upstream, published: Published | None = None) -> pd.DataFrame:
    """Return every unit that figures 4, 5, 6 and the exception figure show, a row each.

    Parameters
    ----------
    found : Upstream
        What to choose from.
    published : Published, optional
        The article's choice of channels; only for the article's own network.

    Returns
    -------
    DataFrame
        `figure`; `role`; `layer` that is pictured; `unit`; `source` layer of the weights; `target_unit` that reads a
        channel; `factor`; `value` (figure 4: norm of the weights, for a detector of all; 5, 6: coefficient of the
        factor; exception: share of the unit's weights, by norm); `rank` among all channels, of a detector its place in
        the figure; `alignment` (figure 4); `published` coefficient; `edge` and `EXCEPTION_COLUMNS` of the exception.
    """
    rows = [*_sides(found), *_clusters(found, published), *_factors(found, published), *_exception(found, published)]
    columns = [
        *COLUMNS[:5],
        "target_unit",
        "factor",
        *COLUMNS[5:],
        "alignment",
        "published",
        "edge",
        *EXCEPTION_COLUMNS,
    ]
    table = pd.DataFrame(rows).reindex(columns=columns)
    return table.astype({"target_unit": "Int64", "rank": "Int64", "weight_rank": "Int64", "qualifies": "Int64"})


def _row(found: Upstream, figure: str, role: str, unit: int, **values: Any) -> Row:
    """Return a row about a channel of the nearest source layer or, for the role `detector`, a unit of the layer."""
    layer = found.layer if role == "detector" else found.pictured[found.source]
    return {"figure": figure, "role": role, "layer": layer, "unit": int(unit), "source": found.source, **values}


def _sides(found: Upstream) -> list[Row]:
    """Figure 4: the best detector, and the channels that contribute most on either side of it."""
    figure, best = "fig04_weights", found.detectors.head(1)
    unit, angle = int(best["unit"].iloc[0]), float(direction(best)[0])
    weight = found.weight_of([unit])[0]
    norm, alignment = channel_norms(weight), side_alignment(weight, angle)
    rank = np.argsort(np.argsort(-norm, kind="stable")) + 1
    rows = [_row(found, figure, "detector", unit, value=float(np.sqrt((norm**2).sum())), rank=1)]
    sides = strongest_by_side(weight, angle, SIDE_CHANNELS)
    for role, channels in zip(("high_side", "low_side"), sides, strict=True):
        rows += [
            _row(
                *(found, figure, role, channel),
                target_unit=unit,
                value=float(norm[channel]),
                rank=int(rank[channel]),
                alignment=float(alignment[channel]),
            )
            for channel in channels
        ]
    return rows


def _channel_rows(
    found: Upstream, figure: str, source: str, count: int, suffix: str, published: Published | None
) -> list[Row]:
    """Return the channels with the largest coefficients of both factors of a source layer."""
    fit, layer, rows = found.fits[source], found.pictured[source], []
    known = published.coefficients.get(layer, {}) if published else {}
    for name, coefficient in zip(FACTORS, fit.factors.channel, strict=True):
        order = largest_coefficients(coefficient, len(coefficient))
        chosen = list(known[name])[:count] if name in known else order[:count]
        for channel in chosen:
            rows.append(
                {
                    "figure": figure,
                    "role": f"{'high' if name == 'HF' else 'low'}_{suffix}",
                    "layer": layer,
                    "unit": int(channel),
                    "source": source,
                    "factor": name,
                    "value": float(coefficient[channel]),
                    "rank": int(np.flatnonzero(order == channel)[0]) + 1,
                    "published": known.get(name, {}).get(int(channel), np.nan),
                }
            )
    return rows


def _clusters(found: Upstream, published: Published | None) -> list[Row]:
    """Figure 5: three detectors as far apart as they go, and the channels that each factor weighs most."""
    figure = "fig05_clusters"
    chosen = found.detectors.iloc[spread(direction(found.detectors), CLUSTER_DETECTORS)]
    rows = [_row(found, figure, "detector", unit, rank=rank) for rank, unit in enumerate(chosen["unit"], start=1)]
    return rows + _channel_rows(found, figure, found.source, CLUSTER_CHANNELS, "cluster", published)


def _factors(found: Upstream, published: Published | None) -> list[Row]:
    """Figure 6: the channels that each factor of every source layer weighs most."""
    return [
        row
        for source in found.fits
        for row in _channel_rows(found, "fig06_factors", source, FACTOR_CHANNELS, "factor", published)
    ]


def _exception(found: Upstream, published: Published | None) -> list[Row]:
    """The exception figure: a channel with spatial structure of its own, and the detector that it contributes to."""
    figure, units, fit = "fig09b_exception", found.detectors["unit"].to_numpy(), found.fits[found.source]
    if published:
        units = np.array([published.exception[1]])
    pairs = exceptions(found.weight_of(units), units, fit.maps(units), fit.factors.channel, found.own)
    if published:
        pairs = pairs[pairs["channel"] == published.exception[0]]
    best = pairs.iloc[0]
    values = {name: best[name] for name in ("factor", "edge", *EXCEPTION_COLUMNS)}
    values |= {"value": best["weight_share"], "rank": best["weight_rank"]}
    return [
        _row(found, figure, "channel", best["channel"], target_unit=int(best["unit"]), **values),
        _row(found, figure, "detector", best["unit"], rank=1),
    ]
