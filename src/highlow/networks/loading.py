"""Loading a registered network as a PyTorch module."""

import os

import torch
from torch import nn

from highlow.errors import HighlowError
from highlow.networks import registry, weights
from highlow.networks.inception import PaddingStyle
from highlow.networks.model import Network


def load(
    name: str,
    layer: str | None = None,
    *,
    weights_dir: str | os.PathLike[str] | None = None,
    padding: PaddingStyle | None = None,
    device: str = "cpu",
    seed: int = 0,
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
    found = registry.entry(name)
    extracted = weights.extract(found, padding, weights_dir, seed)
    if layer is None:
        last = extracted.architecture.nodes[-1]
        if last.op != "linear":
            raise HighlowError(f"network {name!r} has no classifier; name a layer, e.g. {found.layer!r}")
        layer = last.name
    return Network(extracted.architecture, extracted.weights, layer).to(torch_device(device))


def torch_device(name: str) -> torch.device:
    """Return a device: `auto` is the GPU where there is one.

    Raises
    ------
    HighlowError
        If the device does not exist here.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise HighlowError("device=cuda, but PyTorch finds no GPU here; use device=auto or device=cpu")
    try:
        return torch.device(name)
    except RuntimeError:
        raise HighlowError(f"unknown device {name!r}; known: auto, cpu, cuda") from None
