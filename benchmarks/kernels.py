"""Compare the pipeline's kernels with the plain way of computing the same, in one run; prints ratios of seconds.

python benchmarks/kernels.py
"""

import time
from collections.abc import Callable
from statistics import median

import numpy as np
import torch

from highlow.circuits.expanded_weights import expanded_weights
from highlow.networks import registry
from highlow.networks.loading import generated
from highlow.networks.model import Network
from highlow.probes import families, responses

REPEATS = 5
FAMILY = families.family("high_low", orientation_count=9, ratio_count=8, phase_count=2, pattern_size=60, seed=0)


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def compare(name: str, ours: Callable[[], object], plain: Callable[[], object]) -> None:
    """Time both in turn, so that other load on the machine hits both alike."""
    ratios = [seconds(plain) / seconds(ours) for _ in range(REPEATS)]
    print(f"{name}: {median(ratios):.1f} times as fast (from {min(ratios):.1f} to {max(ratios):.1f})")


def answers(network: Network, size: int | None) -> np.ndarray:
    return np.concatenate([answer for _, answer in responses.responses(network, FAMILY, size=size)])


def by_backward_passes(network: Network, source: str, units: int) -> torch.Tensor:
    rows = []
    for unit in range(units):
        start = torch.zeros(1, 64, 32, 32, requires_grad=True)
        network.run(start, start=source)[network.layer][0, unit, 7, 7].backward()
        rows.append(start.grad)
    return torch.cat(rows)


def main() -> None:
    torch.manual_seed(0)
    extracted = generated(registry.entry("planted"), 0)
    network = Network(extracted.architecture, extracted.weights, "mixed3a")
    full = Network(extracted.architecture, extracted.weights, "mixed3b")
    compare("receptive-field canvas against 224 px", lambda: answers(network, None), lambda: answers(network, 224))
    compare("truncation at mixed3a against mixed3b", lambda: answers(network, 224), lambda: answers(full, 224))
    linear = Network(extracted.architecture, extracted.weights, "mixed3a_3x3", linear=True)
    compare(
        "composed expanded weights against a backward pass a unit",
        lambda: expanded_weights(extracted.architecture, extracted.weights, "conv2d1", "mixed3a_3x3"),
        lambda: by_backward_passes(linear, "conv2d1", 128),
    )


if __name__ == "__main__":
    main()
