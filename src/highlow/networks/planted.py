"""The planted network: InceptionV1 up to mixed3b with hand-built high-low frequency detectors.

A positive control: its weights come from a seed, not from training, and every unit's purpose is known, so
that what a method finds can be compared with what is there. `docs/methods/planted.md` says what is where. Variants
have other widths and depths.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from highlow.networks import net2net
from highlow.networks.architectures import architecture as build
from highlow.networks.architectures.planted_variants import DEEPER_BEHIND, DEEPER_KERNEL, DEEPER_NAME
from highlow.networks.planted_mixed import mixed3a, mixed3b
from highlow.networks.planted_stem import conv2d0, conv2d1, conv2d2
from highlow.networks.planted_units import noisy

# Weight noise of a variant, on top of the planted network's own: copies of a channel differ.
VARIANT_NOISE = 0.1


@dataclass(frozen=True)
class GroundTruth:
    """What a unit was built to be.

    Attributes
    ----------
    unit : int
        Channel of the layer.
    layer : str
        Layer name.
    role : str
        `detector` for the high-low frequency detectors of mixed3a; `docs/methods/planted.md` has the others.
    orientation_deg : float
        Degrees clockwise in image coordinates, 0 = right: the high-frequency side of a detector, the bright
        side of an edge, the direction of variation of a texture (then modulo 180). nan where there is none.
    """

    unit: int
    layer: str
    role: str
    orientation_deg: float = math.nan


@dataclass(frozen=True)
class Planted:
    """A generated network.

    Attributes
    ----------
    weights : dict
        Float32 weight (out, in, kh, kw) and bias (out,) by node name, for every convolution up to mixed3b.
    ground_truth : list of GroundTruth
        Every unit of conv2d0, conv2d1, conv2d2, mixed3a and mixed3b.
    """

    weights: dict[str, tuple[Tensor, Tensor]]
    ground_truth: list[GroundTruth]


def generate(seed: int) -> Planted:
    """Return the planted network of a seed.

    Deterministic. Orientations and strengths of detectors, the channels that carry each role below mixed3a,
    mixing weights and weight noise differ from seed to seed; the detectors' unit indices do not.

    Parameters
    ----------
    seed : int
        Non-negative.
    """
    generator = np.random.default_rng(seed)
    first = conv2d0(generator)
    second = conv2d1(first, generator)
    third = conv2d2(second, generator)
    block_a = mixed3a(third, generator)
    block_b = mixed3b(block_a.output, generator)
    convolutions = {"conv2d0": first, "conv2d1": second, "conv2d2": third}
    convolutions |= {f"mixed3a_{name}": layer for name, layer in block_a.layers.items()}
    convolutions |= {f"mixed3b_{name}": layer for name, layer in block_b.layers.items()}
    layers = {
        "conv2d0": first,
        "conv2d1": second,
        "conv2d2": third,
        "mixed3a": block_a.output,
        "mixed3b": block_b.output,
    }
    return Planted(
        weights={name: noisy(layer, generator) for name, layer in convolutions.items()},
        ground_truth=[
            GroundTruth(index, name, unit.role, unit.orientation_deg)
            for name, layer in layers.items()
            for index, unit in enumerate(layer)
        ],
    )


def generate_variant(architecture: str, seed: int, *, noise: float = VARIANT_NOISE) -> Planted:
    """Return the planted network of a seed in a wider or deeper architecture, `planted` itself unchanged.

    Parameters
    ----------
    architecture : str
        `planted`, `planted_wide` or `planted_deep`.
    seed : int
        Of the planted network, of the copies and of the noise.
    noise : float
        Added to every weight of a variant, as a share of the root mean square of its unit's kernel; without it a
        variant computes what `generate(seed)` does.
    """
    narrow = generate(seed)
    if architecture == "planted":
        return narrow
    generator = np.random.default_rng([seed, len(architecture)])
    if architecture == "planted_wide":
        copied = net2net.copies(build("planted"), build(architecture), generator)
        weights = net2net.widened(narrow.weights, build(architecture), copied)
        truth = [
            replace(row, unit=unit)
            for layer, rows in _by_layer(narrow.ground_truth).items()
            for unit, row in enumerate(rows[channel] for channel in copied[layer])
        ]
    else:
        behind = _by_layer(narrow.ground_truth)[DEEPER_BEHIND]
        weights = narrow.weights | {DEEPER_NAME: net2net.passing_on(len(behind), DEEPER_KERNEL)}
        truth = narrow.ground_truth + [replace(row, layer=DEEPER_NAME) for row in behind]
    return Planted(net2net.noisy(weights, noise, generator), truth)


def _by_layer(truth: list[GroundTruth]) -> dict[str, list[GroundTruth]]:
    """Return the rows of every layer, in order of unit."""
    return {layer: [row for row in truth if row.layer == layer] for layer in dict.fromkeys(row.layer for row in truth)}
