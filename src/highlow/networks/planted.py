"""The planted network: InceptionV1 up to mixed3b with hand-built high-low frequency detectors.

A positive control: its weights come from a seed, not from training, and every unit's purpose is known, so
that what a method finds can be compared with what is there. `docs/methods/planted.md` says what is where.
"""

import math
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from highlow.networks.planted_mixed import mixed3a, mixed3b
from highlow.networks.planted_stem import conv2d0, conv2d1, conv2d2
from highlow.networks.planted_units import noisy


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
