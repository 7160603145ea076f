"""Figure 9: spatial factors of six detectors on the HF and the LF factor."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from highlow.circuits import detection, factor_file, factors
from highlow.figures.drawing import WEIGHT_COLORS, Drawing, bare, label, new_figure, orientation_arrow, styled
from highlow.figures.selection import degrees, shown_units, unit_label
from highlow.figures.unit_pictures import show_unit
from highlow.pictures import picture_file
from highlow.probes.circular import angle_between
from highlow.storage import table_files


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw the maps below the units' pictures.

    `inputs` are `detectors` (TSV), `pictures` (HDF5) and `factors:<source>` (HDF5), one a source layer.
    """
    units = shown_units(table_files.read(inputs["detectors"], detection.COLUMNS), settings["branch"], settings["units"])
    sources = [role.split(":")[1] for role in inputs if role.startswith("factors:")]
    count = len(units)
    pictures = picture_file.read(inputs["pictures"])
    figure = new_figure(2.2 + 2.4 * len(sources), "Spatial factors: where each factor excites and inhibits", settings)
    heights = [1.4, *[1.0] * (len(sources) - 1)]  # the first section has the pictures too
    sections = figure.subfigures(len(sources), 1, squeeze=False, height_ratios=heights)[:, 0]
    drawn, summary = [], {}
    for section, source in zip(sections, sources, strict=True):
        fit = factor_file.read(inputs[f"factors:{source}"])
        maps = fit.maps(units["unit"].to_numpy())
        largest = float(np.abs(maps).max())
        angles = factors.weight_orientation(maps[:, 0], maps[:, 1])
        correlations = factors.map_correlation(maps[:, 0], maps[:, 1])
        rows = section.subplots(3 if source == sources[0] else 2, count, squeeze=False)
        grid = rows[-2:]
        for column, (_, unit) in enumerate(units.iterrows()):
            for row, factor in enumerate(("HF", "LF")):
                axes = grid[row, column]
                image = axes.imshow(maps[column, row], cmap=WEIGHT_COLORS, vmin=-largest, vmax=largest)
                bare(axes)
                drawn.append(_rows(source, int(unit["unit"]), factor, maps[column, row]))
            if np.isfinite(unit["preferred_orientation_deg"]):
                orientation_arrow(grid[0, column], unit["preferred_orientation_deg"], "black")
            name = unit_label(settings["layer"], unit).replace(" (", "\n(")
            if len(rows) == 3:
                show_unit(rows[0, column], pictures, int(unit["unit"]), name)
            grid[0, column].set_title(f"responds {degrees(unit['preferred_orientation_deg'])}")
            grid[1, column].set_xlabel(f"weights {angles[column]:.0f}°\nHF·LF r = {correlations[column]:.2f}")
        for row, factor in enumerate(("HF", "LF")):
            grid[row, 0].set_ylabel(f"{label(source)}\n{factor} factor")
        bar = section.colorbar(image, ax=rows, shrink=0.8, aspect=25)
        bar.set_label("weight (red excites,\nblue inhibits)")
        difference = np.abs(angle_between(angles, units["preferred_orientation_deg"].to_numpy()))
        summary[source] = {
            "median_orientation_difference_deg": float(np.nanmedian(difference))
            if np.isfinite(difference).any()
            else None,
            "median_map_correlation": float(np.median(correlations)),
            "weight_orientation_deg": angles.tolist(),
            "map_correlation": correlations.tolist(),
        }
    shown = {"units": units["unit"].tolist(), "preferred_orientation_deg": units["preferred_orientation_deg"].tolist()}
    return Drawing(figure, pd.concat(drawn, ignore_index=True), {**shown, **summary})


def _rows(source: str, unit: int, factor: str, spatial: np.ndarray[Any, Any]) -> pd.DataFrame:
    y, x = np.indices(spatial.shape)
    return pd.DataFrame(
        {"source": source, "unit": unit, "factor": factor, "y": y.ravel(), "x": x.ravel(), "weight": spatial.ravel()}
    )
