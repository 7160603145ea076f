"""Figure 4: the channels that contribute most to one detector, and their weights."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from highlow.figures import upstream_units
from highlow.figures.drawing import HIGH_COLOR, LOW_COLOR, Drawing, label, new_figure, styled
from highlow.figures.unit_pictures import show_unit
from highlow.figures.weight_maps import show_weights, weight_bar, weight_norm
from highlow.pictures import picture_file

SIDES = (
    ("high_side", "excite on the\nhigh-frequency side", HIGH_COLOR),
    ("low_side", "excite on the\nlow-frequency side", LOW_COLOR),
)


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw pictures and weight maps.

    `inputs` are `roles` and `detectors` (TSV), `expanded_weights` from the nearest source layer (HDF5), and `pictures`
    of the layer and `source_pictures` of the channels (HDF5).
    """
    rows = upstream_units.shown(inputs["roles"], "fig04_weights")
    target = rows[rows["role"] == "detector"].iloc[0]
    unit = int(target["unit"])
    detectors = upstream_units.detector_rows(inputs["detectors"], [unit])
    weight = upstream_units.weights_to(inputs["expanded_weights"], settings["branch"], unit)
    channels = rows[rows["role"] != "detector"]
    pictures = picture_file.read(inputs["source_pictures"])
    norm = weight_norm(weight[channels["unit"]])
    columns = int(channels.groupby("role").size().max())
    figure = new_figure(3.5, "The strongest channels of one detector, and their weights", settings)
    left, right = figure.subfigures(1, 2, squeeze=False, width_ratios=(3.6, 1))[0]
    grid = left.subplots(2, 2 * columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for line, (role, words, color) in zip(grid, SIDES, strict=True):
        of_side = channels[channels["role"] == role]
        for index, (_, row) in enumerate(of_side.iterrows()):
            channel, (picture, weights) = int(row["unit"]), line[2 * index : 2 * index + 2]
            show_unit(picture, pictures, channel, f"{label(row['layer'])} {channel}")
            image = show_weights(weights, weight[channel], norm, f"norm {row['value']:.2g}")
            weights.set_xlabel(f"no. {int(row['rank'])} of {len(weight)}", fontsize=7, labelpad=2)
            weights.set_axis_on()
            picture.set_axis_on()
        line[0].set_ylabel(words, color=color)
    weight_bar(left, image, grid, location="bottom", shrink=0.6, aspect=45)
    axes = right.subplots()
    upstream_units.show_detector(axes, picture_file.read(inputs["pictures"]), settings["layer"], detectors.iloc[0])
    axes.set_xlabel("arrow: high-frequency side", fontsize=7)
    upstream_units.say_if_not_accepted(figure, detectors)
    drawn = [
        upstream_units.map_rows(
            weight[int(row["unit"])], source=row["source"], channel=int(row["unit"]), role=row["role"], unit=unit
        )
        for _, row in channels.iterrows()
    ]
    strongest = channels.sort_values("rank")
    summary = {
        "detector": unit,
        "layer_of_channels": str(channels["layer"].iloc[0]),
        "channels": strongest["unit"].tolist(),
        "rank": strongest["rank"].tolist(),
        "alignment": strongest["alignment"].round(3).tolist(),
        "share_of_squared_weights": float((channels["value"] ** 2).sum() / target["value"] ** 2),
    }
    return Drawing(figure, pd.concat(drawn, ignore_index=True), summary)
