"""Kinds of units, from their responses to control stimuli: what the inputs of a boundary unit stand for."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.probes.tuning import control_peak, first_harmonic

FAMILIES = ("luminance_edge", "colour_edge", "grating", "contrast_edge", "uniform_plaid")
# In the order of figures. `edge`, `line` and `texture` are told apart by what a unit is selective for.
KINDS = ("detector", "edge", "colour_contrast", "line", "texture", "other", "silent")
LABELS = {
    "detector": "high-low frequency detectors",
    "edge": "luminance edges",
    "colour_contrast": "colour contrast",
    "line": "lines and gratings",
    "texture": "uniform textures",
    "other": "others",
    "silent": "silent units",
}
SILENT_SHARE = 0.1
EDGE_SELECTIVITY, EDGE_SHARE = 0.4, 0.2
LINE_SELECTIVITY = 0.25
TEXTURE_SHARE = 0.7

Floats = NDArray[np.floating]


def orientation_selectivity(response: Floats, axis: int, orientation_deg: Floats, turns: int) -> tuple[Floats, Floats]:
    """Return how selective units are for orientation, and the preferred one.

    Parameters
    ----------
    response : ndarray
        (axes of the family, phase or offset, unit).
    axis : int
        Which axis is the orientation.
    orientation_deg : ndarray
        Evenly spread over 360 / turns degrees.
    turns : int
        1 for directions, 2 for axes, which repeat after half a turn.

    Returns
    -------
    selectivity, preferred : ndarray
        |sum r exp(i turns theta)| / sum r, 0 for a silent unit, and the angle of that sum, in degrees, of the phase
        means; the largest over other axes is taken first. (unit,).
    """
    mean = np.moveaxis(response.mean(axis=-2, dtype=np.float64), axis, -2)
    curve = mean.reshape(-1, *mean.shape[-2:]).max(axis=0)
    harmonic = first_harmonic(curve, turns * orientation_deg)
    return np.nan_to_num(np.abs(harmonic)), np.rad2deg(np.angle(harmonic)) / turns % (360 / turns)


def input_kinds(
    detector_table: pd.DataFrame, responses: Mapping[str, tuple[Floats, Mapping[str, Floats]]]
) -> pd.DataFrame:
    """Return the kind of every unit of the studied layer, in the order of units.

    Parameters
    ----------
    detector_table : DataFrame
        Detectors table.
    responses : mapping
        Of every family of `FAMILIES`: responses (axes of the family, unit) and axes.

    Returns
    -------
    DataFrame
        layer, unit, branch, `kind`, `orientation_deg` (the direction of an edge's bright side, the axis along which a
        line or a grating varies, a detector's preferred orientation; else nan), `peak` over all families, the
        selectivities, and the response to every family relative to the peak. The first of these that holds:

        - `detector`: accepted as one;
        - `silent`: a peak under a tenth of the layer's median peak;
        - `colour_contrast`: colour edges of equal luma drive it most of all families;
        - `edge`: selective for the direction of luminance edges (0.4), which reach a fifth of its peak;
        - `line`: selective for the axis of gratings (0.25);
        - `texture`: uniform textures reach 0.7 of its peak;
        - `other`.
    """
    table = detector_table.sort_values("unit", ignore_index=True)
    peaks = pd.DataFrame({family: control_peak(responses[family][0]) for family in FAMILIES})
    peak = peaks.max(axis=1)
    relative = peaks.div(peak.where(peak > 0, 1), axis=0)
    edges, edge_angle = _selectivity("luminance_edge", 1, responses)
    colours, colour_angle = _selectivity("colour_edge", 1, responses)
    lines, line_angle = _selectivity("grating", 2, responses)
    kind = np.select(
        [
            table["is_detector"] == 1,
            peak <= SILENT_SHARE * peak.median(),
            relative["colour_edge"] >= relative.drop(columns="colour_edge").max(axis=1),
            (edges >= EDGE_SELECTIVITY) & (relative["luminance_edge"] >= EDGE_SHARE),
            lines >= LINE_SELECTIVITY,
            relative["uniform_plaid"] >= TEXTURE_SHARE,
        ],
        ["detector", "silent", "colour_contrast", "edge", "line", "texture"],
        "other",
    )
    angles = [table["preferred_orientation_deg"], edge_angle, colour_angle, line_angle]
    named = ["detector", "edge", "colour_contrast", "line"]
    return pd.DataFrame(
        {
            "layer": table["layer"],
            "unit": table["unit"],
            "branch": table["branch"],
            "kind": kind,
            "orientation_deg": np.select([kind == name for name in named], angles, np.nan),
            "peak": peak,
            "edge_selectivity": edges,
            "colour_edge_selectivity": colours,
            "line_selectivity": lines,
            **{f"{family}_response": relative[family] for family in FAMILIES},
        }
    )


def _selectivity(
    family: str, turns: int, responses: Mapping[str, tuple[Floats, Mapping[str, Floats]]]
) -> tuple[Floats, Floats]:
    response, axes = responses[family]
    return orientation_selectivity(response, list(axes).index("orientation"), axes["orientation"], turns)


def kind_shares(weight: Floats, kinds: NDArray[np.str_]) -> dict[str, float]:
    """Return the share of a unit's squared weights, (channel, y, x), that falls on every kind of channel."""
    energy = (weight.astype(np.float64) ** 2).sum(axis=(1, 2))
    total = float(energy.sum())
    return {kind: float(energy[kinds == kind].sum()) / total if total > 0 else 0.0 for kind in KINDS}
