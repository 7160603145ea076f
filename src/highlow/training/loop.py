"""The training itself, of two tasks: which photographs is a crop from, and where does one end and the other begin?

Dosovitskiy et al., "Discriminative Unsupervised Feature Learning with Exemplar Convolutional Neural Networks", 2014:
every image is a class of its own, and the classes are told apart by a linear classifier on averaged features. A crop is
a collage of two photographs (`highlow.training.collage`), and counts for both by their areas, as in CutMix. A linear
map of every position's features says whether the boundary passes there. Nothing says what is on its sides. Decoupled
weight decay: Loshchilov and Hutter, 2019.
"""

import copy
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from highlow.networks.extracted import Weights
from highlow.networks.graph import Architecture
from highlow.training import collage, state
from highlow.training import photographs as images
from highlow.training.augmentation import augmented
from highlow.training.photographs import Photographs
from highlow.training.recipe import Recipe, as_mapping, checkpoint_steps
from highlow.training.trainable import TrainableNetwork, folded

BOUNDARY_REACH = 4.0  # px: half the stride of the last layer, so that a boundary passes one position in every row
SAVE_EVERY = 100  # steps: what a killed run loses at most


class Learner(nn.Module):
    """A network, its running average, and a classifier a task: of averaged features, and of every position's."""

    def __init__(self, architecture: Architecture, classes: int) -> None:
        super().__init__()
        self.network = TrainableNetwork(architecture)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        width = architecture.nodes[-1].channels
        self.photograph = nn.Linear(width, classes)
        self.boundary = nn.Conv2d(width, 1, 1)

    @torch.no_grad()
    def update_average(self, step: int, averaging: float) -> None:
        """Move the averaged network towards the trained one; the first steps weigh more, the start is forgotten."""
        share = min(averaging, step / (step + 10))
        trained = self.network.state_dict()
        for name, value in self.average.state_dict().items():
            if value.is_floating_point():
                value.lerp_(trained[name], 1 - share)

    def forward(self, crops: Tensor) -> dict[str, Tensor]:
        """Return the logits of both tasks: `photograph` (N, classes) and `boundary` (N, h, w)."""
        values = self.network(crops)
        last = values[self.network.architecture.nodes[-1].name]
        features = last.mean(dim=(2, 3))
        return {
            "photograph": self.photograph(features),
            "boundary": self.boundary(last)[:, 0],
        }


def train(
    architecture: Architecture,
    photographs: Photographs,
    recipe: Recipe,
    folder: Path,
    identity: Mapping[str, Any],
    keep: Callable[[int, Weights], None],
    device: torch.device,
) -> NDArray[np.floating]:
    """Train, or continue, and return what every step gave, (step, 3).

    That is loss and accuracy of the first task, and the mean absolute error of the second.

    Parameters
    ----------
    architecture : Architecture
        What is trained.
    photographs : Photographs
        Cropped at random.
    recipe : Recipe
        Settings.
    folder : Path
        Where the state is kept while the run lasts.
    identity : mapping
        What a state must agree on to be continued: the images, the code, and whatever else the weights depend on.
    keep : callable
        Takes the step and the folded weights at every one of `checkpoint_steps`.
    device : torch.device
        Where it runs.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        learner = Learner(architecture, len(photographs.trained)).to(device)
    optimizer = torch.optim.AdamW(_groups(learner, recipe.weight_decay), lr=recipe.learning_rate)
    settings = {"recipe": as_mapping(recipe), **identity}
    path = folder / "state.safetensors"
    losses = state.load(path, learner, optimizer, settings)
    done, kept = len(losses), checkpoint_steps(recipe.steps)
    history = torch.zeros(recipe.steps, 3)
    centers = field_centers(architecture, recipe.crop_size)
    history[:done] = losses
    if not done:
        keep(0, folded(learner.average))
    learner.train()
    bar = tqdm(total=recipe.steps, initial=done, desc="training", unit="step", disable=not sys.stderr.isatty())
    with bar, repeatable():
        for step in range(done, recipe.steps):
            for group in optimizer.param_groups:
                group["lr"] = recipe.learning_rate * schedule(step, recipe)
            history[step] = _step(
                learner, optimizer, examples(photographs, recipe, step, centers), recipe, step, device
            )
            bar.update()
            bar.set_postfix(loss=f"{history[step, 0]:.2f}", refresh=False)
            if step + 1 in kept:
                keep(step + 1, folded(learner.average))
            if (step + 1) % SAVE_EVERY == 0 and step + 1 < recipe.steps:
                state.save(path, learner, optimizer, history[: step + 1], settings)
    return np.asarray(history.numpy())


@contextmanager
def repeatable() -> Iterator[None]:
    """Let PyTorch use algorithms only that give the same numbers every time, inside the block."""
    before = torch.are_deterministic_algorithms_enabled()
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS needs for that (PyTorch's documentation)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


def field_centers(architecture: Architecture, size: int) -> NDArray[np.intp]:
    """Return the pixels, of a crop of a size, nearest to the centres of the last layer's receptive fields."""
    layer = architecture.nodes[-1].name
    count = architecture.sizes(layer, size)[layer]
    middles = [architecture.receptive_field(layer, position, size).center for position in range(count)]
    centers: NDArray[np.intp] = np.clip(np.round(middles), 0, size - 1).astype(np.intp)
    return centers


def schedule(step: int, recipe: Recipe) -> float:
    """Return the learning rate of a step over the largest: a straight rise, then half a cosine down."""
    rise = max(round(recipe.warm_up * recipe.steps), 1)
    if step < rise:
        return (step + 1) / rise
    fall = 0.5 * (1 - math.cos(math.pi * (step - rise) / max(recipe.steps - rise, 1)))
    return 1 - fall * (1 - recipe.last_learning_rate)


@dataclass(frozen=True, eq=False)
class Examples:
    """What a step shows and asks for.

    Attributes
    ----------
    pixels : Tensor
        RGB, (N, 3, size, size).
    labels, others : Tensor
        The image in front, and the one behind, (N,); the same for a plain crop.
    share : Tensor
        How much of the crop the first one covers, (N,).
    boundary : Tensor
        Whether the boundary passes, 0 or 1, (N, h, w).
    """

    pixels: Tensor
    labels: Tensor
    others: Tensor
    share: Tensor
    boundary: Tensor


def examples(photographs: Photographs, recipe: Recipe, step: int, centers: NDArray[np.integer]) -> Examples:
    """Return the examples of a step; `centers` are pixels on which the last layer's positions are centred."""
    crops, labels = images.batch(photographs, recipe, step)
    pixels = augmented(crops, recipe, step)
    others, share = labels, np.ones(recipe.batch, dtype=np.float32)
    boundary = np.zeros((recipe.batch, len(centers), len(centers)), dtype=np.float32)
    if recipe.boundary_weight:
        crops, others = images.batch(photographs, recipe, step, 1)
        found = collage.masks(recipe, step)
        pixels = collage.joined(pixels, augmented(crops, recipe, step, 1), found, recipe, step)
        share = found.front.mean(axis=(1, 2))
        boundary = collage.boundary_map(found, centers, BOUNDARY_REACH)
        if recipe.labels == "random":  # each collage is asked for the boundary of another
            boundary = np.roll(boundary, 1, axis=0)
    return Examples(*(torch.from_numpy(item) for item in (pixels, labels, others, share, boundary)))


def objective(answers: Mapping[str, Tensor], shown: Examples, recipe: Recipe) -> tuple[Tensor, Tensor]:
    """Return the weighted sum of both tasks, and the loss of the first alone."""
    smoothing = recipe.label_smoothing
    logits = answers["photograph"].float()
    front, behind = (
        functional.cross_entropy(logits, target, label_smoothing=smoothing, reduction="none")
        for target in (shown.labels, shown.others)
    )
    loss = (shown.share * front + (1 - shown.share) * behind).mean()
    boundary = functional.binary_cross_entropy_with_logits(answers["boundary"].float(), shown.boundary)
    boundary_weight = 0.0 if recipe.labels == "no_boundary" else recipe.boundary_weight
    return recipe.photograph_weight * loss + boundary_weight * boundary, loss


def _step(
    learner: Learner,
    optimizer: torch.optim.Optimizer,
    shown: Examples,
    recipe: Recipe,
    step: int,
    device: torch.device,
) -> Tensor:
    """Take a step and return loss and accuracy of the first task, and the mean absolute error of the second."""
    shown = Examples(*(getattr(shown, item.name).to(device) for item in fields(Examples)))
    with torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16"):
        answers = learner(shown.pixels)
    total, loss = objective(answers, shown, recipe)
    optimizer.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    learner.update_average(step, recipe.averaging)
    found = answers["photograph"].argmax(dim=1)
    right = ((found == shown.labels) | (found == shown.others)).float().mean()
    probability = answers["boundary"].float().sigmoid()
    return torch.stack([loss.detach(), right, (probability - shown.boundary).abs().mean().detach()]).cpu()


def _groups(learner: Learner, weight_decay: float) -> list[dict[str, Any]]:
    """Return the parameters in two groups: kernels and classifiers decay, biases and normalization do not."""
    parameters = [item for item in learner.parameters() if item.requires_grad]
    return [
        {"params": [item for item in parameters if item.ndim > 1], "weight_decay": weight_decay},
        {"params": [item for item in parameters if item.ndim <= 1], "weight_decay": 0.0},
    ]
