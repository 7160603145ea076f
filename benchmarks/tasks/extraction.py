"""Activations of photographs: files in, the largest activation of every unit of mixed3b out.

Every side reads the same files with the same decoder in one process, and computes on one thread.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from benchmarks import environments, harness, material
from benchmarks.peer_imports import importable

LAYER = "mixed3b"
BATCH = 16


def ours(settings: Mapping[str, Any]) -> Any:
    from highlow.pictures import dataset_examples, image_reader

    network = material.network(settings["network"], LAYER)
    names = material.chosen(settings["images_dir"], settings["count"])

    def action() -> tuple[int, Any]:
        files = image_reader.read_all(settings["images_dir"], names, processes=1)
        found = dataset_examples.responses(network, enumerate(files))
        return len(names), np.stack([score for _, score, _ in found])

    return action


def _photographs(settings: Mapping[str, Any]) -> material.Photographs:
    return material.Photographs(settings["images_dir"], material.chosen(settings["images_dir"], settings["count"]))


def feature_extractor(settings: Mapping[str, Any]) -> Any:
    photographs = _photographs(settings)
    module = material.cut(material.Plain(settings["network"]), LAYER)

    def action() -> tuple[int, Any]:
        with torch.inference_mode():
            found = [material.largest(module(images)[LAYER]) for images, _ in photographs.loader(BATCH)]
        return len(photographs), np.concatenate(found)

    return action


def hook(settings: Mapping[str, Any]) -> Any:
    photographs = _photographs(settings)
    module = material.Plain(settings["network"])
    kept: list[np.ndarray] = []
    module.net.get_submodule(LAYER).register_forward_hook(lambda *seen: kept.append(material.largest(seen[2])))

    def action() -> tuple[int, Any]:
        kept.clear()
        with torch.inference_mode():
            for images, _ in photographs.loader(BATCH):
                module(images)
        return len(photographs), np.concatenate(kept)

    return action


def thingsvision(settings: Mapping[str, Any]) -> Any:
    photographs = _photographs(settings)
    module = material.Plain(settings["network"])
    with importable():
        from thingsvision import get_extractor_from_model

    extractor = get_extractor_from_model(model=module, device="cpu", backend="pt")

    def action() -> tuple[int, Any]:
        found = extractor.extract_features(
            photographs.loader(BATCH, classes=False), f"net.{LAYER}", flatten_acts=False, output_type="ndarray"
        )
        return len(photographs), found.max(axis=(2, 3))

    return action


def task(settings: Mapping[str, Any], peers: Mapping[str, str]) -> harness.Task:
    place = f"{__name__}:"
    sides = [
        harness.Side(harness.OURS, f"{place}ours"),
        harness.Side("create_feature_extractor", f"{place}feature_extractor", packages=("torchvision",)),
        harness.Side("hook, whole network", f"{place}hook"),
    ]
    if "thingsvision" in peers:
        note = environments.THINGSVISION.note
        packages = ("thingsvision",)
        sides.append(harness.Side("thingsvision", f"{place}thingsvision", peers["thingsvision"], "", note, packages))
    return harness.Task(
        "extraction",
        f"activations of photographs, {LAYER}",
        "photograph",
        sides,
        lambda values: harness.same(values, 1e-4, "largest activations"),
        dict(settings) | {"count": 32 if settings["quick"] else 200},
    )
