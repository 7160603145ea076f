"""What is studied: architectures, their weights, and where their units look.

`load` comes from `highlow.networks.loading` when it is asked for: the Snakefile and the figures
use the registry without waiting for PyTorch.
"""

import importlib
from typing import Any

__all__ = ["load"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module("highlow.networks.loading"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
