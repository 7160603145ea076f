"""Figure 6: the HF and the LF factor of each source layer as weighted sums of channels."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from highlow.circuits import factor_file
from highlow.figures import upstream_units
from highlow.figures.drawing import HIGH_COLOR, LOW_COLOR, Drawing, label, new_figure, styled
from highlow.figures.unit_pictures import show_unit
from highlow.pictures import picture_file
from highlow.pictures.picture_file import Pictures

FACTORS = (("HF", HIGH_COLOR), ("LF", LOW_COLOR))
SIGN_WIDTH = 0.52  # of a picture's: a sign and a coefficient


@styled
def draw(inputs: Mapping[str, str], settings: Mapping[str, Any]) -> Drawing:
    """Draw two sums a source layer.

    `inputs` are `roles` (TSV) and, for each source layer, `factors:<source>`, `factor_pictures:<source>` and
    `source_pictures:<source>` (HDF5).
    """
    rows = upstream_units.shown(inputs["roles"], "fig06_factors")
    sources = [role.split(":")[1] for role in inputs if role.startswith("factors:")]
    figure = new_figure(0.7 + 2.15 * len(sources), "Factors as weighted sums of channels", settings)
    # The columns of signs are the gaps between the pictures.
    figure.set_layout_engine("constrained", w_pad=0.01, wspace=0.0)
    summary: dict[str, dict[str, Any]] = {}
    for section, source in zip(figure.subfigures(len(sources), 1, squeeze=False)[:, 0], sources, strict=True):
        of_source = rows[rows["source"] == source]
        squares = factor_file.read(inputs[f"factors:{source}"]).factors.channel ** 2
        factor_pictures = picture_file.read(inputs[f"factor_pictures:{source}"])
        pictures = picture_file.read(inputs[f"source_pictures:{source}"])
        terms = int(of_source.groupby("factor").size().max())
        grid = section.subplots(2, 2 * terms + 2, squeeze=False, width_ratios=[1, *[SIGN_WIDTH, 1] * terms, SIGN_WIDTH])
        for axes in grid.flat:
            axes.set_axis_off()
        summary[label(source)] = {}
        for index, (name, color) in enumerate(FACTORS):
            chosen = of_source[of_source["factor"] == name]
            share = float(squares[index, chosen["unit"]].sum() / squares[index].sum())
            _draw_sum(grid[index], chosen, share, pictures)
            grid[index, 0].set_axis_on()
            show_unit(grid[index, 0], factor_pictures, index, f"{label(source)}")
            grid[index, 0].set_ylabel(f"{name} factor", color=color)
            summary[label(source)][name] = {
                "layer": str(chosen["layer"].iloc[0]),
                "channels": chosen["unit"].tolist(),
                "share_of_squared_coefficients": share,
            }
            summary[label(source)][name] |= comparison(chosen)
    return Drawing(figure, rows.drop(columns="figure"), summary)


def comparison(chosen: pd.DataFrame) -> dict[str, Any]:
    """Return how a factor's coefficients compare with the published ones; empty where none are published.

    By rank and by ratio to the first: the article scales factors otherwise. `published_among_largest` counts the
    channels whose rank here lies within their number.
    """
    if chosen["published"].isna().all():
        return {}
    ours, published = chosen["value"].to_numpy(), chosen["published"].to_numpy()
    first, second = (np.argsort(np.argsort(-values, kind="stable")) for values in (ours, published))
    return {
        "published_among_largest": int((chosen["rank"] <= len(chosen)).sum()),
        "rank_correlation_with_published": float(np.corrcoef(first, second)[0, 1]),
        "ratio_to_first": (ours / ours[0]).round(3).tolist() if ours[0] > 0 else None,
        "published_ratio_to_first": (published / published[0]).round(3).tolist(),
    }


def _draw_sum(line: Sequence[Axes], chosen: pd.DataFrame, share: float, pictures: Pictures) -> None:
    """Draw the terms of a factor: coefficient times picture, and how much of the factor they are."""
    for index, (_, row) in enumerate(chosen.iterrows()):
        sign, picture = line[2 * index + 1], line[2 * index + 2]
        sign.text(0.5, 0.5, f"{'+' if index else '='} {row['value']:.2f} ×", ha="center", va="center", fontsize=8)
        picture.set_axis_on()
        show_unit(picture, pictures, int(row["unit"]), f"{label(row['layer'])} {int(row['unit'])}")
    line[-1].text(0.1, 0.5, "+ …", ha="left", va="center", fontsize=8)
    line[-1].text(0.1, 0.02, f"shown:\n{100 * share:.0f} %\nof |h|²", ha="left", va="bottom", fontsize=6.5)
