"""Figure 1b: what else one detector responds to, as pictures that are driven apart."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from highlow.circuits import detection
from highlow.figures.drawing import Drawing, bare, new_figure, styled
from highlow.figures.selection import unit_label
from highlow.pictures import picture_file
from highlow.storage import table_files

ROWS = 2


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw the variations; `inputs` are `detectors` (TSV) and `variations` (HDF5)."""
    found = picture_file.read_variations(inputs["variations"])
    table = table_files.read(inputs["detectors"], detection.COLUMNS)
    unit = table[table["unit"] == found.unit].iloc[0]
    columns = -(-len(found.images) // ROWS)
    title = f"Diverse feature visualizations of {unit_label(found.layer, unit)}"
    figure = new_figure(0.95 + ROWS * (6.6 / columns + 0.25), title, settings)
    grid = figure.subplots(ROWS, columns, squeeze=False).flat
    for axes, image, relative, alike in zip(
        grid, found.images, found.relative_activation, found.similarity, strict=False
    ):
        axes.imshow(image, interpolation="nearest")
        bare(axes)
        response = "" if math.isnan(relative) else f"{relative:.1f}×, "
        axes.set_xlabel(f"{response}similarity {alike:.2f}", fontsize=7, labelpad=2)
    figure.supxlabel(
        "×: response as a multiple of the best to stimuli and photographs. Similarity: mean cosine of a picture's "
        "texture statistics\nwith those of the other pictures.",
        fontsize=7,
    )
    numbers = pd.DataFrame(
        {
            "layer": found.layer,
            "unit": found.unit,
            "variation": range(len(found.images)),
            "activation": found.activation,
            "relative_activation": found.relative_activation,
            "similarity": found.similarity,
        }
    )
    summary = {
        "unit": found.unit,
        "pictures": len(found.images),
        "mean_similarity": float(found.similarity.mean()),
        "median_relative_activation": float(numbers["relative_activation"].median()),
    }
    return Drawing(figure, numbers, summary)
