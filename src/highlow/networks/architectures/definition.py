"""What an architecture's module provides: how to build it, and how files name its tensors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from highlow.networks.graph import Architecture, Node, Preprocessing


@dataclass(frozen=True)
class TensorNames:
    """Names in a weight file of what makes one node's weight and bias.

    Attributes
    ----------
    weight, bias : str
        Tensors.
    """

    weight: str
    bias: str


Naming = Callable[[Node], TensorNames]


@dataclass(frozen=True)
class Definition:
    """An architecture.

    Attributes
    ----------
    build : callable
        From a padding style to the architecture.
    namings : mapping
        How files name its tensors, in the order in which they are tried.
    paddings : tuple of str
        Padding styles, the network's own first.
    """

    build: Callable[[str], Architecture]
    namings: Mapping[str, Naming]
    paddings: tuple[str, ...] = ("own",)


def plain(rename: Callable[[str], str] = lambda name: name) -> Naming:
    """Return the naming `<layer>.weight`, `<layer>.bias` with a function of the node's name as the layer."""
    return lambda node: TensorNames(f"{rename(node.name)}.weight", f"{rename(node.name)}.bias")


CAFFE_PREPROCESSING = Preprocessing(scale=(255.0,) * 3, offset=(104.0, 117.0, 123.0), channels=(2, 1, 0))

# RGB in [0, 1] to [-1, 1].
SYMMETRIC_PREPROCESSING = Preprocessing(scale=(2.0,) * 3, offset=(1.0,) * 3)
