"""Weight maps in figures: one symmetric scale a figure, red excites, blue inhibits."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import FuncNorm, Normalize
from numpy.typing import NDArray

from highlow.figures.drawing import WEIGHT_COLORS, bare

LEAST_VISIBLE = 0.25  # of the largest weight; paler maps cannot be read on a linear scale


def weight_norm(maps: Sequence[NDArray[np.floating]] | NDArray[np.floating]) -> Normalize:
    """Return the colour scale that a figure's maps share, symmetric about 0.

    Linear, unless the weakest map would stay below a quarter of it: then the signed square root of the weight.
    """
    peaks = [float(np.abs(item).max()) for item in maps]
    largest = max(*peaks, 1e-12) if len(peaks) > 1 else max(peaks[0], 1e-12)
    if min(peaks) >= LEAST_VISIBLE * largest:
        return Normalize(-largest, largest)
    return FuncNorm((_signed_root, _signed_square), -largest, largest)


def _signed_root(values: Any) -> Any:
    return np.sign(values) * np.sqrt(np.abs(values))


def _signed_square(values: Any) -> Any:
    return np.sign(values) * np.square(values)


def show_weights(axes: Axes, weights: NDArray[np.floating], norm: Normalize, title: str = "") -> Any:
    """Draw a weight map, (y, x), in a thin frame; return the image."""
    image = axes.imshow(weights, cmap=WEIGHT_COLORS, norm=norm, interpolation="nearest")
    bare(axes)
    axes.spines[:].set(visible=True, color="0.7", linewidth=0.5)
    if title:
        axes.set_title(title, fontsize=7, pad=2)
    return image


def weight_bar(figure: Any, image: Any, axes: Any, **options: Any) -> None:
    """Draw the colour bar of weight maps; it says where the scale is not linear."""
    largest = float(image.norm.vmax)
    linear = not isinstance(image.norm, FuncNorm)
    ticks = largest * (np.array([-1, -0.5, 0, 0.5, 1]) if linear else np.array([-1, -0.25, 0, 0.25, 1]))
    bar = figure.colorbar(image, ax=axes, **options)
    bar.set_ticks(ticks, labels=[f"{tick:.2g}" for tick in ticks])
    bar.ax.tick_params(labelsize=7)
    scale = "" if linear else ", square-root scale"
    bar.set_label(f"weight (red excites, blue inhibits{scale})", fontsize=7)
