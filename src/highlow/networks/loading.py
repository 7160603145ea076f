"""Loading a registered network as a PyTorch module."""

import os
from collections.abc import Mapping
from typing import Any

from torch import nn

from highlow.errors import HighlowError
from highlow.networks import planted, registry, weights
from highlow.networks.devices import torch_device
from highlow.networks.extracted import Extracted, cut
from highlow.networks.inception import PaddingStyle
from highlow.networks.model import Network
from highlow.networks.registry import Entry


def load(
    name: str,
    layer: str | None = None,
    *,
    weights_dir: str | os.PathLike[str] | None = None,
    padding: PaddingStyle | None = None,
    device: str = "cpu",
    seed: int = 0,
    networks: Mapping[str, Mapping[str, Any]] | None = None,
) -> nn.Module:
    """Return a network that maps RGB images to the activations of a layer.

    Parameters
    ----------
    name : str
        Registry name, `googlenet` or `planted`.
    layer : str, optional
        TensorFlow InceptionV1 name; nothing past it is computed. None gives the class logits.
    weights_dir : path, optional
        Folder of weight files; default the environment variable `HIGHLOW_WEIGHTS`, then the user's cache.
    padding : "caffe" or "same", optional
        Default is the network's own.
    device : str
        A PyTorch device.
    seed : int
        Of a generated network.
    networks : mapping, optional
        More registry entries, as in the config key of that name.

    Returns
    -------
    torch.nn.Module
        Maps float32 images in [0, 1], shape (N, 3, H, W), to post-ReLU activations, (N, C, h, w), or logits,
        (N, classes). Preprocessing is included, nothing is clipped.

    Raises
    ------
    HighlowError
        Unknown network or layer, missing or wrong weights, no classifier, no such device.
    """
    found = registry.entry(name, networks)
    extracted = generated(found, seed, padding) if found.generator else weights.extract(found, padding, weights_dir)
    if layer is None:
        last = extracted.architecture.nodes[-1]
        if last.op != "linear":
            raise HighlowError(f"network {name!r} has no classifier; name a layer, e.g. {found.layer!r}")
        layer = last.name
    return Network(extracted.architecture, extracted.weights, layer).to(torch_device(device))


def generated(entry: Entry, seed: int, padding: PaddingStyle | None = None) -> Extracted:
    """Return a network that its registered generator makes from a seed."""
    architecture = registry.architecture(entry.architecture, padding or entry.padding)
    return cut(entry.name, architecture, planted.generate(seed).weights)
