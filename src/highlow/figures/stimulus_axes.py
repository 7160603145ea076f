"""The two axes of the synthetic stimuli: orientation and frequency ratio (the article's stimulus strips)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from highlow.figures.drawing import Drawing, bare, new_figure, show_tile, styled
from highlow.probes import preview_file

SHOWN = 8
RATIO_OF_ORIENTATION_STRIP = 3.5  # both sides are plainly visible there
TITLES = {
    "high_low": "High-low frequency stimuli of the article",
    "high_low_balanced": "Control without luminance or contrast edge: equal mean and contrast on both sides",
}


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw an orientation and a ratio strip of each family; `inputs` are the families' files by name."""
    figure = new_figure(4.6, "Axes of the synthetic stimuli")
    sections = figure.subfigures(len(inputs), 1, squeeze=False)[:, 0]
    rows = []
    for section, (family, path) in zip(sections, inputs.items(), strict=True):
        sheet, ratios, orientations = preview_file.read(path)
        section.suptitle(TITLES[family], fontsize=8)
        grid = section.subplots(2, SHOWN)
        for axes in grid.flat:
            bare(axes)
        middle = int(np.abs(ratios - RATIO_OF_ORIENTATION_STRIP).argmin())
        columns = np.unique(np.linspace(0, len(orientations), SHOWN, endpoint=False).astype(int))
        ratio_rows = np.unique(np.linspace(0, len(ratios) - 1, SHOWN).astype(int))
        for axes, column in zip(grid[0], columns, strict=False):
            show_tile(axes, sheet[middle, column], f"{orientations[column]:.0f}°")
            rows.append((family, "orientation", orientations[column], ratios[middle]))
        for axes, row in zip(grid[1], ratio_rows, strict=False):
            show_tile(axes, sheet[row, 0], f"{ratios[row]:.2g}")
            rows.append((family, "ratio", orientations[0], ratios[row]))
        for axes, name in zip(grid[:, 0], (f"orientation\n(ratio {ratios[middle]:.2g})", "ratio ρ"), strict=True):
            axes.set_ylabel(name)
    numbers = pd.DataFrame(rows, columns=["family", "strip", "orientation_deg", "ratio"])
    return Drawing(figure, numbers)
