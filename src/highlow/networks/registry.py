"""Which networks there are, and how each is built and loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any

import yaml

from highlow.errors import HighlowError, nearest
from highlow.networks.graph import Architecture
from highlow.networks.inception import (
    BLOCKS,
    CAFFE_NORM,
    CAFFE_PREPROCESSING,
    PLANTED_PREPROCESSING,
    PaddingStyle,
    caffe_name,
    inception_v1,
)

NAMINGS: dict[str, Callable[[str], str]] = {"caffe": caffe_name, "tensorflow": lambda name: name}


@dataclass(frozen=True)
class Entry:
    """What the registry knows of a network; `registry.yaml` explains the fields."""

    name: str
    architecture: str
    layer: str
    title: str = ""
    file: str = ""
    sha256: str = ""
    generator: str = ""
    naming: str = "tensorflow"
    padding: PaddingStyle = "same"
    branch: str = ""
    sources: tuple[str, ...] = ()
    downstream: str = ""
    source: str = ""


@cache
def shipped() -> dict[str, Entry]:
    """Return the networks of `registry.yaml` by name."""
    text = resources.files("highlow.networks").joinpath("registry.yaml").read_text(encoding="utf-8")
    return {name: _entry(name, values) for name, values in yaml.safe_load(text).items()}


def with_files() -> list[str]:
    """Return the shipped networks whose weights come from a file."""
    return [name for name, item in shipped().items() if item.file]


def entry(name: str, extra: Mapping[str, Mapping[str, Any]] | None = None) -> Entry:
    """Return a network's entry.

    Parameters
    ----------
    name : str
        Registry name.
    extra : mapping, optional
        More entries, as in the config key `networks`; they win over shipped ones of the same name.

    Raises
    ------
    HighlowError
        If the name is unknown; the message names the nearest one.
    """
    known = shipped() | {key: _entry(key, values) for key, values in (extra or {}).items()}
    if name not in known:
        raise HighlowError(f"unknown network {name!r}; {nearest(name, sorted(known))}")
    return known[name]


def from_json(values: Mapping[str, Any]) -> Entry:
    """Return an entry from its fields, `name` among them."""
    return _entry(values["name"], {key: value for key, value in values.items() if key != "name"})


def architecture(name: str, padding: PaddingStyle) -> Architecture:
    """Return an architecture of the registry with the given padding style.

    Raises
    ------
    HighlowError
        If the architecture or the padding style is unknown.
    """
    if padding not in ("caffe", "same"):
        raise HighlowError(f"unknown padding {padding!r}; known: caffe, same")
    if name == "googlenet":
        return inception_v1(name, padding, preprocessing=CAFFE_PREPROCESSING, norm=CAFFE_NORM, classes=1000)
    if name == "planted":
        early = {block: BLOCKS[block] for block in ("mixed3a", "mixed3b")}
        return inception_v1(name, padding, preprocessing=PLANTED_PREPROCESSING, norm=None, blocks=early)
    raise HighlowError(f"unknown architecture {name!r}; known: googlenet, planted")


def _entry(name: str, values: Mapping[str, Any]) -> Entry:
    """Return an entry from its fields; the schema of the configuration checks their types."""
    known = [item.name for item in fields(Entry) if item.name != "name"]
    for key in values:
        if key not in known:
            raise HighlowError(f"network {name!r}: unknown key {key!r}; {nearest(key, known)}")
    for key in ("architecture", "layer"):
        if key not in values:
            raise HighlowError(f"network {name!r}: the key {key!r} is missing")
    if values.get("generator") and values["generator"] != values["architecture"]:
        raise HighlowError(f"network {name!r}: the generator {values['generator']!r} makes that architecture only")
    tuples = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    return Entry(name=name, **{**values, **tuples})
