"""Exceptions of the article: source channels with spatial structure of their own that contribute through a factor.

The article (section "High and Low Frequency Factors") shows one, chosen by hand: a channel that is no uniform texture
and yet contributes through the HF factor. This rule is this project's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.channel_weights import channel_norms
from highlow.probes.tuning import control_peak, first_harmonic

FACTORS = ("HF", "LF")
# Families of edges, and the kinds of each.
EDGES = {
    "contrast_edge": ("contrast edge",),
    "luminance_edge": ("luminance edge",),
    "colour_edge": ("red-green edge", "blue-yellow edge"),
}
TEXTURES = ("uniform_plaid", "grating")
LEAST_RESPONSE = 0.5  # to edges, of the channels' median
LEAST_STRUCTURE = 0.5
LEAST_EDGE_OVER_TEXTURE = 1.0
LEAST_MAP_COSINE = 0.5
LEAST_FACTOR_RATIO = 2.0
LEAST_LISTED_RATIO = 0.5
LISTED_CHANNELS = 5  # as many as figure 6 shows of a factor
LARGEST_RATIO = 100.0
STRONG_SHARE = 0.25  # of the channels, by norm

Floats = NDArray[np.floating]
Units = NDArray[np.intp]
Responses = Mapping[str, tuple[Floats, Mapping[str, Floats]]]


@dataclass(frozen=True)
class OwnStructure:
    """How far each channel itself tells one side of an edge from the other, each (channel,).

    Attributes
    ----------
    structure
        0 to 1: direction selectivity of its responses to a kind of edge, times its largest response to that over the
        larger of that and its largest response to a uniform texture; of the kind with the largest product. 0 for a
        channel that answers edges with less than half of the channels' median.
    orientation_deg
        Circular mean of the responses to that kind of edge; nan for a silent channel.
    edge_over_texture
        Largest response to that kind of edge over the largest to a uniform texture, at most 100.
    edge
        Name of that kind of edge.
    """

    structure: Floats
    orientation_deg: Floats
    edge_over_texture: Floats
    edge: NDArray[np.str_]


def edge_curves(responses: Responses) -> dict[str, tuple[Floats, Floats]]:
    """Return, by kind of edge, the mean responses (orientation, channel) and the orientations (degrees).

    `responses` holds, by family, the responses (..., orientation, phase or offset, channel) and the coordinates of
    their axes; the colours of an edge are an axis before the orientation.
    """
    curves = {}
    for family, kinds in EDGES.items():
        response, axes = responses[family]
        mean = response.mean(axis=-2, dtype=np.float64)
        for kind, curve in zip(kinds, mean.reshape(-1, *mean.shape[-2:]), strict=True):
            curves[kind] = (curve, axes["orientation"])
    return curves


def texture_peak(responses: Responses) -> Floats:
    """Return the largest response of each channel to a uniform texture, mean over phases, (channel,)."""
    return np.asarray(np.max([control_peak(responses[family][0]) for family in TEXTURES], axis=0))


def own_structure(responses: Responses) -> OwnStructure:
    """Return the spatial structure of each channel from its responses to the families of `EDGES` and `TEXTURES`."""
    texture, curves = texture_peak(responses), edge_curves(responses)
    peaks = np.array([curve.max(axis=0) for curve, _ in curves.values()])
    harmonics = np.array([first_harmonic(curve, orientation_deg) for curve, orientation_deg in curves.values()])
    largest = np.maximum(peaks, texture)
    share = np.divide(peaks, largest, out=np.zeros_like(peaks), where=largest > 0)
    structure = np.nan_to_num(np.abs(harmonics)) * share
    best, channels = structure.argmax(axis=0), np.arange(len(texture))
    responds = peaks.max(axis=0) >= LEAST_RESPONSE * np.median(peaks.max(axis=0))
    return OwnStructure(
        np.where(responds, structure[best, channels], 0.0),
        np.rad2deg(np.angle(harmonics[best, channels])) % 360,
        _ratio(peaks[best, channels], texture),
        np.array(list(curves))[best],
    )


def _ratio(first: Floats, second: Floats) -> Floats:
    """Return first / second, at most 100, which is also what a division by 0 gives."""
    ratio = np.divide(first, second, out=np.full(np.shape(first), LARGEST_RATIO), where=np.asarray(second) > 0)
    return np.asarray(np.minimum(ratio, LARGEST_RATIO))


def exceptions(weight: Floats, units: Units, maps: Floats, channel_factor: Floats, own: OwnStructure) -> pd.DataFrame:
    """Return every (channel, unit) pair as a possible exception of the article, best first.

    Parameters
    ----------
    weight : ndarray
        Expanded weights of some units, (unit, channel, y, x).
    units : ndarray
        Their numbers, (unit,).
    maps : ndarray
        Their spatial factors, (unit, 2, y, x).
    channel_factor : ndarray
        (2, channel).
    own : OwnStructure
        Of the channels.

    Returns
    -------
    DataFrame
        `channel`, `unit`, `factor` (the one with the larger coefficient), `coefficient`, `factor_ratio` (larger over
        smaller coefficient, at most 100), `listed_ratio` (coefficient over the fifth largest of the factor),
        `map_cosine` (between the channel's map and the unit's map of that factor), `weight_share` (norm of the
        channel's weights over that of all), `weight_rank` (1 = strongest channel of the unit), the fields of `own`,
        `score` = structure * map_cosine * weight_share, and `qualifies`: a structure of at least 0.5, edges answered at
        least as much as textures, a map cosine of at least 0.5, a factor ratio of at least 2, a listed ratio of at
        least 0.5, and a norm among the strongest quarter of the channels. Those that qualify come first, of these the
        ones of the HF factor, as in the article; then by score.
    """
    channels = weight.shape[1]
    norm = channel_norms(weight)
    factor = channel_factor.argmax(axis=0)
    larger, smaller = channel_factor.max(axis=0), channel_factor.min(axis=0)
    listed = np.sort(channel_factor, axis=1)[:, -min(LISTED_CHANNELS, channels)]
    chosen = maps[:, factor]
    scale = norm * channel_norms(chosen)
    product = (weight * chosen).sum(axis=(-2, -1))
    cosine = np.divide(product, scale, out=np.zeros_like(norm), where=scale > 0)
    total = np.sqrt((norm**2).sum(axis=1, keepdims=True))
    share = np.divide(norm, total, out=np.zeros_like(norm), where=total > 0)
    rank = np.argsort(np.argsort(-norm, axis=1, kind="stable"), axis=1) + 1

    def each(values: NDArray[Any]) -> NDArray[Any]:
        return np.tile(values, len(units))

    table = pd.DataFrame(
        {
            "channel": each(np.arange(channels)),
            "unit": np.repeat(units, channels),
            "factor": each(np.array(FACTORS)[factor]),
            "coefficient": each(larger),
            "factor_ratio": each(_ratio(larger, smaller)),
            "listed_ratio": each(_ratio(larger, listed[factor])),
            "map_cosine": cosine.ravel(),
            "weight_share": share.ravel(),
            "weight_rank": rank.ravel(),
            "structure": each(own.structure),
            "own_orientation_deg": each(own.orientation_deg),
            "edge_over_texture": each(own.edge_over_texture),
            "edge": each(own.edge),
        }
    )
    table["score"] = table["structure"] * table["map_cosine"] * table["weight_share"]
    table["qualifies"] = (
        (table["structure"] >= LEAST_STRUCTURE)
        & (table["edge_over_texture"] >= LEAST_EDGE_OVER_TEXTURE)
        & (table["map_cosine"] >= LEAST_MAP_COSINE)
        & (table["factor_ratio"] >= LEAST_FACTOR_RATIO)
        & (table["listed_ratio"] >= LEAST_LISTED_RATIO)
        & (table["weight_rank"] <= STRONG_SHARE * channels)
    ).astype(int)
    high_first = (table["qualifies"] == 1) & (table["factor"] == "HF")
    order = np.lexsort((-table["score"], ~high_first, -table["qualifies"]))
    return table.iloc[order].reset_index(drop=True)
