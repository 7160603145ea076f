"""Random jitter, scale and rotation of pictures, each its own, in one resampling.

Pictures that a unit answers only where they lie to the pixel are noise; random transformations leave what is robust
(Olah, Mordvintsev and Schubert, "Feature Visualization", Distill 2017, section "Transformation robustness").
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Strength:
    """How far pictures are moved.

    Attributes
    ----------
    jitter : float
        Largest shift along each axis, as a share of the receptive field.
    scale : float
        Largest relative change of size.
    rotation_deg : float
        Largest rotation either way.
    """

    jitter: float
    scale: float
    rotation_deg: float


def draw(strength: Strength, field: int, count: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Draw transformations uniformly, (count, 4): shift along x and y in pixels, scale, rotation in degrees.

    Parameters
    ----------
    strength : Strength
    field : int
        Width of the receptive field in pixels.
    """
    largest = [strength.jitter * field, strength.jitter * field, strength.scale, strength.rotation_deg]
    drawn = generator.uniform(-1, 1, (count, 4)) * largest + [0, 0, 1, 0]
    return drawn.astype(np.float32)


def sample(pictures: Tensor, transformations: Tensor, window: int, center: tuple[float, float]) -> Tensor:
    """Return a transformed square window of every picture, bilinearly interpolated.

    Parameters
    ----------
    pictures : Tensor
        (n, 3, size, size).
    transformations : Tensor
        (n, 4): shift along x and y in pixels of the picture, scale (above 1 enlarges the picture), rotation in degrees
        (the picture turns clockwise, x right and y down).
    window : int
        Width of the result in pixels.
    center : (float, float)
        The pixel of the picture, and the pixel of the window it comes to lie on; both the same on both axes.

    Notes
    -----
    Beyond its border a picture is reflected: zeros there would be an edge to answer to.
    """
    source, target = center
    size = pictures.shape[-1]
    offset = torch.arange(window, device=pictures.device, dtype=pictures.dtype) - target
    shift, scale, angle = transformations[:, :2], transformations[:, 2], torch.deg2rad(transformations[:, 3])
    cosine, sine = (torch.cos(angle) / scale)[:, None, None], (torch.sin(angle) / scale)[:, None, None]
    x, y = offset[None, None, :], offset[None, :, None]
    place = torch.stack([cosine * x + sine * y, cosine * y - sine * x], dim=-1) + source - shift[:, None, None, :]
    return functional.grid_sample(
        pictures, place * (2 / (size - 1)) - 1, mode="bilinear", padding_mode="reflection", align_corners=True
    )
