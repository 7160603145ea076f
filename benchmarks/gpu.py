"""Every check on a GPU, where PyTorch finds one: the CPU's numbers, throughput, share of the roofline, memory.

Where there is none it says so in one line.

python -m benchmarks.gpu
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch

from benchmarks import command, counting, material
from benchmarks.tasks import examples
from benchmarks.tasks.tuning_grid import grid
from highlow.networks.architectures import architecture
from highlow.pictures import dataset_examples, feature_visualization, image_reader
from highlow.pictures.image_files import IMAGE_SIZE
from highlow.probes import responses
from highlow.training import loop
from highlow.training.recipe import Recipe

TOLERANCE = 1e-4  # relative to the largest number
MATRIX, COPIED = 8192, 2**28
UNITS, STEPS, IMAGES, TRAINED = 64, 64, 64, 20
NONE = "no GPU here: PyTorch finds none, and nothing of this project needs one"


def seconds(action: Callable[[], object]) -> float:
    """Return the time of a call, after one that does not count, with what the GPU does behind it."""
    action()
    torch.cuda.synchronize()
    start = time.perf_counter()
    action()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def ceilings(device: torch.device) -> dict[str, float]:
    """Return float32 matrix products in GFLOP/s, without TF32, and a large copy in GB/s."""
    matrix, source = torch.rand(MATRIX, MATRIX, device=device), torch.rand(COPIED, device=device)
    target = torch.empty_like(source)
    product = 2e-9 * MATRIX**3 / seconds(lambda: matrix @ matrix)
    return {"gflops": product, "gbytes": 2e-9 * source.nbytes / seconds(lambda: target.copy_(source))}


def differ(first: np.ndarray, second: np.ndarray) -> float:
    """Return the largest difference, relative to the largest number."""
    return float(np.abs(first - second).max() / np.abs(first).max())


def of_grid(settings: Mapping[str, Any], device: torch.device, limits: Mapping[str, float]) -> dict[str, Any]:
    network, family = material.network(settings["network"], "mixed3a"), grid()
    cpu = responses.answers(network, family)
    network = network.to(device)
    answers = responses.answers(network, family, device=device)
    took = seconds(lambda: responses.answers(network, family, device=device)) / len(family)
    graph = network.architecture
    canvas = graph.canvas_size("mixed3a")
    need = counting.needs(graph, "mixed3a", canvas, graph.central_position("mixed3a", canvas))
    reached = need.operations / limits["gflops"] * 1e-9 / took
    return {"difference": differ(cpu, answers), "stimuli_a_second": 1 / took, "fraction": reached}


def of_pictures(settings: Mapping[str, Any], device: torch.device, limits: Mapping[str, float]) -> dict[str, Any]:
    network = material.network(settings["network"], "mixed3a")
    channels = network.architecture.node("mixed3a").channels
    directions = feature_visualization.one_hot(64 + np.arange(UNITS), channels)

    def made(where: torch.device, count: int) -> feature_visualization.Visualization:
        shown = {"steps": STEPS, "device": where, "progress": False}
        return feature_visualization.visualize(network, directions[:count], **shown)

    found = made(device, UNITS)
    took = seconds(lambda: made(device, UNITS)) / (UNITS * STEPS)
    # Two optimizations drift apart by rounding; a finished picture gets the same answer on both.
    answers = [feature_visualization.responses(network, found.images, where) for where in (torch.device("cpu"), device)]
    return {"difference": differ(*answers), "steps_a_second": 1 / took}


def of_search(settings: Mapping[str, Any], device: torch.device, limits: Mapping[str, float]) -> dict[str, Any]:
    names = material.chosen(settings["images_dir"], IMAGES)
    files = list(enumerate(image_reader.read_all(settings["images_dir"], names)))

    def found(where: torch.device) -> np.ndarray:
        network = dataset_examples.network_of(material.extracted(settings["network"]), examples.LAYERS).to(where)
        result = dataset_examples.search(network, files, examples.LAYERS, examples.BEST, device=where)
        return np.nan_to_num(np.concatenate([result[layer][0].score[:, 0] for layer in examples.LAYERS]))

    cpu = found(torch.device("cpu"))
    took = seconds(lambda: found(device)) / len(files)
    graph = material.extracted(settings["network"]).architecture
    reached = counting.needs(graph, "mixed3b", IMAGE_SIZE).operations / limits["gflops"] * 1e-9 / took
    return {"difference": differ(cpu, found(device)), "photographs_a_second": 1 / took, "fraction": reached}


def of_training(settings: Mapping[str, Any], device: torch.device, limits: Mapping[str, float]) -> dict[str, Any]:
    """Compare the answers of a learner that is as it starts, and time steps of it."""
    graph, recipe = architecture("inceptionv1_selfsup"), Recipe()
    torch.manual_seed(0)
    learner = loop.Learner(graph, 100)
    crops = torch.rand(recipe.batch, 3, recipe.crop_size, recipe.crop_size)
    with torch.no_grad():
        cpu = learner.eval()(crops)["photograph"].numpy()
    learner, shown = learner.to(device), crops.to(device)
    with torch.no_grad(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        gpu = learner(shown)["photograph"].cpu().numpy()
    learner.train()

    def step() -> None:
        for _ in range(TRAINED):
            with torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16"):
                answers = learner(shown)
            learner.zero_grad(set_to_none=True)
            sum(value.float().square().mean() for value in answers.values()).backward()

    return {"difference": differ(cpu, gpu), "steps_a_second": TRAINED / seconds(step)}


CHECKS = {"tuning grid": of_grid, "pictures": of_pictures, "search": of_search, "training": of_training}


def main() -> None:
    settings = command.settings(__doc__)
    if not torch.cuda.is_available():
        print(NONE)
        command.write("gpu", settings, {"gpu": None})
        return
    device = torch.device("cuda")
    limits = ceilings(device)
    found = {}
    for name, check in CHECKS.items():
        torch.cuda.reset_peak_memory_stats()
        told = check(settings, device, limits)
        told |= {"memory_mb": torch.cuda.max_memory_allocated() / 1e6, "same": told["difference"] <= TOLERANCE}
        print(name, ", ".join(f"{key} {value:.3g}" for key, value in told.items()), flush=True)
        found[name] = told
    command.write("gpu", settings, {"gpu": torch.cuda.get_device_name(), "ceilings": limits, "checks": found})
    if not all(told["same"] for told in found.values()):
        raise SystemExit(f"error: numbers of the GPU and of the CPU differ by more than {TOLERANCE:g}")


if __name__ == "__main__":
    main()
