"""How time and memory grow with units, stimuli, images, image size and networks: exponents of power laws.

Every point is measured in a process of its own, because a peak of memory never goes down. Time leaves its start out;
memory is the whole process, with the libraries that it has imported.

python -m benchmarks.growth
"""

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from benchmarks import command, harness, machine, material

# Sizes, and the same when quick.
SIZES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "units": ((8, 32, 128), (8, 16, 32)),
    "stimuli": ((512, 2048, 8192), (256, 512, 1024)),
    "images": ((50, 100, 200), (16, 32, 64)),
    "image size": ((112, 224, 448), (112, 224, 448)),
    "networks": ((1, 2, 4), (1, 2, 4)),
}
WHAT = {
    "units": "pictures of so many units, 16 steps each",
    "stimuli": "responses of mixed3a to so many stimuli",
    "images": "dataset examples of four layers in so many images",
    "image size": "one image of so many pixels a side, up to mixed3b",
    "networks": "planning everything, with figures that compare so many networks",
}
OTHERS = ("inceptionv1_selfsup_seed1", "planted", "planted_seed1", "planted_wide", "planted_deep")


def ours(settings: Mapping[str, Any]) -> Callable[[], tuple[int, Any]]:
    """Return what one size of one axis does."""
    return {"units": _units, "stimuli": _stimuli, "images": _images, "image size": _size, "networks": _networks}[
        settings["axis"]
    ](settings)


def _units(settings: Mapping[str, Any]) -> Callable[[], tuple[int, Any]]:
    from highlow.pictures import feature_visualization

    network = material.network(settings["network"], "mixed3a")
    units = 64 + np.arange(settings["size"]) % 128
    directions = feature_visualization.one_hot(units, network.architecture.node("mixed3a").channels)

    def action() -> tuple[int, Any]:
        return 1, feature_visualization.visualize(network, directions, steps=16, progress=False).activation

    return action


def _stimuli(settings: Mapping[str, Any]) -> Callable[[], tuple[int, Any]]:
    from highlow.probes import families, responses

    network, count = material.network(settings["network"], "mixed3a"), settings["size"]
    sizes = {"orientation_count": count // 16, "ratio_count": 8, "phase_count": 2}
    family = families.family("high_low", **sizes, pattern_size=60, seed=0)
    return lambda: (1, responses.answers(network, family))


def _images(settings: Mapping[str, Any]) -> Callable[[], tuple[int, Any]]:
    from benchmarks.tasks import examples

    action = examples.ours(dict(settings) | {"count": settings["size"]})
    return lambda: (1, action()[1])


def _size(settings: Mapping[str, Any]) -> Callable[[], tuple[int, Any]]:
    network = material.network(settings["network"], "mixed3b")
    image = torch.rand(1, 3, settings["size"], settings["size"])

    def action() -> tuple[int, Any]:
        with torch.inference_mode():
            return 1, network(image).numpy()

    return action


def _networks(settings: Mapping[str, Any]) -> Callable[[], tuple[int, Any]]:
    names = ",".join(OTHERS[: settings["size"] - 1])
    words = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "--directory", settings["scratch"], "all"]
    variables = {name: value for name, value in os.environ.items() if name not in ("HIGHLOW_WEIGHTS", "HIGHLOW_IMAGES")}

    def action() -> tuple[int, Any]:
        command = [*words, "--config", f"universality=[{names}]"]
        subprocess.run(command, cwd=machine.ROOT, env=variables, capture_output=True, check=True)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
        return 1, [peak]

    return action


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return the exponent of the power law that fits best, in logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def measured(axis: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return time and memory along an axis."""
    sizes = SIZES[axis][settings["quick"]]
    seconds, memory = [], []
    for size in sizes:
        side = harness.Side(axis, "benchmarks.growth:ours")
        path = f"{settings['scratch']}/growth.npy"
        with harness.Worker(side, dict(settings) | {"axis": axis, "size": size}) as worker:
            runs = [worker.run(path) for _ in range(2)]
        seconds.append(min(run["seconds"] for run in runs))
        own = float(np.load(path)[0]) if axis == "networks" else 0.0
        memory.append(max(own, 0.0) or max(run["memory_mb"] for run in runs))
    told = {
        "axis": axis,
        "what": WHAT[axis],
        "sizes": list(sizes),
        "seconds": seconds,
        "memory_mb": memory,
        "exponent_of_time": exponent(sizes, seconds),
        "exponent_of_memory": exponent(sizes, memory),
    }
    print(f"{axis}: time {told['exponent_of_time']:.2f}, memory {told['exponent_of_memory']:.2f}", flush=True)
    return told


def main() -> None:
    settings = command.settings(__doc__)
    command.write("growth", settings, {"axes": [measured(axis, settings) for axis in SIZES]})


if __name__ == "__main__":
    main()
