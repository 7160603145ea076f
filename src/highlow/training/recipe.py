"""What a training run is made of, apart from its images."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from itertools import count, takewhile
from typing import Any

from highlow.runs.errors import HighlowError, nearest

LABELS = ("photograph", "no_boundary", "random")
PRECISIONS = ("bfloat16", "float32")


@dataclass(frozen=True)
class Recipe:
    """Settings of a training run; every one of them changes the weights.

    Attributes
    ----------
    steps, batch : int
        Optimizer steps, and crops in each.
    crop_size : int
        Pixels, cut at the resolution of the image as it is read (`highlow.training.photographs`).
    labels : str
        "photograph": which image a crop is from, and where the boundary is; "no_boundary": the first alone, of the same
        collages: the control for the second task; "random": a random image's number for each of a fixed set of places,
        and the boundary of another collage: the same training without anything that can be learned from what is seen.
    photograph_weight : float
        Weight of the first task, which photograph a crop is from.
    boundary_weight : float
        Weight of the task where in a collage of two photographs the boundary is; 0 shows plain crops instead.
    matched_share : float
        Share of collages whose halves have equal mean colour, and (independently) equal contrast, so that neither
        tells where the boundary is.
    label_smoothing : float
        Of the first task.
    learning_rate : float
        Largest, after the warm-up; falls along half a cosine.
    last_learning_rate : float
        Of the last step, over the largest.
    weight_decay : float
        Of convolution kernels and classifiers.
    averaging : float
        Of the running average of the weights over steps that is kept in place of the last weights (Polyak and Juditsky,
        1992): share of the average that a step leaves; 0 keeps the last.
    warm_up : float
        Share of the steps in which the learning rate rises.
    grey_share : float
        Share of crops without colour.
    precision : str
        "bfloat16": of convolutions and linear maps while training (autocast), for processors that compute with it;
        "float32" for others.
    seed : int
        Of the initial weights and of the order and the looks of the crops.
    """

    steps: int = 640
    batch: int = 128
    crop_size: int = 48
    labels: str = "photograph"
    photograph_weight: float = 0.03
    boundary_weight: float = 3.0
    matched_share: float = 0.8
    label_smoothing: float = 0.1
    learning_rate: float = 3e-3
    last_learning_rate: float = 0.5
    weight_decay: float = 1.0
    averaging: float = 0.99
    warm_up: float = 0.03
    grey_share: float = 0.2
    precision: str = "bfloat16"
    seed: int = 0


def from_mapping(values: Mapping[str, Any]) -> Recipe:
    """Return a recipe from its settings; those that are not named keep their defaults.

    Raises
    ------
    HighlowError
        If a setting does not exist or has no sense; the message names the nearest one.
    """
    known = [item.name for item in fields(Recipe)]
    for key in values:
        if key not in known:
            raise HighlowError(f"training: unknown setting {key!r}; {nearest(key, known)}")
    recipe = replace(Recipe(), **values)
    for key, choices in (("labels", LABELS), ("precision", PRECISIONS)):
        value = getattr(recipe, key)
        if value not in choices:
            raise HighlowError(f"training: unknown {key} {value!r}; {nearest(value, list(choices))}")
    for key in ("steps", "batch", "crop_size", "learning_rate"):
        if getattr(recipe, key) <= 0:
            raise HighlowError(f"training: {key} must be positive, not {getattr(recipe, key)}")
    if recipe.batch < 2:
        raise HighlowError("training: batch must be at least 2: random labels swap boundaries between collages")
    if recipe.labels == "no_boundary" and not recipe.boundary_weight:
        raise HighlowError("training: without a boundary_weight there is no boundary task to leave out; set it above 0")
    return recipe


def as_mapping(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe's settings."""
    return asdict(recipe)


def checkpoint_steps(steps: int) -> list[int]:
    """Return the steps after which weights are kept: 0, every half power of two from 16 on, and the last."""
    halves = (round(16 * 2 ** (index / 2)) for index in count())
    return [0, *takewhile(lambda step: step < steps, halves), steps]
