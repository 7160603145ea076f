"""What a script can be asked: its options, and once for all those that several scripts share."""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from highlow.runs import user_paths
from highlow.runs.errors import HighlowError


@dataclass(frozen=True)
class Option:
    """An option of a script, or an argument where its name has no dashes.

    Attributes
    ----------
    name : str
        As on the command line, e.g. `--output`.
    settings : dict
        As of `argparse.ArgumentParser.add_argument`.
    variable : str
        Environment variable that holds the default, where there is one.
    """

    name: str
    settings: dict[str, Any]
    variable: str = ""

    def add_to(self, target: argparse._ActionsContainer) -> None:
        """Make a parser, or a group of one, take this option."""
        default = {"default": os.environ.get(self.variable) or self.settings["default"]} if self.variable else {}
        target.add_argument(self.name, **self.settings | default)


@dataclass(frozen=True)
class OneOf:
    """Options of which exactly one must be given."""

    options: Sequence[Option]

    def add_to(self, target: argparse._ActionsContainer) -> None:
        """Make a parser take these options."""
        group = target.add_mutually_exclusive_group(required=True)
        for item in self.options:
            item.add_to(group)


def option(name: str, what: str, *, variable: str = "", **settings: Any) -> Option:
    """Return an option; `what` is its help.

    An option without a default must be given. A default says its type: an integer or a number wants one, and False
    makes a switch. `type`, `nargs` and the other settings are those of argparse.
    """
    settings["help"] = what
    default = settings.get("default")
    if default is False:
        settings["action"] = "store_true"
    elif isinstance(default, int | float):
        settings.setdefault("type", type(default))
    if name.startswith("-") and "default" not in settings:
        settings["required"] = True
    return Option(name, settings, variable)


def shared(*names: str) -> list[Option]:
    """Return options that several scripts take alike, by their names."""
    return [SHARED[name] for name in names]


def one_of(*options: Option) -> OneOf:
    """Return options of which exactly one must be given; each has a default."""
    return OneOf(options)


def pairs(name: str, form: str, what: str, **settings: Any) -> Option:
    """Return an option that takes pairs, as a list of (name, value); `form` shows one, e.g. `ROLE=PATH`.

    At least one must be given, unless there is a default.
    """

    def pair(text: str) -> tuple[str, str]:
        first, equals, second = text.partition("=")
        if not equals:
            raise argparse.ArgumentTypeError(f"not {form}: {text!r}")
        return first, second

    many = "*" if "default" in settings else "+"
    return option(name, what, type=pair, nargs=many, metavar=form, **settings)


def path_argument(text: str) -> str:
    """Replace `~` and `$VARIABLE` in a path (for argparse's `type`): no shell does in `--images=~/photographs`."""
    try:
        return str(user_paths.resolved(text, "a path"))
    except HighlowError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def json_argument(text: str) -> Any:
    """Parse an option given as JSON (for argparse's `type`)."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None


SHARED = {
    item.name: item
    for item in (
        # The network, and what was made of it before.
        option("--weights", "weights.h5 of the network"),
        option("--weights-dir", "folder that is looked into first; default HIGHLOW_WEIGHTS", default=None),
        option("--candidates", "TSV of measure_tuning.py"),
        option("--detectors", "TSV of detect.py"),
        option("--expanded-weights", "HDF5 of expand_weights.py"),
        option("--snapshots", "snapshots.h5 of train_network.py"),
        # Which part of it.
        option("--layer", "layer to read, e.g. mixed3a"),
        option("--branch", "branch of the detectors, e.g. 3x3"),
        option("--articles-network", "unit numbers are the article's", default=False),
        # Images, and a share of them.
        option(
            "--images", "folder, or text file of names", default=None, variable="HIGHLOW_DATASET", type=path_argument
        ),
        option("--image-table", "TSV of list_images.py or merge_image_tables.py"),
        option("--shard", "number of this shard, from 0", default=0),
        option("--shards", "number of shards", default=1),
        # How to compute.
        option("--seeds", "number of random starts of the factorization", default=20),
        option("--device", "auto, cpu, cuda or mps", default="auto", variable="HIGHLOW_DEVICE"),
        option("--threads", "threads on the CPU", default=1, variable="HIGHLOW_THREADS"),
        option("--processes", "processes that read images", default=1),
    )
}
