"""What all sides are given: a network, in this project's form and as a plain module, and images.

Google's InceptionV1 of 2015 and photographs where HIGHLOW_WEIGHTS and HIGHLOW_IMAGES lead to them; else the embedded
network and generated images. The plain module is lucent's InceptionV1, the whole of it, with the same weights and the
network's own normalization: what other programs are made for. What the embedded network lacks behind mixed3b is drawn
at random there; no side's numbers depend on it.
"""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.environments import FOLDER
from highlow.networks import registry
from highlow.networks.extracted import Extracted
from highlow.networks.graph import LocalResponseNorm
from highlow.networks.loading import extracted_network
from highlow.networks.model import Network, OwnInput
from highlow.networks.torchvision_library import torchvision_module
from highlow.pictures import generated_images, image_files, image_names

REAL, EMBEDDED = "inceptionv1_2015", "inceptionv1_selfsup"
SUFFIXES = (".jpg", ".jpeg", ".png")


def network_name() -> str:
    """Return the network that is measured."""
    folder = os.environ.get("HIGHLOW_WEIGHTS", "")
    names = [item.file for item in registry.entry(REAL).files]
    return REAL if folder and any((Path(folder) / name).exists() for name in names) else EMBEDDED


def images_dir() -> Path:
    """Return a folder of images: the given one, or one of generated images."""
    given = os.environ.get("HIGHLOW_IMAGES", "")
    if given and Path(given).is_dir():
        found = [folder for folder in sorted(Path(given).iterdir()) if folder.is_dir()]
        counts = {folder: len(image_paths(folder)) for folder in [Path(given), *found]}
        return max(counts, key=lambda folder: counts[folder] if folder != Path(given) or not found else -1)
    folder = FOLDER / "images"
    if not folder.is_dir():
        folder.mkdir(parents=True)
        generated_images.write(folder, 0)
    return folder


@cache
def image_paths(folder: Path) -> tuple[str, ...]:
    """Return the names of the images of a folder."""
    return tuple(name for name in image_names.walk(folder) if Path(name).suffix.lower() in SUFFIXES)


def chosen(folder: str, count: int) -> list[str]:
    """Return so many names of images; the first ones come again where there are fewer."""
    names = image_paths(Path(folder))
    return [names[index % len(names)] for index in range(count)]


@cache
def extracted(name: str) -> Extracted:
    """Return a network's architecture and weights."""
    return extracted_network(registry.entry(name), 0)


def network(name: str, layer: str) -> Network:
    """Return a network up to a layer."""
    found = extracted(name)
    return Network(found.architecture, found.weights, layer)


class Functions:
    """PyTorch's functions as lucent's module calls them, but with a network's own normalization, or none."""

    def __init__(self, norm: LocalResponseNorm | None) -> None:
        self.norm = norm

    def __getattr__(self, name: str) -> object:
        return getattr(functional, name)

    def local_response_norm(self, x: Tensor, **_: float) -> Tensor:
        """Normalize by the network's numbers: lucent's own are others."""
        norm = self.norm
        return x if norm is None else functional.local_response_norm(x, norm.size, norm.alpha, norm.beta, norm.k)


class Plain(nn.Module):
    """The whole network as a plain module: of RGB images in [0, 1], (N, 3, 224, 224); `net.mixed3a` is a layer."""

    def __init__(self, name: str, *, redirected: bool = False) -> None:
        super().__init__()
        torchvision_module("torchvision")
        from lucent.modelzoo.inceptionv1 import InceptionV1

        torch.manual_seed(0)
        found = extracted(name)
        norm = next((node.norm for node in found.architecture.nodes if node.norm), None)
        InceptionV1.forward.__globals__["F"] = Functions(norm)
        self.own = OwnInput(found.architecture.preprocessing)
        self.net = InceptionV1(pretrained=False, redirected_ReLU=redirected)
        own = dict(self.net.named_parameters())
        with torch.no_grad():
            for layer, (weight, bias) in found.weights.items():
                part = "softmax2_pre_activation_matmul" if layer.startswith("softmax2") else f"{layer}_pre_relu_conv"
                own[f"{part}.weight"].copy_(weight)
                own[f"{part}.bias"].copy_(bias)
        self.eval()

    def forward(self, images: Tensor) -> Tensor:
        """Return what the classifier says."""
        return self.net(self.own(images))


class Photographs(torch.utils.data.Dataset):
    """Images by their number, decoded as this project decodes them, float32 (3, 224, 224) in [0, 1], and a class."""

    def __init__(self, folder: str, names: Sequence[str]) -> None:
        self.folder, self.names = folder, names

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        pixels = image_files.read(self.folder, self.names[index]).pixels
        assert pixels is not None
        return torch.from_numpy(image_files.as_input(pixels)), 0

    def loader(self, batch: int, *, classes: bool = True) -> torch.utils.data.DataLoader:
        """Return a loader with one process that decodes, of images alone or with their classes."""
        together = None if classes else _images_alone
        return torch.utils.data.DataLoader(self, batch_size=batch, num_workers=1, collate_fn=together)


def _images_alone(items: Sequence[tuple[Tensor, int]]) -> Tensor:
    return torch.stack([image for image, _ in items])


def cut(module: Plain, layer: str) -> nn.Module:
    """Return torchvision's extractor of a layer: what nothing needs behind it is left out."""
    extraction = torchvision_module("torchvision.models.feature_extraction")
    from lucent.modelzoo.inceptionv1 import helper_layers

    whole = [
        helper_layers.CatLayer,
        helper_layers.ReluLayer,
        helper_layers.RedirectedReluLayer,
    ]  # so that hooks find them
    traced = {"tracer_kwargs": {"leaf_modules": whole}}
    result: nn.Module = extraction.create_feature_extractor(module, {f"net.{layer}": layer}, **traced)
    return result.eval()


def largest(activations: Tensor) -> np.ndarray:
    """Return the largest activation of every unit, (N, unit)."""
    return activations.amax((2, 3)).numpy()
