"""Names of training runs, such as `photographs_random_labels_seed1`. Imports neither torch nor numpy: rules use it."""

from typing import Any

from highlow.runs.errors import HighlowError

# What a run's name says of its labels, as in `highlow.training.recipe`; without any of these words it has them all.
SUFFIXES = {"_without_boundary": "no_boundary", "_random_labels": "random"}
RUN = rf"(?:photographs|dead_leaves)(?:{'|'.join(SUFFIXES)})?_seed[0-9]+"
# What is compared over seeds: the shipped training first, its two controls, and another kind of images.
KINDS = ("photographs", "photographs_without_boundary", "photographs_random_labels", "dead_leaves")


def description(run: str) -> dict[str, Any]:
    """Return the `data`, the `labels` (as in a recipe) and the `seed` of a run by its name.

    Raises
    ------
    HighlowError
        If the name has no seed.
    """
    name, found, seed = run.rpartition("_seed")
    if not found or not seed.isdecimal():
        raise HighlowError(f"training run {run!r}: the name must end in _seed and a number")
    suffix = next((ending for ending in SUFFIXES if name.endswith(ending)), "")
    return {"data": name.removesuffix(suffix), "labels": SUFFIXES.get(suffix, "photograph"), "seed": int(seed)}


def kind(data: str, labels: str) -> str:
    """Return what runs that differ only in their seed are called."""
    return data + next((ending for ending, meaning in SUFFIXES.items() if meaning == labels), "")
