"""Architectures by name, each with its padding styles and the names that weight files give its tensors."""

from highlow.networks.architectures import (
    inception_v1,
    inception_v3,
    planted_variants,
    squeezenet,
    vgg,
)
from highlow.networks.architectures.definition import Definition
from highlow.networks.graph import Architecture
from highlow.runs.errors import HighlowError, nearest

DEFINITIONS: dict[str, Definition] = {
    name: definition
    for module in (inception_v1, inception_v3, vgg, squeezenet, planted_variants)
    for name, definition in module.DEFINITIONS.items()
}


def definition(name: str) -> Definition:
    """Return the definition of an architecture.

    Raises
    ------
    HighlowError
        If there is none of that name.
    """
    if name not in DEFINITIONS:
        raise HighlowError(f"unknown architecture {name!r}; {nearest(name, sorted(DEFINITIONS))}")
    return DEFINITIONS[name]


def architecture(name: str, padding: str = "") -> Architecture:
    """Return an architecture with a padding style, its own if none is given.

    Raises
    ------
    HighlowError
        If the architecture or the padding style is unknown.
    """
    found = definition(name)
    if padding and padding not in found.paddings:
        known = ", ".join(found.paddings)
        raise HighlowError(f"architecture {name!r} has no padding {padding!r}; it has: {known}")
    return found.build(padding or found.paddings[0])
