"""Opening a network to study it: any PyTorch module, or a network by its name."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn

from highlow.networks import registry
from highlow.networks.importing.importer import imported
from highlow.networks.importing.preprocessing import preprocessing
from highlow.networks.loading import extracted_network
from highlow.networks.torch_settings import as_shipped
from highlow.runs.errors import HighlowError
from highlow.studied.network import Studied


@as_shipped()
def from_module(
    module: nn.Module,
    *,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
    size: int = 224,
    until: str = "",
    name: str = "",
) -> Studied:
    """Return any PyTorch module as a network that can be studied.

    It is traced, and its numbers are compared with the module's own.

    Parameters
    ----------
    module : torch.nn.Module
        Takes RGB images, (N, 3, H, W), with `mean` subtracted and divided by `std`. It is left as it is.
    mean, std : sequence of float, optional
        A value a channel, of images in [0, 1]. Default: what the module's `pretrained_cfg` or `default_cfg` says (those
        of timm have one), else the statistics of ImageNet: (0.485, 0.456, 0.406) and (0.229, 0.224, 0.225). A module
        that takes images in [0, 1] as they are wants (0, 0, 0) and (1, 1, 1).
    size : int
        Width and height of the images that it was made for, pixels.
    until : str
        The last layer that is imported; default: all are.
    name : str
        Name of the network in tables and messages; default: the module's class.

    Raises
    ------
    HighlowError
        If the module cannot be imported; the message says what is in the way, where it stands, and the last layer that
        can be studied.
    """
    if not isinstance(module, nn.Module):
        raise HighlowError(f"a torch.nn.Module is wanted, not {type(module).__name__}: {module!r:.60}")
    found = imported(
        module, preprocessing(module, mean, std), name=name or type(module).__name__, size=size, until=until
    )
    return Studied(found)


@as_shipped()
def load(
    name: str,
    *,
    weights_dir: str | os.PathLike[str] | None = None,
    padding: str | None = None,
    seed: int = 0,
    networks: Mapping[str, Mapping[str, Any]] | None = None,
) -> Studied:
    """Return a network by its name, with its weights.

    Parameters
    ----------
    name : str
        Registry name, e.g. `inceptionv1_selfsup`, `googlenet`, or a control, `googlenet_shuffled_space`.
    weights_dir : path, optional
        Folder of weight files that is looked into first; default the environment variable `HIGHLOW_WEIGHTS`. Then come
        the user's cache and the library's own folder.
    padding : "caffe" or "same", optional
        Of InceptionV1; default is the network's own.
    seed : int
        Of a generated network and of a control.
    networks : mapping, optional
        More registry entries, as in the config key of that name.

    Raises
    ------
    HighlowError
        Unknown network, missing or wrong weights.
    """
    entry = registry.entry(name, networks)
    return Studied(extracted_network(entry, seed, padding, weights_dir), entry)
