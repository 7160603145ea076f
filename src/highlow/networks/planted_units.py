"""What every layer of the planted network is made of: planned units, maps over taps, weight noise."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float64]

# Standard deviation of the weight noise as a share of the root mean square of a unit's clean kernel.
WEIGHT_NOISE = 0.3
POINT = np.ones((1, 1))


@dataclass(frozen=True)
class Unit:
    """A planned unit, before noise.

    Attributes
    ----------
    role : str
        What it is there for.
    weight : ndarray
        Clean kernel, (in, kh, kw).
    bias : float
        Added before the rectifier; negative values are thresholds.
    orientation_deg : float
        Degrees clockwise in image coordinates, 0 = right; nan where the unit has none.
    """

    role: str
    weight: Array
    bias: float = 0.0
    orientation_deg: float = math.nan


Layer = list[Unit]


def taps(size: int) -> tuple[Array, Array]:
    """Return x (to the right) and y (down) of the taps of a kernel from its middle, each (size, size)."""
    axis = np.arange(size) - (size - 1) / 2
    x, y = np.meshgrid(axis, axis)
    return x, y


def direction(degrees: float) -> tuple[float, float]:
    """Return the unit vector (x, y) of an orientation."""
    return math.cos(math.radians(degrees)), math.sin(math.radians(degrees))


def along(degrees: float, size: int) -> Array:
    """Return the coordinate of the taps of a kernel along an orientation, (size, size)."""
    x, y = taps(size)
    cosine, sine = direction(degrees)
    return np.asarray(cosine * x + sine * y)


def blob(size: int, sigma: float) -> Array:
    """Return a centred Gaussian of sum 1, (size, size)."""
    x, y = taps(size)
    bump = np.exp(-(x**2 + y**2) / (2 * sigma**2))
    return np.asarray(bump / bump.sum())


def ramp(degrees: float, size: int, corner: float) -> Array:
    """Return an antisymmetric map that grows along an orientation, with a mean of 1 over its positive half.

    Parameters
    ----------
    degrees : float
        The direction in which it grows; the first moment of the map points there exactly.
    size : int
        Taps along an axis.
    corner : float
        Weight of the taps at distance sqrt(2) relative to those at distance 1 (a Gaussian in the distance).
    """
    x, y = taps(size)
    shape = along(degrees, size) * corner ** (x**2 + y**2 - 1)
    return np.asarray(shape * 2 / np.abs(shape).sum())


def ridge(degrees: float, size: int, sigma: float) -> Array:
    """Return a line of sum 1 through the middle, across an orientation, `sigma` taps wide, (size, size)."""
    bump = np.exp(-(along(degrees, size) ** 2) / (2 * sigma**2)) * blob(size, size / 2)
    return np.asarray(bump / bump.sum())


def _any_orientation(degrees: float) -> bool:
    return True


def find(layer: Sequence[Unit], role: str, accept: Callable[[float], bool] = _any_orientation) -> list[int]:
    """Return the channels of a role whose orientation is accepted."""
    return [channel for channel, unit in enumerate(layer) if unit.role == role and accept(unit.orientation_deg)]


def near(degrees: float, tolerance: float) -> Callable[[float], bool]:
    """Return a test for orientations within `tolerance` degrees of one."""
    return lambda other: abs((other - degrees + 180) % 360 - 180) <= tolerance


@dataclass(frozen=True)
class Mixer:
    """Makes kernels that read the channels of some roles of a layer.

    Attributes
    ----------
    layer : list of Unit
        The layer that is read.
    generator : numpy.random.Generator
        Of the channels' strengths.
    """

    layer: Layer
    generator: np.random.Generator

    def __call__(
        self,
        *roles: str,
        shape: Array = POINT,
        orientation: float | None = None,
        tolerance: float = 1.0,
        spread: float = 0.4,
    ) -> Array:
        """Return a kernel (in, kh, kw) that gives the channels of some roles one map.

        Parameters
        ----------
        *roles : str
            The channels' roles.
        shape : ndarray
            The map, (kh, kw); default a single tap.
        orientation : float, optional
            Only channels within `tolerance` of this orientation, in degrees.
        spread : float
            Strengths of the channels lie between 1 - spread and 1 + spread before they are scaled to sum 1.
        """
        accept = near(orientation, tolerance) if orientation is not None else _any_orientation
        return self.on([channel for role in roles for channel in find(self.layer, role, accept)], shape, spread)

    def on(self, channels: Sequence[int], shape: Array = POINT, spread: float = 0.4) -> Array:
        """Return such a kernel for channels given by index."""
        strengths = self.generator.uniform(1 - spread, 1 + spread, len(channels))
        weight = np.zeros((len(self.layer), *shape.shape))
        weight[list(channels)] = (strengths / strengths.sum())[:, None, None] * shape
        return weight


def random_unit(count: int, size: int, gain: float, bias: float, generator: np.random.Generator) -> Unit:
    """Return a unit without a purpose: Gaussian weights of norm `gain` and a bias."""
    weight = generator.normal(size=(count, size, size))
    return Unit("random", weight * gain / np.linalg.norm(weight), bias)


def arrange(
    units: Sequence[Unit],
    count: int,
    filler: Callable[[], Unit],
    generator: np.random.Generator,
    fixed: dict[int, Unit] | None = None,
) -> Layer:
    """Return `count` units: some at fixed places, the others and enough fillers at random ones."""
    placed = dict(fixed or {})
    free = [int(index) for index in generator.permutation(count) if int(index) not in placed]
    assert len(units) <= len(free), "more units than channels"
    others = [*units, *(filler() for _ in range(len(free) - len(units)))]
    placed.update(zip(free, others, strict=True))
    return [placed[index] for index in range(count)]


def noisy(layer: Layer, generator: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Return weight (out, in, kh, kw) and bias (out,) in float32, with weight noise on every tap."""
    clean = np.stack([unit.weight for unit in layer])
    scale = WEIGHT_NOISE * np.sqrt((clean**2).mean(axis=(1, 2, 3), keepdims=True))
    weight = clean + scale * generator.normal(size=clean.shape)
    bias = np.array([unit.bias for unit in layer])
    return torch.from_numpy(weight.astype(np.float32)), torch.from_numpy(bias.astype(np.float32))
