"""Lucent's rendering loop and model zoo, imported so that they work beside the CPU build of PyTorch.

The pictures need lucent's parameterization only, which imports as it is; what is compared with lucent needs the rest.
"""

import importlib
import warnings
from types import ModuleType

from highlow.networks.torchvision_library import torchvision_module


def lucent_module(name: str) -> ModuleType:
    """Import a module of lucent 0.1.8, e.g. `optvis.render`.

    Kornia, which lucent's transforms use, compiles functions with the deprecated `torch.jit.script` while it is
    imported.
    """
    torchvision_module("torchvision")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`torch\.jit\.script` is deprecated", DeprecationWarning)
        return importlib.import_module(f"lucent.{name}")
