"""What detectors are built from, measured: the index, and shares of channels with and without orientation."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.experiments.claimed import INTACT
from highlow.experiments.construction import shares
from highlow.experiments.construction.claims import COLUMNS, LIMIT
from highlow.experiments.construction.replay import (
    RATIOS,
    Behind,
    Replay,
    behind,
    boundaries,
    replay,
    source_offsets,
)
from highlow.experiments.statistics import corrected
from highlow.experiments.subject import Subject
from highlow.networks.graph import Architecture
from highlow.networks.model import Network
from highlow.probes import families
from highlow.probes.circular import angle_between
from highlow.probes.responses import answers

# Units of luminance edges, beside which the detectors are seen.
EDGE_SELECTIVITY, MOST_EDGE_UNITS = 0.4, 15
# Windows of more places are asked at one ratio alone; those of earlier layers must not have more than these.
MOST_PLACES, MOST_EARLIER_PLACES = 25, 100

Floats = NDArray[np.floating]
Values = dict[str, Floats]


@dataclass(frozen=True, eq=False)
class Answered:
    """A family's replay, and what the units of the branch add up from it, (orientation, item, unit)."""

    replay: Replay
    intact: Floats
    averaged: Floats

    def columns(self, places: NDArray[np.intp]) -> "Answered":
        """Return the same of some units."""
        return Answered(self.replay, self.intact[..., places], self.averaged[..., places])


def measure(subject: Subject, seed: int) -> pd.DataFrame:
    """Return what the units of a subject are built from, a row a measured thing.

    Where channels are scaled by what the whole image holds it says that nothing is measured.

    Parameters
    ----------
    subject : Subject
        The network.
    seed : int
        Of intervals and random groups.
    """
    architecture = subject.extracted.architecture
    target = architecture.branch_node(subject.layer, subject.branch).name
    if architecture.is_gated(target):
        return _rows("none", np.array([-1]), {"none": np.array([np.nan])}).assign(
            layer=subject.layer, source=subject.source
        )[list(COLUMNS[1:])]
    found = behind(subject.extracted, subject.source, target)
    boundary, edge = (_answered(subject, found, family) for family in ("high_low", "luminance_edge"))
    places = np.searchsorted(subject.branch_units, subject.units)
    edges = edge_units(boundary, edge, places)
    accepted = subject.detectors.set_index("unit")["is_detector"]
    channels = channel_selectivity(subject.network(subject.source), subject.pattern_size, boundary.replay)
    tuned = boundary.columns(places)
    linear = linear_values(tuned, subject.weight[places], channels, seed)
    values = unit_values(tuned, seed) | group_values(found, tuned, places, channels) | linear[0]
    units = subject.branch_units
    tables = [
        _rows("detector", units[places], values, accepted, "high_low"),
        _rows("luminance_edge", units[edges], unit_values(edge.columns(edges), seed), accepted, "luminance_edge"),
        _rows("channel", np.arange(len(channels["axis_selectivity"])), channels | linear[1] | factor_of(subject)),
    ]
    tables = [table.assign(source=subject.source) for table in tables]
    if subject.variant == INTACT:
        for name in earlier_sources(architecture, subject.source, target):
            before = _answered(subject, behind(subject.extracted, name, target), "high_low").columns(places)
            index = shares.construction_index(before.intact, before.averaged, before.replay.orientation_deg, seed)
            earlier = {"earlier_index": np.stack(index)}
            tables.append(_rows("detector", units[places], earlier, accepted, "high_low").assign(source=name))
    table = pd.concat(tables, ignore_index=True).assign(layer=subject.layer)
    return table[list(COLUMNS[1:])]


def earlier_sources(architecture: Architecture, source: str, target: str) -> list[str]:
    """Return the layers before a source of which the target sees 100 places at most, the nearest first."""
    found: list[str] = []
    before = architecture.layers_before(source)
    while before and places_seen(architecture, before[0], target) <= MOST_EARLIER_PLACES:
        found += before
        before = architecture.layers_before(before[0])
    return found


def places_seen(architecture: Architecture, source: str, target: str) -> int:
    """Return how many positions of a source one position of a layer sees."""
    size = architecture.canvas_size(target)
    count = 1
    for axis in (0, 1):
        at = architecture.central_position(target, size, axis)
        span = architecture.spans(target, at, size, axis)[source]
        count *= span.last - span.first + 1
    return count


def _answered(subject: Subject, found: Behind, name: str) -> Answered:
    offset = source_offsets(found)
    few = offset.shape[0] * offset.shape[1] > MOST_PLACES
    family = boundaries(name, subject.pattern_size, ratios=1 if few else RATIOS)
    seen = replay(subject.network(found.source), family, offset)
    return Answered(seen, found.drive(seen.intact), found.drive(seen.averaged))


def edge_units(boundary: Answered, edge: Answered, detectors: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the units, 15 at most, whose responses to luminance edges are tuned most, detectors left out.

    Their selectivity for the direction of the bright side is at least 0.4, and they are tuned more to it than to that
    of a high-low boundary.
    """
    degrees = edge.replay.orientation_deg
    strength = {}
    for name, answered in {"edge": edge, "boundary": boundary}.items():
        response = np.maximum(answered.intact, 0).mean(axis=1)
        strength[name] = np.abs(shares.moments(response, degrees))
    response = np.maximum(edge.intact, 0).mean(axis=1)
    chosen = np.nan_to_num(shares.selectivity(response[None], degrees, 1)) >= EDGE_SELECTIVITY
    chosen &= strength["edge"] > strength["boundary"]
    chosen[detectors] = False
    order = np.argsort(-strength["edge"], kind="stable")
    return np.sort(order[chosen[order]][:MOST_EDGE_UNITS])


def unit_values(answered: Answered, seed: int) -> Values:
    """Return the index of every unit with its interval, and what the tuning is with and without orientation of inputs.

    `selectivity` is that of the rectified response; `surface_correlation` is Pearson's over direction and ratio, means
    over phases.
    """
    degrees, intact, averaged = answered.replay.orientation_deg, answered.intact, answered.averaged
    index, low, high = shares.construction_index(intact, averaged, degrees, seed)
    surfaces = [_surface(drive, answered.replay.phases) for drive in (intact, averaged)]
    directions = [np.rad2deg(np.angle(shares.moments(drive, degrees).sum(axis=0))) for drive in (intact, averaged)]
    rectified = [np.maximum(drive, 0).transpose(1, 0, 2) for drive in (intact, averaged)]
    return {
        "index": np.stack([index, low, high]),
        "tuned_share": shares.tuned_share(intact, degrees),
        "surface_correlation": _correlation(*surfaces),
        "direction_difference_deg": angle_between(directions[1], directions[0]),
        "selectivity": shares.selectivity(rectified[0].mean(axis=0, keepdims=True), degrees, 1),
        "averaged_selectivity": shares.selectivity(rectified[1].mean(axis=0, keepdims=True), degrees, 1),
    }


def channel_selectivity(source: Network, pattern_size: float, seen: Replay) -> Values:
    """Return how selective every source channel is: for directions (first harmonic) and for axes (second).

    The first is measured with a high-low boundary through the middle of its field, the second with gratings.
    `orientation_selectivity` is the larger one. nan for a channel that is silent in both.
    """
    middle = tuple(size // 2 for size in seen.intact.shape[3:])
    response = seen.intact[:, :, :, middle[0], middle[1]]
    direction = shares.selectivity(_phase_means(response, seen.phases), seen.orientation_deg, 1)
    family = families.family(
        "grating", orientation_count=2, ratio_count=2, phase_count=4, pattern_size=pattern_size, seed=0
    )
    gratings = answers(source, family).mean(axis=2, dtype=np.float64)
    axis = shares.selectivity(gratings, family.axes["orientation"], 2)
    return {
        "direction_selectivity": direction,
        "axis_selectivity": axis,
        "orientation_selectivity": np.fmax(direction, axis),
    }


def linear_values(answered: Answered, weight: Floats, channels: Values, seed: int) -> tuple[Values, Values]:
    """Return shares along the linearized path: of the invariant channels in every unit, and of every channel.

    Parameters
    ----------
    answered : Answered
        Of the units.
    weight : ndarray
        Their expanded weights, (unit, channel, y, x).
    channels : dict
        From `channel_selectivity`.
    seed : int
        Of the random groups.

    Returns
    -------
    units, channels : dict
        By measure. Of units the shares of invariant channels in squared weights, in the variance of the responses and
        in the tuning, the median share in the tuning of random groups with as large weights, and the share of those
        groups that reach the invariant ones' (one-sided permutation test), also corrected for the number of units.
        Of channels the mean over units.
    """
    degrees = answered.replay.orientation_deg
    whole = shares.linear_drive(answered.replay.intact, weight)
    tuning, variance = shares.channel_shares(answered.replay.intact, weight, degrees, whole)
    kept, _ = shares.channel_shares(answered.replay.averaged, weight, degrees, whole)
    energy = (weight**2).sum(axis=(2, 3))
    energy = energy / energy.sum(axis=1, keepdims=True)
    free = invariant(channels)
    drawn = np.stack(
        [
            shares.random_shares(share, size, float(size[free].sum()), seed)
            for share, size in zip(tuning, energy, strict=True)
        ]
    )
    own = tuning[:, free].sum(axis=1)
    p_value = (1 + (drawn >= own[:, None]).sum(axis=1)) / (1 + drawn.shape[1])
    units = {
        "linear_correlation": _correlation(_surface(whole, 1), _surface(answered.intact, 1)),
        "weight_share": energy[:, free].sum(axis=1),
        "response_share": variance[:, free].sum(axis=1),
        "tuning_share": own,
        "random_tuning_share": np.median(drawn, axis=1),
        "p_permutation": p_value,
        "p_permutation_corrected": corrected(p_value),
    }
    return units, {
        "weight_share": energy.mean(axis=0),
        "tuning_share": tuning.mean(axis=0),
        "averaged_tuning_share": kept.mean(axis=0),
    }


def group_values(found: Behind, answered: Answered, places: NDArray[np.intp], channels: Values) -> Values:
    """Return the share of the tuning that is left when a group's channels are held at their mean, in the network."""
    free = invariant(channels)
    seen, left = answered.replay, {}
    whole = shares.moments(answered.intact, seen.orientation_deg).sum(axis=0)
    for name, group in {"without_invariant": free, "without_oriented": ~free}.items():
        held = seen.intact.copy()
        held[:, :, group] = seen.intact[:, :, group].mean(axis=(0, 1, 3, 4), keepdims=True)
        part = shares.moments(found.drive(held)[..., places], seen.orientation_deg).sum(axis=0)
        left[name] = shares.along(part, whole)
    return left


def invariant(channels: Values) -> NDArray[np.bool_]:
    """Return which channels know no orientation; silent ones say nothing and are not counted among them."""
    return channels["orientation_selectivity"] < LIMIT


def factor_of(subject: Subject) -> Values:
    """Return of every channel which factor it belongs to: 1 HF alone, -1 LF alone, nan for none."""
    high, low = subject.fit.factors.channel
    total = high + low
    return {"factor": np.divide(high - low, total, out=np.full(len(total), np.nan), where=total > 0)}


def _surface(drive: Floats, phases: int) -> Floats:
    """Return means over phases, (direction and ratio, unit)."""
    return np.concatenate(list(_phase_means(drive, phases)))


def _phase_means(values: Floats, phases: int) -> Floats:
    """Return means over phases of (orientation, item, unit) as (ratio, orientation, unit)."""
    steps, items, units = values.shape
    mean = values.reshape(steps, items // phases, phases, units).mean(axis=2)
    return np.asarray(mean.transpose(1, 0, 2))


def _correlation(first: Floats, second: Floats) -> Floats:
    """Return Pearson's correlation of columns; nan where one does not vary."""
    a, b = first - first.mean(axis=0), second - second.mean(axis=0)
    size = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return np.asarray(np.divide((a * b).sum(axis=0), size, out=np.full(len(size), np.nan), where=size > 0))


def _rows(
    kind: str, units: NDArray[np.intp], values: Values, accepted: "pd.Series[int] | None" = None, family: str = ""
) -> pd.DataFrame:
    """Return measures of units or channels as a long table; a measure with an interval is (3, unit)."""
    parts = []
    for measure, found in values.items():
        value, low, high = found if found.ndim == 2 else (found, np.nan, np.nan)
        parts.append(pd.DataFrame({"unit": units, "measure": measure, "value": value, "low": low, "high": high}))
    table = pd.concat(parts, ignore_index=True)
    known = 0 if accepted is None else table["unit"].map(accepted).fillna(0).astype(int)
    return table.assign(kind=kind, is_detector=known, family=family)
