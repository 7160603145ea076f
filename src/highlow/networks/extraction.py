"""A network with its weights from where they come from: a file of tensors, or a module."""

import os

from highlow.networks import weights
from highlow.networks.extracted import Extracted
from highlow.networks.registry import Entry
from highlow.runs.errors import HighlowError


def from_source(
    entry: Entry, padding: str | None = None, weights_dir: str | os.PathLike[str] | None = None
) -> tuple[Extracted, weights.Origin]:
    """Return a network with the weights of its file, and where they came from; a module's code is run and traced."""
    if not entry.module:
        return weights.extract(entry, padding, weights_dir)
    if padding:
        raise HighlowError(f"network {entry.name!r} is a module: its padding is its own")
    # Brings much that other networks do not need.
    from highlow.networks.importing import description

    return description.extract(entry, weights_dir)
