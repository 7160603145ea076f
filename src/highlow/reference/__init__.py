"""Published numbers, as facts with their source."""

from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def article() -> dict[str, Any]:
    """Return the article's numbers; `article.yaml` names the source of each."""
    text = resources.files("highlow.reference").joinpath("article.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content
