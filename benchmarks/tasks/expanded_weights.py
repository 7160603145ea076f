"""Expanded weights from conv2d1 to the 128 units of mixed3a's 3x3 branch: composed, or by one backward pass a unit.

The backward passes run over the network whose nonlinearities are the identity: in a loop over units at 224 px, as it is
mostly written, and at their best, over the smallest map, where one forward pass serves them all.
"""

from collections.abc import Mapping
from typing import Any

import torch

from benchmarks import harness, material
from highlow.circuits import expanded_weights
from highlow.networks.model import Network

SOURCE, TARGET = "conv2d1", "mixed3a_3x3"


def ours(settings: Mapping[str, Any]) -> Any:
    found = material.extracted(settings["network"])

    def action() -> tuple[int, Any]:
        kernel = expanded_weights.expanded_weights(found.architecture, found.weights, SOURCE, TARGET)
        return len(kernel.weight), kernel.weight.numpy()

    return action


def _by_backward_passes(settings: Mapping[str, Any], size: int, *, shared: bool) -> Any:
    found = material.extracted(settings["network"])
    network = Network(found.architecture, found.weights, TARGET, linear=True)
    kernel = expanded_weights.expanded_weights(found.architecture, found.weights, SOURCE, TARGET)
    units, channels, height, width = kernel.weight.shape
    position = size // kernel.stride // 2
    top, left = (position * kernel.stride + offset for offset in kernel.offset)

    def action() -> tuple[int, Any]:
        start = torch.zeros(1, channels, size, size, requires_grad=True)
        rows, answers = [], None
        for unit in range(units):
            if answers is None or not shared:
                answers = network.run(start, start=SOURCE)[TARGET][0, :, position, position]
            rows.append(torch.autograd.grad(answers[unit], start, retain_graph=shared)[0])
        return units, torch.cat(rows)[:, :, top : top + height, left : left + width].numpy()

    return action


def small(settings: Mapping[str, Any]) -> Any:
    return _by_backward_passes(settings, 16, shared=True)


def whole(settings: Mapping[str, Any]) -> Any:
    return _by_backward_passes(settings, 56, shared=False)


def task(settings: Mapping[str, Any], peers: Mapping[str, str]) -> harness.Task:
    place = f"{__name__}:"
    return harness.Task(
        "expanded_weights",
        f"expanded weights, {SOURCE} to {TARGET}",
        "unit",
        [
            harness.Side(harness.OURS, f"{place}ours"),
            harness.Side(
                "backward passes, 224 px", f"{place}whole", note="a loop over units, each with its forward pass"
            ),
            harness.Side("backward passes, best", f"{place}small", note="one forward pass for all, smallest map"),
        ],
        lambda values: harness.same(values, 1e-4, "weights"),
        settings,
    )
