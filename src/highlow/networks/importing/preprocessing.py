"""How RGB images in [0, 1] become the input of a module."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from highlow.networks.graph import Preprocessing
from highlow.runs.errors import HighlowError

# Channel statistics of ImageNet's training images (torchvision's documentation).
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def preprocessing(module: nn.Module, mean: Sequence[float] | None, std: Sequence[float] | None) -> Preprocessing:
    """Return how RGB images in [0, 1] become a module's input.

    Parameters
    ----------
    module : torch.nn.Module
        timm's have settings of their own, which count where nothing is given.
    mean, std : sequence of float, optional
        A value a channel, of images in [0, 1]; what neither is given nor in the module is ImageNet's.

    Raises
    ------
    HighlowError
        If they are not three finite numbers each, or a deviation is zero.
    """
    first = _three(module, "mean", mean, MEAN)
    deviation = _three(module, "std", std, DEVIATION)
    if 0 in deviation:
        raise HighlowError(f"std is {deviation}: a channel cannot be divided by 0")
    return Preprocessing(
        scale=(1 / deviation[0], 1 / deviation[1], 1 / deviation[2]),
        offset=(first[0] / deviation[0], first[1] / deviation[1], first[2] / deviation[2]),
    )


def _three(
    module: nn.Module, key: str, given: Sequence[float] | None, usual: Sequence[float]
) -> tuple[float, float, float]:
    """Return a value a channel: the given one, the module's own, or the usual one."""
    for values in (given, *(_setting(module, name, key) for name in ("pretrained_cfg", "default_cfg")), usual):
        if values is None:
            continue
        try:
            red, green, blue = (float(value) for value in values)
        except (TypeError, ValueError):
            red = green = blue = math.nan
        if not all(map(math.isfinite, (red, green, blue))):
            raise HighlowError(f"{key} must be three numbers, one a channel, not {values!r}")
        return red, green, blue
    raise AssertionError("the usual value is one")


def _setting(module: nn.Module, name: str, key: str) -> Any:
    settings = getattr(module, name, None)
    return settings.get(key) if isinstance(settings, Mapping) else getattr(settings, key, None)
