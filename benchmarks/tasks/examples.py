"""Dataset examples: for every unit of four layers, the photographs that it answers most.

zennit-crp finds them in its feature maximization, which runs the whole network forward and backward: it ranks images by
relevance too, which nobody here asks for. It runs with plain gradients, its cheapest.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks import harness, material

LAYERS = ("mixed3a", "conv2d2", "conv2d1", "mixed3b")
BEST, BATCH = 12, 16


def ours(settings: Mapping[str, Any]) -> Any:
    from highlow.pictures import dataset_examples, image_reader

    network = dataset_examples.network_of(material.extracted(settings["network"]), LAYERS)
    names = material.chosen(settings["images_dir"], settings["count"])

    def action() -> tuple[int, Any]:
        files = image_reader.read_all(settings["images_dir"], names, processes=1)
        found = dataset_examples.search(network, enumerate(files), LAYERS, BEST, cropped=LAYERS[0])
        return len(names), np.concatenate([found[layer][0].image[:, 0] for layer in LAYERS])

    return action


def ours_forward(settings: Mapping[str, Any]) -> Any:
    import torch

    from highlow.pictures import dataset_examples, image_files, image_reader

    network = dataset_examples.network_of(material.extracted(settings["network"]), LAYERS)
    names = material.chosen(settings["images_dir"], settings["count"])
    decoded = [image_files.as_input(file.pixels) for file in image_reader.read_all(settings["images_dir"], names)]

    def action() -> tuple[int, Any]:
        with torch.inference_mode():
            scores = []
            for image in decoded:
                alive = network.run(torch.from_numpy(image)[None], keep=LAYERS)
                scores.append(torch.cat([alive[layer][0].amax((1, 2)) for layer in LAYERS]))
        best = torch.stack(scores).max(0)
        return len(names), np.where(best.values > 0, best.indices, -1)

    return action


def zennit_crp(settings: Mapping[str, Any]) -> Any:
    module = material.Plain(settings["network"])  # first: it imports torchvision so that zennit can
    from crp.attribution import CondAttribution
    from crp.concepts import ChannelConcept
    from crp.visualization import FeatureVisualization

    names = material.chosen(settings["images_dir"], settings["count"])
    photographs = material.Photographs(settings["images_dir"], names)
    layers = {f"net.{layer}": ChannelConcept() for layer in LAYERS}
    place = settings["scratch"] + "/zennit-crp"
    attribution = CondAttribution(module, no_param_grad=True)
    seeker = FeatureVisualization(attribution, photographs, layers, max_target="max", abs_norm=False, path=place)

    def action() -> tuple[int, Any]:
        seeker.run(None, 0, len(names), BATCH)
        folder = f"{place}/ActMax_max_unnormed"
        found = [(np.load(f"{folder}/{layer}_data.npy"), np.load(f"{folder}/{layer}_rel.npy")) for layer in layers]
        return len(names), np.concatenate([np.where(score[0] > 0, image[0], -1) for image, score in found])

    return action


def check(values: harness.Values) -> harness.Check:
    """Check how many units have the same best photograph."""
    first, *others = values.values()
    share = min(float((first == other).mean()) for other in others)
    return harness.Check(f"the same best photograph for {share:.1%} of {len(first)} units", share, share >= 0.99)


def task(settings: Mapping[str, Any], peers: Mapping[str, str]) -> harness.Task:
    place = f"{__name__}:"
    alone = "highlow, forward passes alone"
    sides = [
        harness.Side(harness.OURS, f"{place}ours"),
        harness.Side(alone, f"{place}ours_forward", note="of decoded images, with the largest activations"),
    ]
    if "zennit-crp" in peers:
        note = "with plain gradients; ranks by relevance too"
        packages = ("zennit-crp", "zennit")
        sides.append(harness.Side("zennit-crp", f"{place}zennit_crp", peers["zennit-crp"], "", note, packages))
    return harness.Task(
        "examples",
        f"dataset examples, {len(LAYERS)} layers",
        "photograph",
        sides,
        check,
        dict(settings) | {"count": 32 if settings["quick"] else 200},
    )
