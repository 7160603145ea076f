"""Published numbers, as facts with their source."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def article() -> dict[str, Any]:
    """Return the article's numbers; `article.yaml` names the source of each."""
    return _content("article")


@cache
def tensor_ranges(name: str) -> dict[str, tuple[float, float]]:
    """Return the published (minimum, step) of a network's tensors; the maximum is 65535 steps above."""
    return {tensor: (low, step) for tensor, (low, step) in _content(name).items()}


@dataclass(frozen=True)
class Part:
    """A published file that holds a part of a network's weights."""

    file: str
    size: int  # bytes
    sha256: str


@cache
def weight_parts(name: str) -> tuple[Part, ...]:
    """Return the files that hold a network's weights together; the table names their source."""
    lines = [line for line in _text(f"{name}.tsv").splitlines() if not line.startswith("#")]
    return tuple(Part(row["file"], int(row["bytes"]), row["sha256"]) for row in csv.DictReader(lines, delimiter="\t"))


def _content(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(_text(f"{name}.yaml"))
    return content


def _text(file: str) -> str:
    return resources.files("highlow.reference").joinpath(file).read_text(encoding="utf-8")
