"""Figure 8: responses of the HF and the LF factor to uniform textures over frequency, mean over orientation."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from highlow.figures.drawing import HIGH_COLOR, LOW_COLOR, Drawing, label, new_figure, styled
from highlow.figures.factor_responses import factor_responses, wavelength_axis


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw both factors' curves a source layer; inputs as for `factor_responses`."""
    tables = factor_responses(inputs)
    figure = new_figure(2.9, "Frequency tuning of the channel factors", settings)
    row = figure.subplots(1, len(tables), sharey=True, squeeze=False)[0]
    drawn, crossings, drawn_on = [], {}, {}
    for axes, (source, table) in zip(row, tables.items(), strict=True):
        means = table.groupby(["source", "factor", "wavelength_px"], as_index=False)["response"].mean()
        curves = means.pivot(index="wavelength_px", columns="factor", values="response")
        curves = curves / curves.max()
        for factor, color, style in (("HF", HIGH_COLOR, "-"), ("LF", LOW_COLOR, "--")):
            axes.plot(curves.index, curves[factor], style, color=color, label=f"{factor} factor")
        crossing = crossing_wavelength(curves.index.to_numpy(), curves["HF"].to_numpy(), curves["LF"].to_numpy())
        crossings[source] = crossing
        if crossing is not None:
            axes.axvline(crossing, color="grey", lw=0.8, ls=":")
            axes.annotate(f" cross at {crossing:.1f} px", (crossing, 0.04), fontsize=7, ha="left")
        axes.set_title(label(source))
        wavelength_axis(axes, curves.index.to_numpy())
        axes.set_ylim(0, 1.05)
        axes.set_xlabel("wavelength (px),\nfrequency rises to the right")
        drawn.append(curves.reset_index().assign(source=source))
        drawn_on[f"curve:{source}"] = axes
    row[0].set_ylabel("response / largest of the factor")
    figure.legend(*row[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    summary = {"crossing_wavelength_px": crossings}
    return Drawing(figure, pd.concat(drawn, ignore_index=True), summary, drawn_on)


def crossing_wavelength(
    wavelength: np.ndarray[Any, Any], high: np.ndarray[Any, Any], low: np.ndarray[Any, Any]
) -> float | None:
    """Return the wavelength in px at which the LF curve overtakes the HF curve for good; None if it never does.

    Wavelengths ascend; interpolation is linear in the logarithm.
    """
    difference = low - high
    changes = np.flatnonzero((difference[:-1] < 0) & (difference[1:] >= 0))
    if len(changes) == 0:
        return None
    index = changes[-1]
    share = difference[index] / (difference[index] - difference[index + 1])
    first, second = np.log(wavelength[index]), np.log(wavelength[index + 1])
    return float(np.exp(first + share * (second - first)))
