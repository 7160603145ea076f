import numpy as np
import pytest
import torch

from highlow.circuits import expanded_weight_file
from highlow.circuits import expanded_weights as expanded
from highlow.networks import registry, weights
from highlow.networks.extracted import Extracted
from highlow.networks.geometry import Window
from highlow.networks.graph import Architecture, Node, Preprocessing
from highlow.networks.loading import extracted_network
from highlow.networks.model import Network
from highlow.runs.errors import HighlowError

PATHS = [
    ("maxpool1", "mixed3a_3x3"),
    ("conv2d1", "mixed3a_3x3"),
    ("conv2d1", "mixed3a_5x5"),
    ("maxpool1", "mixed3a_pool_reduce"),
    ("mixed3a", "mixed3b_3x3"),
    ("maxpool1", "mixed3b_3x3"),
    ("conv2d0", "mixed3a_1x1"),
    ("mixed3a", "mixed3b"),
]


def by_autograd(extracted, source, target, size, unit):
    """Derivative of one unit at its central position by the source activations, in the linearised network."""
    network = Network(extracted.architecture, extracted.weights, target, linear=True)
    start = torch.zeros(1, network.architecture.by_name[source].channels, size, size, requires_grad=True)
    answer = network.run(start, start=source)[target]
    position = answer.shape[-1] // 2
    answer[0, unit, position, position].backward()
    return start.grad[0], position


def check(extracted, source, target, units):
    kernel = expanded.expanded_weights(extracted.architecture, extracted.weights, source, target)
    for unit in units:
        gradient, position = by_autograd(extracted, source, target, 32, unit)
        first = position * kernel.stride + kernel.offset[0]
        taps = kernel.weight.shape[-1]
        window = gradient[:, first : first + taps, first : first + taps]
        ours = kernel.weight[unit]
        assert float((ours - window).abs().max()) <= 1e-5 * float(window.abs().max())
        assert float(gradient.abs().sum()) == pytest.approx(float(window.abs().sum()), rel=1e-6)


@pytest.mark.parametrize("source,target", PATHS)
def test_planted_agrees_with_autograd(source, target):
    extracted = extracted_network(registry.entry("planted"), 0)
    check(extracted, source, target, (0, 17))


@pytest.mark.real
@pytest.mark.parametrize("padding", ["caffe", "same"])
@pytest.mark.parametrize("source,target", PATHS)
def test_googlenet_agrees_with_autograd(weights_dir, padding, source, target):
    extracted, _ = weights.extract(registry.entry("googlenet"), padding, weights_dir)
    check(extracted, source, target, (3, 29))


def test_pools_between_convolutions_agree_with_autograd():
    """Whose means are taken last: overlapping, of other height than width, behind strides and dilations."""
    chain = [
        Node("image", "input", (), 3),
        Node("first", "conv", ("image",), 4, Window(3)),
        Node("wide", "conv", ("first",), 6, Window(3, 2, dilation=2), Window(1, 2), groups=2),
        Node("pool", "max_pool", ("wide",), 6, Window(3, 2), Window(2, 2)),
        Node("narrow", "conv", ("pool",), 8, Window(1)),
        Node("scale", "scale", ("narrow",), 8),
        Node("mean", "avg_pool", ("scale",), 8, Window(2, 1, dilation=1), Window(3, 1)),
        Node("middle", "conv", ("mean",), 5, Window(3), Window(2)),
        Node("shorter", "avg_pool", ("middle",), 5, Window(2, 2)),
        Node("other", "conv", ("shorter",), 6, Window(1)),
        Node("last", "conv", ("shorter",), 6, Window(2)),
        Node("ends", "concat", ("other", "last"), 12),
    ]
    nodes = {node.name: node for node in chain}
    generator = torch.Generator().manual_seed(0)
    weights = {}
    for node in chain:
        if node.has_weights:
            taps = [window.kernel for window in node.windows]
            inputs = nodes[node.inputs[0]].channels // node.groups
            shape = (node.channels, inputs, *taps) if node.op == "conv" else (node.channels,)
            weights[node.name] = (torch.randn(shape, generator=generator), torch.randn(shape[0], generator=generator))
    architecture = Architecture("chain", tuple(chain), Preprocessing((1, 1, 1), (0, 0, 0)))
    for target in ("other", "last", "middle", "mean", "pool"):
        kernel = expanded.expanded_weights(architecture, weights, "first", target)
        for unit in (0, 4):
            gradient, position = by_autograd(Extracted("chain", architecture, weights), "first", target, 64, unit)
            rows, columns = (
                slice(position * kernel.stride + offset, position * kernel.stride + offset + taps)
                for offset, taps in zip(kernel.offset, kernel.weight.shape[2:], strict=True)
            )
            window = gradient[:, rows, columns]
            assert float((kernel.weight[unit] - window).abs().max()) <= 1e-5 * float(window.abs().max())
            assert float(gradient.abs().sum()) == pytest.approx(float(window.abs().sum()), rel=1e-6)


def test_three_by_three_branch_is_the_published_formula():
    extracted = extracted_network(registry.entry("planted"), 0)
    kernel = expanded.expanded_weights(extracted.architecture, extracted.weights, "maxpool1", "mixed3a_3x3")
    spatial = extracted.weights["mixed3a_3x3"][0].numpy()
    bottleneck = extracted.weights["mixed3a_3x3_bottleneck"][0].numpy()[:, :, 0, 0]
    np.testing.assert_allclose(kernel.weight, np.einsum("omyx,mi->oiyx", spatial, bottleneck), rtol=1e-4, atol=1e-6)


def test_unrelated_layers_are_refused():
    extracted = extracted_network(registry.entry("planted"), 0)
    for source, target in (("mixed3b", "mixed3a"), ("mixed3a_1x1", "mixed3a_3x3"), ("mixed3a", "mixed3a")):
        with pytest.raises(HighlowError, match="does not depend on"):
            expanded.expanded_weights(extracted.architecture, extracted.weights, source, target)


def test_branches_on_disk(tmp_path):
    extracted = extracted_network(registry.entry("planted"), 0)
    path = tmp_path / "maxpool1_to_mixed3a.h5"
    expanded.write(path, extracted.architecture, extracted.weights, "maxpool1", "mixed3a", {})
    weight, units = expanded_weight_file.read(path, "3x3")
    assert weight.shape == (128, 192, 3, 3)
    assert (units == np.arange(64, 192)).all()
    with pytest.raises(HighlowError, match="no branch '7x7'"):
        expanded_weight_file.read(path, "7x7")


def test_only_branches_behind_a_source_are_on_disk(tmp_path):
    extracted = extracted_network(registry.entry("planted"), 0)
    path = tmp_path / "bottleneck.h5"
    expanded.write(path, extracted.architecture, extracted.weights, "mixed3a_3x3_bottleneck", "mixed3a", {})
    weight, units = expanded_weight_file.read(path, "3x3")
    np.testing.assert_allclose(weight, extracted.weights["mixed3a_3x3"][0].numpy(), rtol=1e-6)
    assert (units == np.arange(64, 192)).all()
    with pytest.raises(HighlowError, match="no branch '1x1'; it has: 3x3"):
        expanded_weight_file.read(path, "1x1")
    with pytest.raises(HighlowError, match="does not depend on"):
        expanded.write(path, extracted.architecture, extracted.weights, "mixed3b", "mixed3a", {})
