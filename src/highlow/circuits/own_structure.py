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
EDGES = ("contrast_edge", "luminance_edge", "colour_edge")
TEXTURES = ("uniform_plaid", "grating")
LEAST_STRUCTURE = 0.5
LEAST_MAP_COSINE = 0.5
LEAST_FACTOR_RATIO = 2.0
LARGEST_FACTOR_RATIO = 100.0
STRONG_SHARE = 0.25  # of the channels, by norm

Floats = NDArray[np.floating]
Units = NDArray[np.intp]


@dataclass(frozen=True)
class OwnStructure:
    """How far each channel itself tells one side of a boundary from the other, each (channel,).

    Attributes
    ----------
    structure
        0 to 1: direction selectivity of its responses to edges, times its largest response to an edge over the
        larger of that and its largest response to a uniform texture; of the kind of edge with the largest product.
    orientation_deg
        Circular mean of the responses to that kind of edge; nan for a silent channel.
    edge
        Name of that kind of edge.
    """

    structure: Floats
    orientation_deg: Floats
    edge: NDArray[np.str_]


def edge_curves(response: Floats) -> Floats:
    """Return the responses to a family of edges as curves, (kind, orientation, channel).

    `response` is (..., orientation, offset or phase, channel); the mean over the last axis but one is taken.
    """
    mean = response.mean(axis=-2, dtype=np.float64)
    return np.asarray(mean.reshape(-1, *mean.shape[-2:]))


def own_structure(responses: Mapping[str, tuple[Floats, Mapping[str, Floats]]]) -> OwnStructure:
    """Return the spatial structure of each channel from its responses.

    Parameters
    ----------
    responses : mapping
        By family, the responses (..., phase or offset, channel) and the coordinates of their axes. Families of edges
        have an orientation before the offset, around the circle without endpoint; those of `TEXTURES` are uniform.
    """
    texture = np.max([control_peak(responses[name][0]) for name in TEXTURES], axis=0)
    structures, angles, names = [], [], []
    for name in EDGES:
        response, axes = responses[name]
        curves = edge_curves(response)
        harmonic = first_harmonic(curves, axes["orientation"])
        peak = curves.max(axis=1)
        largest = np.maximum(peak, texture)
        share = np.divide(peak, largest, out=np.zeros_like(peak), where=largest > 0)
        structures += list(np.nan_to_num(np.abs(harmonic)) * share)
        angles += list(np.rad2deg(np.angle(harmonic)) % 360)
        names += [name] * len(curves)
    best = np.argmax(structures, axis=0)
    channels = np.arange(len(best))
    return OwnStructure(np.array(structures)[best, channels], np.array(angles)[best, channels], np.array(names)[best])


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
        smaller coefficient, at most 100), `map_cosine` (between the channel's map and the unit's map of that factor),
        `weight_share` (of the unit's weights, by norm), `weight_rank` (1 = strongest channel of the unit), `structure`,
        `own_orientation_deg`, `edge`, `score` = structure * map_cosine * weight_share, and `qualifies`: structure and
        map cosine of at least 0.5, a factor ratio of at least 2, a norm among the strongest quarter. Those that qualify
        come first, of these the ones of the HF factor, as in the article; then by score.
    """
    channels = weight.shape[1]
    norm = channel_norms(weight)
    factor = channel_factor.argmax(axis=0)
    larger, smaller = channel_factor.max(axis=0), channel_factor.min(axis=0)
    ratio = np.minimum(
        np.divide(larger, smaller, out=np.full(channels, LARGEST_FACTOR_RATIO), where=smaller > 0), LARGEST_FACTOR_RATIO
    )
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
            "factor_ratio": each(ratio),
            "map_cosine": cosine.ravel(),
            "weight_share": share.ravel(),
            "weight_rank": rank.ravel(),
            "structure": each(own.structure),
            "own_orientation_deg": each(own.orientation_deg),
            "edge": each(own.edge),
        }
    )
    table["score"] = table["structure"] * table["map_cosine"] * table["weight_share"]
    table["qualifies"] = (
        (table["structure"] >= LEAST_STRUCTURE)
        & (table["map_cosine"] >= LEAST_MAP_COSINE)
        & (table["factor_ratio"] >= LEAST_FACTOR_RATIO)
        & (table["weight_rank"] <= STRONG_SHARE * channels)
    ).astype(int)
    high_first = (table["qualifies"] == 1) & (table["factor"] == "HF")
    order = np.lexsort((-table["score"], ~high_first, -table["qualifies"]))
    return table.iloc[order].reset_index(drop=True)
