"""The tuning grid: the response of every unit of mixed3a to stimuli, at the position in the middle.

The other sides render each stimulus at 224 px, centred on the same position, and read a hook there.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks import harness, material
from highlow.probes import families, responses

LAYER = "mixed3a"
SIZE, BATCH = 224, 16


def grid() -> families.Family:
    """Return 2,304 stimuli."""
    return families.family("high_low", orientation_count=48, ratio_count=12, phase_count=4, pattern_size=60, seed=0)


def ours(settings: Mapping[str, Any]) -> Any:
    network, family = material.network(settings["network"], LAYER), grid()

    def action() -> tuple[int, Any]:
        found = responses.answers(network, family)
        return len(family), found.reshape(len(family), -1)

    return action


def _full_canvas(settings: Mapping[str, Any], module: nn.Module, layer: nn.Module | None) -> Any:
    architecture, family = material.extracted(settings["network"]).architecture, grid()
    position = architecture.central_position(LAYER, SIZE)
    axis = families.offsets(SIZE, architecture.receptive_field(LAYER, position, SIZE).center)
    kept: list[Tensor] = []
    if layer is not None:
        layer.register_forward_hook(lambda *seen: kept.append(seen[2][:, :, position, position].clone()))

    def action() -> tuple[int, Any]:
        kept.clear()
        with torch.inference_mode():
            for start in range(0, settings["full_canvas"], BATCH):
                found = module(family.render(np.arange(start, start + BATCH), axis, axis))
                if layer is None:
                    kept.append(found[LAYER][:, :, position, position])
        return settings["full_canvas"], torch.cat(kept).numpy()

    return action


def hook(settings: Mapping[str, Any]) -> Any:
    module = material.Plain(settings["network"])
    return _full_canvas(settings, module, module.net.get_submodule(LAYER))


def truncated(settings: Mapping[str, Any]) -> Any:
    return _full_canvas(settings, material.cut(material.Plain(settings["network"]), LAYER), None)


def task(settings: Mapping[str, Any], peers: Mapping[str, str]) -> harness.Task:
    place = f"{__name__}:"
    return harness.Task(
        "tuning_grid",
        f"tuning grid, {LAYER}",
        "stimulus",
        [
            harness.Side(harness.OURS, f"{place}ours"),
            harness.Side("224 px, network cut", f"{place}truncated", note="torchvision's create_feature_extractor"),
            harness.Side("224 px, hook, whole network", f"{place}hook"),
        ],
        lambda values: harness.same(values, 1e-4, "responses"),
        dict(settings) | {"full_canvas": 32 if settings["quick"] else 64},
    )
