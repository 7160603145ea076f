"""How near the main kernels come to what this machine can do: two ceilings, measured in the same run, on one thread.

A kernel needs so many operations (two for a multiplication with its addition, of convolutions and matrix products, at
the positions that are computed) and so many bytes (images, results, and weights once a batch; what lies between may
stay in a cache). The ceilings, of matrix products of the best size and of a large copy, say how long that takes at
least; the fraction is that time over the measured one. Where it is below one half, what took the time is named.

python -m benchmarks.roofline
"""

import cProfile
import pstats
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile, record_function

from benchmarks import command, counting, material
from benchmarks.tasks import factors as factor_task
from highlow.circuits import expanded_weights, factors
from highlow.pictures import feature_visualization
from highlow.pictures.image_files import IMAGE_SIZE
from highlow.probes import families, responses
from highlow.runs.allocator import keep_freed_memory

ROWS = (256, 512, 1024, 2048)  # of square matrices: the largest are not on every processor the fastest
COPIED = 2**26  # float32 values, 256 MB, beyond any cache but the largest
PICTURES, STEPS = feature_visualization.CPU_BATCH[0], 24  # one full batch
BETWEEN = "Python between kernels"


@dataclass(frozen=True)
class Kernel:
    """Something that takes the time: what runs it, how often it is done in a call, and what one needs.

    Attributes
    ----------
    title : str
    action : callable
    items : int
        Done in a call.
    operations, moved : float
        Operations and bytes that one needs.
    double : bool
        Whether it computes in float64.
    """

    title: str
    action: Callable[[], object]
    items: int
    operations: float
    moved: float
    double: bool = False


def seconds(action: Callable[[], object], repeats: int = 5) -> float:
    """Return the median processor time of some calls, after one that does not count."""
    action()
    found = []
    for _ in range(repeats):
        start = time.process_time()
        action()
        found.append(time.process_time() - start)
    return median(found)


def product(rows: int, dtype: torch.dtype) -> float:
    """Return the GFLOP/s of products of square matrices."""
    matrix = torch.rand(rows, rows, dtype=dtype)
    result = torch.empty_like(matrix)
    count = (ROWS[-1] // rows) ** 3  # as long for any size

    def multiply() -> None:
        for _ in range(count):
            torch.mm(matrix, matrix, out=result)

    return 2e-9 * rows**3 * count / seconds(multiply, 3)


def ceilings() -> dict[str, float]:
    """Return the best matrix product in GFLOP/s, float32 and float64, and a large copy in GB/s, read and written."""
    found = {
        name: max(product(rows, dtype) for rows in ROWS)
        for name, dtype in (("gflops", torch.float32), ("gflops_double", torch.float64))
    }
    source = torch.rand(COPIED)
    target = torch.empty_like(source)
    return found | {"gbytes": 2e-9 * source.nbytes / seconds(lambda: target.copy_(source))}


def kernels(name: str) -> list[Kernel]:
    """Return the main kernels for a network."""
    found = material.extracted(name)
    architecture = found.architecture
    grid = families.family("high_low", orientation_count=16, ratio_count=8, phase_count=2, pattern_size=60, seed=0)
    studied, searched = material.network(name, "mixed3a"), material.network(name, "mixed3b")
    canvas = architecture.canvas_size("mixed3a")
    at = counting.needs(architecture, "mixed3a", canvas, architecture.central_position("mixed3a", canvas))
    whole = counting.needs(architecture, "mixed3b", IMAGE_SIZE)
    # A unit of a branch is pictured through that branch alone, over its own canvas.
    branch, first = "mixed3a_3x3", architecture.branch_of_unit("mixed3a").index("3x3")
    window = architecture.canvas_size(branch)
    step = counting.needs(architecture, branch, window, architecture.central_position(branch, window))
    units = feature_visualization.one_hot(np.arange(first, first + PICTURES), architecture.node("mixed3a").channels)
    photograph = torch.rand(1, 3, IMAGE_SIZE, IMAGE_SIZE, generator=torch.Generator().manual_seed(0))
    weight = factor_task.weight({"network": name})
    matrix = factors.as_matrix(weight)
    fit, iterations = counting.factorization(matrix, factor_task.RANK)

    def forward() -> None:
        with torch.inference_mode():
            searched(photograph)

    def pictures() -> None:
        feature_visualization.visualize(studied, units, steps=STEPS, progress=False)

    def composed() -> None:
        expanded_weights.expanded_weights(architecture, found.weights, "conv2d1", branch)

    return [
        Kernel(
            "stimulus of the tuning grid, mixed3a",
            lambda: responses.answers(studied, grid),
            len(grid),
            at.operations,
            at.ends + at.weights / responses.BATCH,
        ),
        Kernel("photograph to mixed3b", forward, 1, whole.operations, whole.ends + whole.weights),
        # Forward, and backward to the picture; weights stay as they are.
        Kernel(
            "step of a picture, mixed3a",
            pictures,
            PICTURES * STEPS,
            2 * step.operations,
            2 * (step.ends + step.weights / PICTURES),
        ),
        Kernel(
            "expanded weights, conv2d1 to mixed3a",
            composed,
            1,
            *counting.composition(architecture, "conv2d1", branch),
            double=True,
        ),
        Kernel(
            "factors, one start",
            fit,
            1,
            8.0 * iterations * matrix.size * factor_task.RANK,  # both halves: twice X H, W X and their updates
            2.0 * matrix.nbytes,
            double=True,
        ),
    ]


def shares(action: Callable[[], object]) -> dict[str, float]:
    """Return the five kernels of PyTorch that took the most time, as shares of it, and what lies between kernels."""
    with profile(activities=[ProfilerActivity.CPU], acc_events=True):
        torch.zeros(1)  # its start takes time
    with profile(activities=[ProfilerActivity.CPU], acc_events=True) as found, record_function(BETWEEN):
        action()
    spent = {item.key.removeprefix("aten::"): item.self_cpu_time_total for item in found.key_averages()}
    total = sum(spent.values())
    largest = sorted(spent.keys() - {BETWEEN}, key=lambda name: -spent[name])[:5]
    return {name: round(spent[name] / total, 3) for name in (*largest, BETWEEN)}


def functions(action: Callable[[], object]) -> dict[str, float]:
    """Return the five functions of Python that took the most time themselves, as shares of it."""
    with cProfile.Profile() as found:
        action()
    stats = pstats.Stats(found)
    spent = {name: times[2] for (_, _, name), times in stats.stats.items()}  # type: ignore[attr-defined]
    return {name: round(spent[name] / stats.total_tt, 3) for name in sorted(spent, key=lambda name: -spent[name])[:5]}


def measured(kernel: Kernel, limits: Mapping[str, float]) -> dict[str, Any]:
    """Return what a kernel needs, took, and reached."""
    took = seconds(kernel.action) / kernel.items
    computing = kernel.operations / limits["gflops_double" if kernel.double else "gflops"] * 1e-9
    moving = kernel.moved / limits["gbytes"] * 1e-9
    fraction = max(computing, moving) / took
    told = {
        "title": kernel.title,
        "seconds": took,
        "operations": kernel.operations,
        "bytes": kernel.moved,
        "bound": "arithmetic" if computing > moving else "memory",
        "fraction": fraction,
    }
    if fraction < 0.5:
        told["held_by"] = functions(kernel.action) if kernel.title.startswith("factors") else shares(kernel.action)
    print(f"{kernel.title}: {1000 * took:.3g} ms, {fraction:.0%} of the roofline ({told['bound']})", flush=True)
    return told


def main() -> None:
    settings = command.settings(__doc__)
    torch.set_num_threads(1)
    keep_freed_memory()  # as every script does
    limits = ceilings()
    print(", ".join(f"{name} {value:.0f}" for name, value in limits.items()), flush=True)
    found = [measured(kernel, limits) for kernel in kernels(settings["network"])]
    command.write("roofline", settings, {"ceilings": limits, "kernels": found})


if __name__ == "__main__":
    main()
