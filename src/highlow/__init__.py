"""High-low frequency detectors, re-derived from the weights of a vision network.

`highlow.from_module` and `highlow.load` open a network to study it. They are imported when they are asked for: the
Snakefile and the figures use the library without waiting for PyTorch.
"""

import importlib
from typing import Any

__version__ = "0.1.0"
__all__ = ["from_module", "load"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module("highlow.studied.opening"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
