"""Figure 9: spatial factors of six detectors on the HF and the LF factor."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from highlow import store
from highlow.circuits import detection, factor_file, factors
from highlow.figures.drawing import WEIGHT_COLORS, Drawing, bare, label, new_figure, orientation_arrow, styled
from highlow.figures.selection import degrees, shown_units, unit_label
from highlow.probes.circular import angle_between


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw the maps; `inputs` are `detectors` (TSV) and `factors:<source>` (HDF5), one a source layer."""
    units = shown_units(store.read_table(inputs["detectors"], detection.COLUMNS), settings["branch"], settings["units"])
    sources = [role.split(":")[1] for role in inputs if role.startswith("factors:")]
    count = len(units)
    figure = new_figure(1.1 + 2.4 * len(sources), "Spatial factors: where each factor excites and inhibits", settings)
    sections = figure.subfigures(len(sources), 1, squeeze=False)[:, 0]
    drawn, summary = [], {}
    for section, source in zip(sections, sources, strict=True):
        fit = factor_file.read(inputs[f"factors:{source}"])
        maps = fit.maps(units["unit"].to_numpy())
        largest = float(np.abs(maps).max())
        angles = factors.weight_orientation(maps[:, 0], maps[:, 1])
        correlations = factors.map_correlation(maps[:, 0], maps[:, 1])
        grid = section.subplots(2, count, squeeze=False)
        for column, (_, unit) in enumerate(units.iterrows()):
            for row, factor in enumerate(("HF", "LF")):
                axes = grid[row, column]
                image = axes.imshow(maps[column, row], cmap=WEIGHT_COLORS, vmin=-largest, vmax=largest)
                bare(axes)
                drawn.append(_rows(source, int(unit["unit"]), factor, maps[column, row]))
            if np.isfinite(unit["preferred_orientation_deg"]):
                orientation_arrow(grid[0, column], unit["preferred_orientation_deg"], "black")
            name = unit_label(settings["layer"], unit).replace(" (", "\n(")
            grid[0, column].set_title(f"{name}\nresponds {degrees(unit['preferred_orientation_deg'])}")
            grid[1, column].set_xlabel(f"weights {angles[column]:.0f}°\nHF·LF r = {correlations[column]:.2f}")
        for row, factor in enumerate(("HF", "LF")):
            grid[row, 0].set_ylabel(f"{label(source)}\n{factor} factor")
        bar = section.colorbar(image, ax=grid, shrink=0.8, aspect=25)
        bar.set_label("weight (red excites,\nblue inhibits)")
        difference = np.abs(angle_between(angles, units["preferred_orientation_deg"].to_numpy()))
        summary[source] = {
            "median_orientation_difference_deg": float(np.nanmedian(difference))
            if np.isfinite(difference).any()
            else None,
            "median_map_correlation": float(np.median(correlations)),
        }
    return Drawing(figure, pd.concat(drawn, ignore_index=True), {"units": units["unit"].tolist(), **summary})


def _rows(source: str, unit: int, factor: str, spatial: np.ndarray[Any, Any]) -> pd.DataFrame:
    y, x = np.indices(spatial.shape)
    return pd.DataFrame(
        {"source": source, "unit": unit, "factor": factor, "y": y.ravel(), "x": x.ravel(), "weight": spatial.ravel()}
    )
