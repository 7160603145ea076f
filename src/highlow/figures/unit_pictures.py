"""Pictures of units in figures."""

import numpy as np
from matplotlib.axes import Axes

from highlow.figures.drawing import bare
from highlow.pictures.picture_file import Pictures


def show_unit(axes: Axes, pictures: Pictures, unit: int, title: str = "") -> None:
    """Draw the feature visualization of a unit, or an empty field that says there is none."""
    image = pictures.of(unit)
    axes.imshow(np.full((2, 2, 3), 230, dtype=np.uint8) if image is None else image, interpolation="nearest")
    if image is None:
        axes.text(0.5, 0.5, "no picture", ha="center", va="center", fontsize=6, transform=axes.transAxes)
    bare(axes)
    if title:
        axes.set_title(title, fontsize=7, pad=2)
