"""Feature visualization: steps of pictures of units of mixed3a, against lucent's `render_vis`.

Lucent's best settings are a fixed image size, frozen weights and all units in one batch; then also with the network cut
at the layer, which takes torchvision's extractor.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks import harness, material
from highlow.networks.model import Network

LAYER, SIZE = "mixed3a", 128  # lucent's default size
UNITS = (70, 88, 106, 110)


def _ours(settings: Mapping[str, Any], size: int | None, units: Sequence[int] = UNITS) -> Any:
    from highlow.pictures import feature_visualization

    network = material.network(settings["network"], LAYER)
    channels = network.architecture.node(LAYER).channels
    directions = feature_visualization.one_hot(np.array(units), channels)
    steps = settings["steps"]

    def action() -> tuple[int, Any]:
        found = feature_visualization.visualize(network, directions, size=size, steps=steps, progress=False)
        return steps * len(directions), found.activation

    return action


def ours(settings: Mapping[str, Any]) -> Any:
    return _ours(settings, SIZE)


def ours_alone(settings: Mapping[str, Any]) -> Any:
    return _ours(settings, SIZE, UNITS[:1])


def ours_small(settings: Mapping[str, Any]) -> Any:
    return _ours(settings, None)


def _rendered(module: nn.Module, units: Sequence[int], steps: int, **settings: Any) -> np.ndarray:
    """Return lucent's pictures, (unit, y, x, rgb) in 0 to 1."""
    from highlow.pictures.lucent_library import lucent_module

    render, objectives, param = (lucent_module(f"optvis.{name}") for name in ("render", "objectives", "param"))
    terms = [objectives.neuron(f"net_{LAYER}", unit, batch=index) for index, unit in enumerate(units)]
    shown = {"preprocess": False, "progress": False, "show_image": False}
    start = {"param_f": lambda: param.image(SIZE, batch=len(units)), "thresholds": (steps,)}
    found: np.ndarray = render.render_vis(module, objectives.Objective.sum(terms), **start, **shown, **settings)[0]
    return found


def lucents_responses(network: Network, pictures: np.ndarray, units: Sequence[int]) -> list[float]:
    """Return each unit's response to lucent's picture of it, at the position and the size where it is largest.

    Lucent's movements are off centre and shrink the picture, so that the clean picture may lie beside its middle.
    """
    quantized = torch.from_numpy((pictures * 255).round().astype(np.float32) / 255).permute(0, 3, 1, 2)
    best = torch.zeros(len(units))
    with torch.inference_mode():
        for size in (SIZE, 224):
            resized = functional.interpolate(quantized, size=(size, size), mode="bilinear", align_corners=True)
            found = network(resized)[torch.arange(len(units)), list(units)]
            best = torch.maximum(best, found.amax((1, 2)))
    return best.tolist()


def _lucent(settings: Mapping[str, Any], *, best: bool, cut: bool = False) -> Any:
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002 - lucent draws from it
    module: nn.Module = material.Plain(settings["network"], redirected=True)
    if cut:
        module = material.cut(module, LAYER)
    if best:
        module.requires_grad_(False)
    network, steps = material.network(settings["network"], LAYER), settings["steps"]
    units = UNITS if best else UNITS[: settings["alone"]]

    def action() -> tuple[int, Any]:
        if best:
            pictures = _rendered(module, units, steps, fixed_image_size=SIZE)
        else:
            pictures = np.concatenate([_rendered(module, [unit], steps) for unit in units])
        return steps * len(units), lucents_responses(network, pictures, units)

    return action


def lucent_defaults(settings: Mapping[str, Any]) -> Any:
    return _lucent(settings, best=False)


def lucent_best(settings: Mapping[str, Any]) -> Any:
    return _lucent(settings, best=True)


def lucent_cut(settings: Mapping[str, Any]) -> Any:
    return _lucent(settings, best=True, cut=True)


def check(values: harness.Values) -> harness.Check:
    """Check that our pictures reach what lucent's reach: they cannot be the same, each is drawn at random."""
    first, *_ = values.values()
    others = [value for name, value in values.items() if name.startswith("lucent")]
    share = float(np.mean([np.mean(first[: len(other)] >= other) for other in others])) if others else 1.0
    told = ", ".join(f"{value:.3g}" for value in first)
    return harness.Check(f"at least lucent's response in {share:.0%} of pictures; ours {told}", share, share >= 0.75)


def task(settings: Mapping[str, Any], peers: Mapping[str, str]) -> harness.Task:
    place, packages = f"{__name__}:", ("torch-lucent",)
    return harness.Task(
        "pictures",
        f"feature visualization, {LAYER}, {SIZE} px",
        "step of a picture",
        [
            harness.Side(harness.OURS, f"{place}ours"),
            harness.Side("highlow, one unit alone", f"{place}ours_alone", note="computed as two are"),
            harness.Side("highlow, receptive field", f"{place}ours_small", note="48 to 56 px: its own default size"),
            harness.Side("lucent, defaults", f"{place}lucent_defaults", packages=packages),
            harness.Side("lucent, best settings", f"{place}lucent_best", packages=packages),
            harness.Side("lucent, best settings, network cut", f"{place}lucent_cut", packages=packages),
        ],
        check,
        dict(settings) | {"alone": 1 if settings["quick"] else 4, "steps": 64 if settings["quick"] else 128},
        repeats=2 if settings["quick"] else 3,
    )
