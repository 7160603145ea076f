"""Collages: a crop of one photograph in front of a crop of another, with a boundary whose place is known.

Two regions with separate content and one label each are those of Yun et al., "CutMix: Regularization Strategy to Train
Strong Classifiers with Localizable Features", 2019; here the front is a disc, as leaves of the dead-leaves model are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from highlow.training.recipe import Recipe

RADII = (24.0, 240.0)  # px, of the disc in front; log-uniform: curved to nearly straight
RIM = 0.7  # px, standard deviation of the lens at the boundary

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Masks:
    """Where the front lies: `front` 0..1, (N, size, size), and signed distance `inside` from the boundary in px."""

    front: Floats
    inside: Floats


def masks(recipe: Recipe, step: int) -> Masks:
    """Return discs whose boundary passes through a random place of the inner half of each crop."""
    generator = np.random.default_rng([recipe.seed, 4, step])
    size, count = recipe.crop_size, recipe.batch
    smallest, largest = np.log(RADII).tolist()
    radius = np.exp(generator.uniform(smallest, largest, count))
    angle = generator.uniform(0, 2 * np.pi, count)
    point = size / 2 + generator.uniform(-size / 4, size / 4, (count, 2))
    front_outside = generator.integers(2, size=count) * 2 - 1  # whether the disc or what surrounds it is in front
    center = point - radius[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    axis = np.arange(size, dtype=np.float64)
    distance = np.hypot(axis[None, :, None] - center[:, 0, None, None], axis[None, None] - center[:, 1, None, None])
    inside = front_outside[:, None, None] * (radius[:, None, None] - distance)
    front = 1 / (1 + np.exp(-np.clip(1.702 * inside / RIM, -60, 60)))
    return Masks(front.astype(np.float32), inside.astype(np.float32))


def joined(front: Floats, back: Floats, found: Masks, recipe: Recipe, step: int) -> Floats:
    """Return collages of crops, RGB (N, 3, size, size); of some the front takes over mean colour or contrast."""
    generator = np.random.default_rng([recipe.seed, 5, step])
    same_mean, same_contrast = (generator.random((len(front), 1, 1, 1)) < recipe.matched_share for _ in range(2))
    weight = found.front[:, None]
    mean_front, deviation_front = _moments(front, weight)
    mean_back, deviation_back = _moments(back, 1 - weight)
    mean = np.where(same_mean, mean_back, mean_front)
    gain = np.where(same_contrast, np.clip(deviation_back / deviation_front, 0.25, 4), 1)
    matched = (front - mean_front) * gain + mean
    return np.asarray(weight * matched + (1 - weight) * back, dtype=np.float32)


def boundary_map(found: Masks, centers: NDArray[np.integer], reach: float) -> Floats:
    """Return which positions of a layer have the boundary within `reach` px of their field's centre, (N, n, n)."""
    seen = found.inside[:, centers][:, :, centers]
    return (np.abs(seen) <= reach).astype(np.float32)


def _moments(images: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return mean colour, (N, 3, 1, 1), and RMS contrast over all colours, (N, 1, 1, 1), of a region."""
    total = np.maximum(weight.sum(axis=(2, 3), keepdims=True), 1.0)
    mean = (images * weight).sum(axis=(2, 3), keepdims=True) / total
    square = ((images - mean) ** 2 * weight).sum(axis=(1, 2, 3), keepdims=True) / (3 * total)
    return mean, np.sqrt(square) + np.float32(0.02)
