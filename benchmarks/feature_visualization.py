"""Compare feature visualization with lucent's `render_vis`: same network, layer, units and steps, one core, one run.

Prints unit-steps a second of CPU time (median over units) as ratios, and the response of the unit in the middle of the
clean picture. Lucent runs the whole network as its users do; its best settings are a fixed image size, frozen weights
and all units in one batch, also with the network cut at the layer, which lucent itself cannot do.

python benchmarks/feature_visualization.py --network googlenet --units 148 121 106 100
"""

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from highlow.networks import load
from highlow.networks.graph import Node
from highlow.networks.model import Network, View
from highlow.pictures import feature_visualization
from highlow.pictures.lucent_library import lucent_module

render, objectives, param = (lucent_module(f"optvis.{name}") for name in ("render", "objectives", "param"))
SIZE = 128  # lucent's default


class Hookable(Network):
    """A network whose nodes lucent can hook, as `nodes_<name>`."""

    def __init__(self, network: Network, layer: str, frozen: bool) -> None:
        weights = {name: (network.weights[name], network.biases[name]) for name in network.weights}
        super().__init__(network.architecture, weights, layer)
        self.nodes = nn.ModuleDict({node.name: nn.Identity() for node in self.architecture.nodes})
        self.requires_grad_(not frozen)

    def _compute(self, node: Node, alive: Mapping[str, Tensor], view: View) -> Tensor:
        return self.nodes[node.name](super()._compute(node, alive, view))


def rendered(network: Hookable, layer: str, units: Sequence[int], steps: int, **settings: object) -> np.ndarray:
    """Return lucent's pictures, (unit, y, x, rgb) in 0 to 1."""
    terms = [objectives.neuron(f"nodes_{layer}", unit, batch=index) for index, unit in enumerate(units)]
    return render.render_vis(
        network,
        objectives.Objective.sum(terms),
        param_f=lambda: param.image(SIZE, batch=len(units)),
        thresholds=(steps,),
        preprocess=False,
        progress=False,
        show_image=False,
        **settings,
    )[0]


def lucents_responses(network: Network, pictures: np.ndarray, units: Sequence[int]) -> list[list[float]]:
    """Return each unit's response to lucent's picture of it, (unit, 2): at lucent's middle, and at the best position.

    Each at the better of the sizes that lucent may have shown. Lucent's movements are off centre and shrink the
    picture, so that the clean picture may lie beside its middle.
    """
    quantized = torch.from_numpy((pictures * 255).round().astype(np.float32) / 255).permute(0, 3, 1, 2)
    best = torch.zeros(len(units), 2)
    with torch.inference_mode():
        for size in (SIZE, 224):
            resized = functional.interpolate(quantized, size=(size, size), mode="bilinear", align_corners=True)
            answers = network(resized)[torch.arange(len(units)), list(units)]
            middle = answers[:, answers.shape[1] // 2, answers.shape[2] // 2]
            best = torch.maximum(best, torch.stack([middle, answers.amax((1, 2))], dim=1))
    return best.tolist()


def seconds(action: Callable[[], object]) -> tuple[float, object]:
    start = time.process_time()
    result = action()
    return time.process_time() - start, result


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", default="planted", help="registry name")
    parser.add_argument("--layer", default="mixed3a")
    parser.add_argument("--last", default="", help="where the whole network ends; default: its classifier, or mixed3b")
    parser.add_argument("--units", nargs="+", type=int, default=[70, 88, 106, 110])
    parser.add_argument("--steps", type=int, default=128)
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002 - lucent draws from it
    layer, units, steps = options.layer, options.units, options.steps
    cut = load(options.network, layer)
    whole = load(options.network, options.last or ("mixed3b" if options.network == "planted" else None))
    directions = feature_visualization.one_hot(np.array(units), cut.architecture.node(layer).channels)

    spent: dict[str, list[float]] = {}
    reached: dict[str, list[list[float]]] = {}
    for name, size in (("here, 128 px", SIZE), ("here, receptive field", None)):
        needed, found = seconds(
            lambda size=size: feature_visualization.visualize(cut, directions, size=size, steps=steps, progress=False)
        )
        spent[name], reached[name] = (
            [needed / len(units)] * len(units),
            [[answer] * 2 for answer in found.activation.tolist()],
        )
    spent["lucent, defaults"], pictures = [], []
    defaults = Hookable(whole, whole.layer, frozen=False)
    for unit in units:
        needed, picture = seconds(lambda unit=unit: rendered(defaults, layer, [unit], steps))
        spent["lucent, defaults"].append(needed)
        pictures.append(picture)
    reached["lucent, defaults"] = lucents_responses(cut, np.concatenate(pictures), units)
    for name, network in (("lucent, best", whole), ("lucent, best, network cut", cut)):
        frozen = Hookable(network, network.layer, frozen=True)
        needed, picture = seconds(lambda frozen=frozen: rendered(frozen, layer, units, steps, fixed_image_size=SIZE))
        spent[name], reached[name] = [needed / len(units)] * len(units), lucents_responses(cut, picture, units)

    print(f"{options.network} {layer}, units {units}, {steps} steps, one core")
    for name, times in spent.items():
        middle, best = (
            ", ".join(f"{answer:.0f}" for answer in answers) for answers in zip(*reached[name], strict=True)
        )
        print(
            f"{name}: {steps / median(times):.1f} unit-steps a second, responses {middle}; at the best position {best}"
        )
    for ours, theirs, wanted in (
        ("here, 128 px", "lucent, defaults", 6),
        ("here, 128 px", "lucent, best", 1.7),
        ("here, 128 px", "lucent, best, network cut", 1.7),
        ("here, receptive field", "lucent, defaults", 15),
    ):
        ratio = median(spent[theirs]) / median(spent[ours])
        share = np.mean(np.array(reached[ours]) >= np.array(reached[theirs]))
        print(
            f"{ours} against {theirs}: {ratio:.1f} times as fast (wanted: {wanted}); at least its response: {share:.0%}"
        )


if __name__ == "__main__":
    main()
