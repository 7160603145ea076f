"""Figure 5: the channels of the HF and the LF cluster, and their weights to three detectors."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from highlow.circuits.channel_weights import side_alignment
from highlow.figures import upstream_units
from highlow.figures.drawing import HIGH_COLOR, LOW_COLOR, Drawing, label, new_figure, styled
from highlow.figures.unit_pictures import show_unit
from highlow.figures.weight_maps import show_weights, weight_bar, weight_norm
from highlow.pictures import picture_file

CLUSTERS = (("high_cluster", "HF cluster", HIGH_COLOR), ("low_cluster", "LF cluster", LOW_COLOR))

# Of the width of a channel's column.
DETECTOR_WIDTH = 1.3
SPACER = 0.15


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw a grid of weight maps, a column a channel and a row a detector; inputs as for figure 4."""
    rows = upstream_units.shown(inputs["roles"], "fig05_clusters")
    detectors = upstream_units.detector_rows(inputs["detectors"], rows.loc[rows["role"] == "detector", "unit"].tolist())
    clusters = [rows[rows["role"] == role] for role, _, _ in CLUSTERS]
    weights = [
        upstream_units.weights_to(inputs["expanded_weights"], settings["branch"], int(unit))
        for unit in detectors["unit"]
    ]
    channels = pd.concat(clusters)["unit"].to_numpy()
    norm = weight_norm(np.concatenate([weight[channels] for weight in weights]))
    pictures, source_pictures = (picture_file.read(inputs[name]) for name in ("pictures", "source_pictures"))
    figure = new_figure(
        1.4 + 0.93 * (len(weights) + 1), "The HF and the LF cluster, and their weights to three detectors", settings
    )
    widths = [DETECTOR_WIDTH]
    for cluster in clusters:
        widths += [SPACER, *(1.0 for _ in cluster["unit"])]
    grid = figure.subplots(1 + len(weights), len(widths), squeeze=False, width_ratios=widths)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, (_, row) in zip(grid[1:, 0], detectors.iterrows(), strict=True):
        axes.set_axis_on()
        upstream_units.show_detector(axes, pictures, settings["layer"], row)
    drawn, alignment, column = [], {}, 1
    for cluster, (role, name, color) in zip(clusters, CLUSTERS, strict=True):
        column += 1
        grid[0, column].set_ylabel(name, color=color)
        for _, row in cluster.iterrows():
            channel = int(row["unit"])
            for axes in grid[:, column]:
                axes.set_axis_on()
            show_unit(grid[0, column], source_pictures, channel, f"{label(row['layer'])}\n{channel}")
            for axes, weight, unit in zip(grid[1:, column], weights, detectors["unit"], strict=True):
                image = show_weights(axes, weight[channel], norm)
                values = {"source": row["source"], "channel": channel, "cluster": row["factor"], "unit": int(unit)}
                drawn.append(upstream_units.map_rows(weight[channel], **values))
            column += 1
        sides = [
            side_alignment(weight[cluster["unit"]], angle)
            for weight, angle in zip(weights, detectors["direction_deg"], strict=True)
        ]
        alignment[role] = float(np.median(sides))
    weight_bar(figure, image, grid, location="bottom", shrink=0.5, aspect=45)
    upstream_units.say_if_not_accepted(figure, detectors)
    summary = {
        "detectors": detectors["unit"].tolist(),
        "layer_of_channels": str(clusters[0]["layer"].iloc[0]),
        "channels": {role: cluster["unit"].tolist() for (role, _, _), cluster in zip(CLUSTERS, clusters, strict=True)},
        "median_alignment_with_the_high_frequency_side": alignment,
    }
    return Drawing(figure, pd.concat(drawn, ignore_index=True), summary)
