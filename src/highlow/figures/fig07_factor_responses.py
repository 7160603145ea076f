"""Figure 7: responses of the HF and the LF factor to uniform textures over frequency and orientation."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from highlow.figures.drawing import Drawing, label, new_figure, show_response, styled
from highlow.figures.factor_responses import FACTORS, factor_responses, wavelength_axis


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw a map a source layer and factor; inputs as for `factor_responses`."""
    tables = factor_responses(inputs)
    figure = new_figure(0.9 + 1.9 * len(tables), "Responses of the channel factors to uniform textures", settings)
    grid = figure.subplots(len(tables), 2, sharex=True, sharey=True, squeeze=False)
    for row, (source, table) in zip(grid, tables.items(), strict=True):
        for axes, factor in zip(row, FACTORS, strict=True):
            chosen = table[table["factor"] == factor]
            response = chosen.pivot(index="rotation_deg", columns="wavelength_px", values="response")
            wavelengths = response.columns.to_numpy(dtype=float)
            image = show_response(axes, wavelengths, response.index.to_numpy(), response.to_numpy(), 1)
            axes.set_title(f"{factor} factor, {label(source)}")
            wavelength_axis(axes, wavelengths)
        row[0].set_ylabel("rotation (°)")
    for axes in grid[-1]:
        axes.set_xlabel("wavelength (px), frequency rises to the right")
    bar = figure.colorbar(image, ax=grid, shrink=0.6, aspect=20)
    bar.set_label("response / largest of the factor")
    best = {source: {factor: _best_wavelength(table, factor) for factor in FACTORS} for source, table in tables.items()}
    return Drawing(figure, pd.concat(tables.values(), ignore_index=True), {"best_wavelength_px": best})


def _best_wavelength(table: pd.DataFrame, factor: str) -> float:
    """Return the wavelength (px) at which a factor's response, mean over rotation, is largest."""
    means = table[table["factor"] == factor].groupby("wavelength_px")["response"].mean()
    return float(means.index[int(means.to_numpy().argmax())])
