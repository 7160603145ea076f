"""Names of training runs, such as `photographs_random_labels_seed1`. Imports neither torch nor numpy: rules use it."""

from typing import Any

from highlow.errors import HighlowError

RUN = r"(?:photographs|dead_leaves)(?:_random_labels)?_seed[0-9]+"
RANDOM = "_random_labels"
# What is compared over seeds: the shipped training first, its control, and another kind of images.
KINDS = ("photographs", "photographs_random_labels", "dead_leaves")


def description(run: str) -> dict[str, Any]:
    """Return the `data`, the `labels` ("photograph" or "random") and the `seed` of a run by its name.

    Raises
    ------
    HighlowError
        If the name has no seed.
    """
    name, found, seed = run.rpartition("_seed")
    if not found or not seed.isdecimal():
        raise HighlowError(f"training run {run!r}: the name must end in _seed and a number")
    labels = "random" if name.endswith(RANDOM) else "photograph"
    return {"data": name.removesuffix(RANDOM), "labels": labels, "seed": int(seed)}


def kind(data: str, labels: str) -> str:
    """Return what runs that differ only in their seed are called."""
    return data + RANDOM * (labels == "random")
