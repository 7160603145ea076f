"""Loading a registered network as a PyTorch module."""

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import nn

from highlow.networks import controls, planted, registry
from highlow.networks.architectures import architecture
from highlow.networks.devices import torch_device
from highlow.networks.extracted import Extracted, content, cut, from_content
from highlow.networks.extraction import from_source
from highlow.networks.model import Network
from highlow.networks.registry import Entry
from highlow.networks.torch_settings import as_shipped
from highlow.runs.errors import HighlowError


@as_shipped()
def load(
    name: str,
    layer: str | None = None,
    *,
    weights_dir: str | os.PathLike[str] | None = None,
    padding: str | None = None,
    device: str = "cpu",
    seed: int = 0,
    networks: Mapping[str, Mapping[str, Any]] | None = None,
) -> nn.Module:
    """Return a network that maps RGB images to the activations of a layer.

    Parameters
    ----------
    name : str
        Registry name, e.g. `inceptionv1_selfsup`, `googlenet`, or a control, `googlenet_shuffled_space`.
    layer : str, optional
        TensorFlow InceptionV1 name, or the network's own; nothing past it is computed. None gives the class logits.
    weights_dir : path, optional
        Folder of weight files that is looked into first; default the environment variable `HIGHLOW_WEIGHTS`. Then come
        the user's cache and the library's own folder.
    padding : "caffe" or "same", optional
        Of InceptionV1; default is the network's own.
    device : str
        A PyTorch device.
    seed : int
        Of a generated network and of a control.
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
    if found.control and layer:
        found = replace(found, layer=layer)  # `shuffled_last` destroys the layer that is asked for
    extracted = extracted_network(found, seed, padding, weights_dir)
    if layer is None:
        layer = extracted.architecture.logits
        if not layer or layer not in extracted.architecture.by_name:
            raise HighlowError(f"network {name!r} has no classifier; name a layer, e.g. {found.layer!r}")
    return Network(extracted.architecture, extracted.weights, layer).to(torch_device(device))


def extracted_network(
    entry: Entry, seed: int, padding: str | None = None, weights_dir: str | os.PathLike[str] | None = None
) -> Extracted:
    """Return a registered network with its weights: from its file, its generator, or its intact base."""
    if entry.generator:
        full = architecture(entry.architecture, padding or entry.padding)
        extracted = cut(
            entry.base or entry.name,
            full,
            planted.generate_variant(entry.architecture, seed + entry.seed_offset).weights,
        )
    else:
        extracted, _ = from_source(entry, padding, weights_dir)
    return destroyed(extracted, entry, seed) if entry.control else extracted


def destroyed(network: Extracted, entry: Entry, seed: int) -> Extracted:
    """Return a control of a network, see `controls.destroyed`."""
    return from_content(controls.destroyed(content(network), entry, seed))
