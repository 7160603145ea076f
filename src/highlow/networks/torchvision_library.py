"""Torchvision, imported so that it works beside the CPU build of PyTorch."""

import importlib
import sys
from types import ModuleType

import torch

_KEPT: list[torch.library.Library] = []


def torchvision_module(name: str) -> ModuleType:
    """Import `torchvision` or one of its modules.

    Torchvision's compiled operators are missing beside the CPU build; the two that it looks up while it is imported are
    declared then. Models, datasets and transforms work, operators such as `nms` do not.
    """
    try:
        return importlib.import_module(name)
    except RuntimeError as error:
        if "torchvision::nms" not in str(error) or _KEPT:
            raise
    for loaded in [loaded for loaded in sys.modules if loaded.partition(".")[0] == "torchvision"]:
        del sys.modules[loaded]
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name_of_operator in ("nms", "qnms"):
        declaration = f"{name_of_operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        library.define(declaration)  # type: ignore[no-untyped-call]
    _KEPT.append(library)  # the declarations end with the object
    return importlib.import_module(name)
