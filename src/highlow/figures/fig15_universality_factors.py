"""Figure 15: spatial factors of six detectors in each other network."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import SubFigure

from highlow.circuits import factor_file
from highlow.circuits.selection import SHOWN
from highlow.circuits.universality import NO_FAILURE
from highlow.figures import networks_compared
from highlow.figures.drawing import WEIGHT_COLORS, Drawing, bare, label, new_figure, orientation_arrow, styled
from highlow.figures.networks_compared import Compared
from highlow.figures.selection import degrees

ROW_INCHES = 2.45


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw two rows of maps a network; `inputs` are `layers`, `detectors`, `shown` (TSV) and `factors` (HDF5)."""
    networks = networks_compared.read(inputs)
    alone = len(networks) == 1
    others = networks if alone else [network for network in networks if network.name != settings["network"]]
    figure = new_figure(0.6 + ROW_INCHES * len(others), "HF and LF factors of the detectors of other networks")
    drawn = []
    for section, network in zip(figure.subfigures(len(others), 1, squeeze=False)[:, 0], others, strict=True):
        maps = factor_file.read(inputs[f"factors:{network.name}"]).maps(network.shown["unit"].to_numpy())
        _draw_maps(section, network, maps, settings["titles"][network.name])
        drawn.append(_rows(network, maps))
    if alone:
        figure.suptitle(f"HF and LF factors of the detectors\n{networks_compared.ALONE}")
    return Drawing(figure, pd.concat(drawn, ignore_index=True), {network.name: _summary(network) for network in others})


def _draw_maps(section: SubFigure, network: Compared, maps: np.ndarray[Any, Any], title: str) -> None:
    """Draw the maps of a network's units on one scale, the HF factor above the LF factor."""
    peak = network.peak
    accepted = "" if peak["failed"] == NO_FAILURE else f"; not accepted: {peak['failed']}"
    section.suptitle(f"{title}: {peak['layer']} from {label(peak['source'])}{accepted}", fontsize=8.5, weight="bold")
    largest = float(np.abs(maps).max())
    grid = section.subplots(2, SHOWN, squeeze=False)
    for axes in grid.flat:
        bare(axes)
    for column, unit in network.shown.iterrows():
        place = int(str(column))
        for row in range(2):
            image = grid[row, place].imshow(maps[place, row], cmap=WEIGHT_COLORS, vmin=-largest, vmax=largest)
        if np.isfinite(unit["preferred_orientation_deg"]):
            orientation_arrow(grid[0, place], unit["preferred_orientation_deg"], "black")
        note = "" if unit["is_detector"] == 1 else " (not accepted)"
        angle = degrees(unit["preferred_orientation_deg"])
        grid[0, place].set_title(f"{unit['unit']:.0f}{note}\nresponds {angle}", fontsize=7)
        weights = degrees(unit["weight_orientation_deg"])
        grid[1, place].set_xlabel(f"weights {weights}\nHF·LF r = {unit['hf_lf_map_correlation']:.2f}", fontsize=7)
    for row, factor in enumerate(("HF factor", "LF factor")):
        grid[row, 0].set_ylabel(factor)
    bar = section.colorbar(image, ax=grid, shrink=0.8, aspect=22)
    bar.set_label("weight (red excites,\nblue inhibits)", fontsize=7)
    bar.ax.tick_params(labelsize=6.5)


def _rows(network: Compared, maps: np.ndarray[Any, Any]) -> pd.DataFrame:
    unit, factor, y, x = np.indices(maps.shape)
    return pd.DataFrame(
        {
            "network": network.name,
            "layer": network.peak["layer"],
            "unit": network.shown["unit"].to_numpy()[unit.ravel()],
            "factor": np.array(["HF", "LF"])[factor.ravel()],
            "y": y.ravel(),
            "x": x.ravel(),
            "weight": maps.ravel(),
        }
    )


def _summary(network: Compared) -> dict[str, Any]:
    shown = network.shown
    return {
        "layer": network.peak["layer"],
        "source": network.peak["source"],
        "units": shown["unit"].tolist(),
        "median_orientation_difference_deg": float(shown["orientation_difference_deg"].abs().median()),
        "median_map_correlation": float(shown["hf_lf_map_correlation"].median()),
    }
