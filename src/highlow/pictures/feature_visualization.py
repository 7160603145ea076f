"""Feature visualization: pictures that a unit, or a direction in a layer, responds to most.

Olah, Mordvintsev and Schubert, "Feature Visualization", Distill 2017; docs/methods/feature-visualization.md has what
was chosen and measured here.
"""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from highlow.networks import devices
from highlow.networks.geometry import ReceptiveField
from highlow.networks.graph import Architecture
from highlow.networks.model import Network
from highlow.pictures import transformation
from highlow.pictures.leaky_network import LeakyNetwork
from highlow.pictures.parameterization import Parameterization
from highlow.runs.errors import HighlowError

LEARNING_RATE = 0.05  # of Adam, on the Fourier coefficients
STRENGTH = transformation.Strength(jitter=0.1, scale=0.05, rotation_deg=5)
LEAKY_STEPS = 16
# Pictures at a time, at most and at least: within these bounds a picture does not depend on its company. A processor
# rounds one picture otherwise than several, and without AVX2 sixteen otherwise than eight; a GPU, it may be any number.
CPU_BATCH, GPU_BATCH = (8, 2), (64, 64)
DIVERSITY = 1.0  # weight of the similarity among variations, relative to the response


@dataclass(frozen=True)
class Visualization:
    """Pictures and what they reach.

    Attributes
    ----------
    images : ndarray
        RGB, 0 to 255, (n, size, size, 3), or (n, variations, size, size, 3).
    activation : ndarray
        Response along the direction of the central position to the picture as it is in `images`, (n[, variations]).
    field : ReceptiveField
        The pixels that this position sees, on both axes.
    """

    images: NDArray[np.uint8]
    activation: NDArray[np.float32]
    field: ReceptiveField

    @property
    def size(self) -> int:
        """Width of a picture in pixels."""
        return int(self.images.shape[-2])


def picture_size(architecture: Architecture, layer: str, size: int | None = None) -> int:
    """Return the width of a layer's pictures, a multiple of its stride.

    Parameters
    ----------
    size : int, optional
        What is asked for; a layer that sees more gets what it sees. Default: the receptive field, with a margin for
        the jitter.
    """
    stride, canvas = architecture.stride(layer), architecture.canvas_size(layer)
    field = architecture.receptive_field(layer, architecture.central_position(layer, canvas), canvas).size
    wanted = max(size or round(field * (1 + 2 * STRENGTH.jitter)), canvas)
    return -(-wanted // stride) * stride


def one_hot(units: NDArray[np.integer], channels: int) -> Tensor:
    """Return the directions of single units, (n, channels)."""
    return functional.one_hot(torch.tensor(units, dtype=torch.int64), channels).float()


def visualize(
    network: Network,
    directions: Tensor,
    *,
    size: int | None = None,
    steps: int = 256,
    seed: int = 0,
    variations: int = 1,
    device: torch.device | None = None,
    progress: bool | None = None,
) -> Visualization:
    """Optimize pictures for directions in a layer, at the position in the middle.

    The objective is the response along the direction, as in lucent's `neuron` and `neuron_weight`. A picture depends on
    its direction, the seed and the number of its variation, not on what else is pictured.

    Parameters
    ----------
    network : Network
        Truncated at the layer.
    directions : Tensor
        Weights of the layer's channels, (n, channels): `one_hot` for units, a channel factor, or the negative of either
        for what silences it.
    size : int, optional
        Width in pixels; default: the receptive field with a margin.
    steps : int
        Steps of the optimization.
    seed : int
        Of the pictures' start and their random transformations.
    variations : int
        Pictures a direction; more than one are driven apart (lucent's `diversity`, the mean cosine of Gram matrices, of
        the activations that the position in the middle reads: pictures that differ only around it are no variations).
    device : torch.device, optional
        Default: the CPU.
    progress : bool, optional
        Whether to show a progress bar; default: on a terminal.

    Raises
    ------
    HighlowError
        If the directions do not fit the layer.
    """
    device = device or torch.device("cpu")
    channels = network.architecture.node(network.layer).channels
    if directions.ndim != 2 or directions.shape[1] != channels or not (directions != 0).any(1).all():
        raise HighlowError(
            f"layer {network.layer!r} needs directions of shape (n, {channels}), none of them zero, not "
            f"{tuple(directions.shape)}"
        )
    directions = directions.float().cpu()
    width = picture_size(network.architecture, network.layer, size)
    pictures = torch.zeros(len(directions), variations, width, width, 3, dtype=torch.uint8)
    groups = _by_branch(network.architecture, network.layer, directions)
    silent = not sys.stderr.isatty() if progress is None else not progress
    with tqdm(total=steps * len(directions) * variations, desc=network.layer, unit="step", disable=silent) as bar:
        for layer, channels_read, members in groups:
            optimization = _Optimization(LeakyNetwork(network, layer).to(device), network, width, steps, seed, device)
            # Gradients keep every activation, and as much again belongs to them.
            bytes_each = 2 * devices.activation_bytes(network.architecture, layer, optimization.window)
            for chosen in _batches(members, *_counts(device, bytes_each, variations)):
                compute = partial(optimization.run, directions[chosen], channels_read, variations)
                found = torch.cat(list(devices.in_parts(compute, 0, len(chosen))))
                pictures[chosen] = found.reshape(len(chosen), variations, width, width, 3)
                bar.update(steps * variations * len(set(chosen)))
    images = pictures.numpy()
    activation = responses(network, images.reshape(-1, width, width, 3), device)
    along = (activation.reshape(len(directions), variations, -1) * directions[:, None].numpy()).sum(-1)
    if variations == 1:
        images, along = images[:, 0], along[:, 0]
    return Visualization(images, along.astype(np.float32), _field(network.architecture, network.layer, width))


def responses(network: Network, images: NDArray[np.uint8], device: torch.device) -> NDArray[np.float32]:
    """Return the responses, (n, channels), of a layer's central position to pictures of 0 to 255, (n, H, H, 3)."""
    position = network.architecture.central_position(network.layer, images.shape[1])
    bytes_each = devices.activation_bytes(network.architecture, network.layer, images.shape[1])
    network = network.to(device)
    found = np.empty((len(images), network.architecture.node(network.layer).channels), dtype=np.float32)

    def answer(chosen: NDArray[np.intp], start: int, stop: int) -> NDArray[np.float32]:
        pictures = torch.from_numpy(images[chosen[start:stop]]).to(device).permute(0, 3, 1, 2).float() / 255
        return np.asarray(network.at(pictures, position).cpu().numpy())

    with torch.inference_mode():
        for chosen in _batches(np.arange(len(images)), *_counts(device, bytes_each)):
            found[chosen] = np.concatenate(list(devices.in_parts(partial(answer, chosen), 0, len(chosen))))
    return found


class _Optimization:
    """The loop; everything in it that does not depend on the pictures."""

    def __init__(
        self, network: LeakyNetwork, full: Network, width: int, steps: int, seed: int, device: torch.device
    ) -> None:
        architecture, layer = network.architecture, network.layer
        self.network, self.steps, self.seed, self.device = network, steps, seed, device
        self.window = min(architecture.canvas_size(layer), width)
        self.position = architecture.central_position(layer, self.window)
        self.width = width
        self.center = _field(full.architecture, full.layer, width).center
        self.field = _field(full.architecture, full.layer, width).size
        self.target = architecture.receptive_field(layer, self.position, self.window).center
        self.parameterization = Parameterization(width, device)
        network.watched = read_layer(full.architecture, full.layer)

    def run(self, directions: Tensor, channels: slice, variations: int, start: int, stop: int) -> Tensor:
        """Return the pictures of the directions from `start` to `stop`, (n * variations, width, width, 3), 0 to 255."""
        directions = directions[start:stop]
        generators = [
            np.random.default_rng([self.seed, variation, *_words(direction)])
            for direction in directions
            for variation in range(variations)
        ]
        begin = [
            self.parameterization.start(torch.Generator().manual_seed(int(generator.integers(2**62))))
            for generator in generators
        ]
        coefficients = torch.stack(begin).requires_grad_()
        moves = np.stack([transformation.draw(STRENGTH, self.field, self.steps, item) for item in generators], axis=1)
        transformations = torch.from_numpy(moves).to(self.device)
        weights = directions.repeat_interleave(variations, dim=0)[:, channels].to(self.device)
        opposed = (weights <= 0).all(1)
        self.network.opposed = opposed if bool(opposed.any()) else None
        leak = torch.ones(len(weights), dtype=torch.bool, device=self.device)
        optimizer = torch.optim.Adam([coefficients], lr=LEARNING_RATE, fused=True)
        for step in range(self.steps):
            self.network.leak = leak if step < LEAKY_STEPS or bool(leak.any()) else None
            optimizer.zero_grad()
            pictures = self.parameterization.rgb(coefficients)
            response, read = self._answer(pictures, transformations[step], weights)
            loss = -response.sum()
            if variations > 1:
                loss = loss + DIVERSITY * (response.detach().abs() * similarity(read, variations)).sum()
            # Backward as the network's forward.
            with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
                loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            if step + 1 >= LEAKY_STEPS:
                leak = (response.detach() <= 0) & ~opposed
        with torch.no_grad():
            pictures = self.parameterization.rgb(coefficients)
            return (pictures * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu()

    def _answer(self, pictures: Tensor, transformations: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return the response to every picture, and the activations that it was read from."""
        moved = transformation.sample(pictures, transformations, self.window, (self.center, self.target))
        moved = moved.contiguous(memory_format=torch.channels_last)
        response = (self.network.at(moved, self.position) * weights).sum(1)
        return response, self.network.seen if self.network.watched else moved


def similarity(activations: Tensor, variations: int) -> Tensor:
    """Return the mean cosine of each picture's Gram matrix with those of the other variations, (n * variations,).

    Parameters
    ----------
    activations : Tensor
        (n * variations, channels, h, w).
    """
    flat = activations.flatten(2)
    grams = functional.normalize((flat @ flat.transpose(1, 2)).flatten(1), dim=1)
    grams = grams.reshape(-1, variations, grams.shape[1])
    cosines = grams @ grams.transpose(1, 2)
    others = cosines.sum(2) - cosines.diagonal(dim1=1, dim2=2)
    return (others / (variations - 1)).flatten()


def picture_similarity(network: Network, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the mean similarity of each picture of 0 to 255, (n, H, H, 3), to the others, (n,).

    As during the optimization, of the activations that the central position of the layer reads.
    """
    device = next(network.parameters()).device
    watching = LeakyNetwork(network, network.layer)
    watching.watched = read_layer(network.architecture, network.layer)
    with torch.inference_mode():
        pictures = torch.from_numpy(images).to(device).permute(0, 3, 1, 2).float() / 255
        watching.at(pictures, network.architecture.central_position(network.layer, images.shape[1]))
        return np.asarray(similarity(watching.seen if watching.watched else pictures, len(images)).cpu().numpy())


def read_layer(architecture: Architecture, layer: str) -> str | None:
    """Return the layer whose activations a layer reads, before pools; None where that is the image."""
    before = architecture.layers_before(layer)
    return architecture.pictured_layer(before[0]) if before else None


def _counts(device: torch.device, bytes_each: int, variations: int = 1) -> tuple[int, int]:
    """Return how many directions, each of some variations, are pictured at a time, at most and at least."""
    most, least = CPU_BATCH if device.type == "cpu" else GPU_BATCH
    most = max(devices.batch_size(most, bytes_each, device) // variations, 1)
    return most, min(-(-least // variations), most)


def _field(architecture: Architecture, layer: str, size: int) -> ReceptiveField:
    return architecture.receptive_field(layer, architecture.central_position(layer, size), size)


def _words(direction: Tensor) -> list[int]:
    """Return what tells a direction from others, as integers for a seed."""
    digest = hashlib.sha256(direction.contiguous().numpy().tobytes()).digest()
    return [int(word) for word in np.frombuffer(digest, dtype="<u4")]


def _by_branch(
    architecture: Architecture, layer: str, directions: Tensor
) -> Iterator[tuple[str, slice, NDArray[np.intp]]]:
    """Yield the node that suffices for some directions, its channels in the layer, and which directions these are.

    A unit sees no more than its branch does, and no other branch need be computed for it.
    """
    names = np.array(architecture.branch_of_unit(layer))
    used = (directions != 0).numpy()
    rest = np.ones(len(directions), dtype=bool)
    for name in dict.fromkeys(names.tolist()):
        inside = names == name
        members = rest & ~used[:, ~inside].any(1)
        if members.any():
            first = int(inside.argmax())
            channels = slice(first, first + int(inside.sum()))
            yield architecture.branch_node(layer, name).name, channels, np.flatnonzero(members)
        rest &= ~members
    if rest.any():
        yield layer, slice(0, len(names)), np.flatnonzero(rest)


def _batches(members: NDArray[np.intp], most: int, least: int) -> Iterator[NDArray[np.intp]]:
    """Yield indices in batches of nearly one size; too small a one repeats its last."""
    for batch in np.array_split(members, -(-len(members) // most)):
        yield np.pad(batch, (0, max(least - len(batch), 0)), mode="edge")
