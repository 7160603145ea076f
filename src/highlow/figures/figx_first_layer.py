"""Kernels of the first layer at the end of training runs, and before any training."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.figures.drawing import Drawing, bare, new_figure, styled
from highlow.figures.training_runs import LOOKS
from highlow.training import record
from highlow.training.gabor import gabor_share
from highlow.training.run_names import description, kind

LAYER = "conv2d0"
COLUMNS = 8  # kernels in a row
MARGIN = 1  # px between kernels

Floats = NDArray[np.floating]


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw a panel a run; `inputs` are the `snapshots` of each (HDF5), by the run's name, the first's start as well."""
    kernels: dict[str, Floats] = {}
    for run, path in inputs.items():
        first, last = record.read_kernels(path, LAYER)
        found = description(run)
        kernels[f"{LOOKS[kind(found['data'], found['labels'])].short}, seed {found['seed']}"] = last
        kernels.setdefault(f"{record.UNTRAINED}, seed {found['seed']}", first)
    kernels = dict(sorted(kernels.items(), key=lambda item: item[0].startswith(record.UNTRAINED)))
    figure = new_figure(2.35, f"{LAYER}: the kernel best explained by a Gabor filter comes first", None)
    panels = figure.subplots(1, len(kernels), squeeze=False)[0]
    rows, summary = [], {}
    for axes, (name, values) in zip(panels, kernels.items(), strict=True):
        share = gabor_share(values)
        order = np.argsort(-share, kind="stable")
        axes.imshow(_sheet(values[order]), interpolation="nearest")
        bare(axes)
        axes.set_title(name, fontsize=7)
        axes.set_xlabel(
            f"explained by one Gabor filter:\nmedian {np.median(share):.2f}, best {share.max():.2f}", fontsize=6
        )
        rows.append(pd.DataFrame({"run": name, "layer": LAYER, "unit": order, "gabor_share": share[order]}))
        summary[name] = {"median": float(np.median(share)), "best": float(share.max())}
    return Drawing(figure, pd.concat(rows, ignore_index=True), summary)


def _sheet(kernels: Floats) -> Floats:
    """Return kernels (unit, 3, size, size) in rows on white, RGB: grey is 0, each to its own largest weight."""
    scaled = 0.5 + 0.5 * kernels / np.maximum(np.abs(kernels).max(axis=(1, 2, 3), keepdims=True), 1e-12)
    cell = kernels.shape[-1] + MARGIN
    rows = -(-len(kernels) // COLUMNS)
    sheet = np.ones((rows * cell + MARGIN, COLUMNS * cell + MARGIN, 3))
    for index, kernel in enumerate(scaled):
        y, x = (MARGIN + place * cell for place in divmod(index, COLUMNS))
        sheet[y : y + cell - MARGIN, x : x + cell - MARGIN] = kernel.transpose(1, 2, 0)
    return sheet
