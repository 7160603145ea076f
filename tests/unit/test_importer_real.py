"""Real weights in plain modules: the importer gives what the registered networks are, to the last layer in question."""

from types import SimpleNamespace

import pandas as pd
import pytest
import torch
from torch.nn import functional

from highlow.circuits.expanded_weights import expanded_weights
from highlow.networks import choices, model, registry, weights
from highlow.networks.graph import Preprocessing
from highlow.networks.importing.importer import imported
from highlow.networks.model import Network
from highlow.studied.network import Studied
from tests.reference import caffe_modules
from tests.reference.torchvision_models import lucent

pytestmark = pytest.mark.real

PLAIN = Preprocessing((1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
MIXED3A = [f"mixed3a_{part}" for part in ("1x1", "3x3_bottleneck", "3x3", "5x5_bottleneck", "5x5", "pool_reduce")]
FIRE = [f"{fire}_{part}" for fire in ("fire2", "fire3") for part in ("squeeze1x1", "expand1x1", "expand3x3")]
# Registered name: the module, its convolutions' names there; then layer, branch and source, there and in the module.
NETWORKS = {
    "googlenet": (
        caffe_modules.GoogLeNet,
        ["conv2d0", "conv2d1", "conv2d2", *MIXED3A],
        ("mixed3a", "mixed3a_3x3", "maxpool1"),
        ("inception3a", "inception3a.three", "pool2"),
    ),
    "squeezenet1_1": (
        caffe_modules.squeezenet,
        ["conv1", *FIRE],
        ("fire3", "fire3_expand3x3", "fire2"),
        ("5", "5.three", "4"),
    ),
    "vgg19": (
        caffe_modules.vgg,
        ["block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2", "block3_conv1", "block3_conv2"],
        ("block3_conv2", "block3_conv2", "block3_conv1"),
        ("14", "14", "12"),
    ),
}


def registered(name, weights_dir):
    entry = registry.entry(name)
    return weights.extract(entry, entry.padding, weights_dir)[0]


def assert_same(graph, theirs, network, ours):
    """Assert that what detectors are found from is the same: fields, canvases, activations, composed weights."""
    for there, here in zip(theirs[:2], ours[:2], strict=True):
        assert graph.architecture.canvas_size(here) == network.architecture.canvas_size(there)
        assert graph.architecture.field_size(here) == network.architecture.field_size(there)
        size = network.architecture.canvas_size(there)
        images = torch.rand(4, 3, size, size, generator=torch.Generator().manual_seed(0))
        position = network.architecture.central_position(there, size)
        assert graph.architecture.central_position(here, size) == position
        found = Network(graph.architecture, graph.weights, here).at(images, position)
        wanted = Network(network.architecture, network.weights, there).at(images, position)
        assert found.shape == wanted.shape
        assert float((found - wanted).abs().max()) < 1e-5 * float(wanted.abs().max())
    found = expanded_weights(graph.architecture, graph.weights, ours[2], ours[1])
    wanted = expanded_weights(network.architecture, network.weights, theirs[2], theirs[1])
    assert float((found.weight - wanted.weight).abs().max()) < 1e-6 * float(wanted.weight.abs().max())
    assert (found.stride, found.offset) == (wanted.stride, wanted.offset)


@pytest.mark.parametrize("name", NETWORKS)
def test_plain_modules_are_the_registered_networks(weights_dir, name):
    make, convolutions, theirs, ours = NETWORKS[name]
    network = registered(name, weights_dir)
    module = caffe_modules.with_weights(make(), network.weights, convolutions)
    graph = imported(module, PLAIN, name=name, size=96)
    ours = tuple(graph.architecture.node(path).name for path in ours)
    assert_same(graph, theirs, network, ours)
    if name != "vgg19":
        assert len(set(graph.architecture.branch_of_unit(ours[0]))) == len(network.architecture.node(theirs[0]).inputs)


def lucents(network, monkeypatch):
    """Return lucent's module with Google's weights and the normalization of Google's graph."""
    functions = SimpleNamespace(**vars(functional))
    functions.local_response_norm = lambda x, **_: functional.local_response_norm(x, 11, 11e-4, 0.5, 2.0)
    monkeypatch.setattr(lucent, "F", functions)
    state = {}
    for name, (weight, bias) in network.weights.items():
        key = f"{name}_matmul" if name == "softmax2_pre_activation" else f"{name}_pre_relu_conv"
        state |= {f"{key}.weight": weight, f"{key}.bias": bias}
    module = lucent.InceptionV1(redirected_ReLU=False)
    module.load_state_dict(state)
    return module


def test_lucents_module_is_the_registered_network(weights_dir, monkeypatch):
    network = registered("inceptionv1_2015", weights_dir)
    module = lucents(network, monkeypatch)
    graph = imported(module, Preprocessing((255.0,) * 3, (117.0,) * 3), name="lucent", size=224)
    layers = tuple(graph.architecture.node(name).name for name in ("mixed3a", "mixed3a_3x3", "maxpool1"))
    assert_same(graph, ("mixed3a", "mixed3a_3x3", "maxpool1"), network, layers)
    # Its forward is written in one piece: the blocks are where paths meet.
    assert graph.architecture.depth("mixed3a") == (4, 12)
    assert choices.sources(graph.architecture, layers[1])[0] == layers[2]
    grid = {"orientations": 13, "ratios": 6, "phases": 1, "seeds": 1}
    # Both see three colours: where the image is padded by a node of its own, grey ones take another way to round.
    monkeypatch.setattr(model, "_only_reader", lambda architecture: None)
    ours = Studied(graph).detect("mixed3a", **grid)
    theirs = Studied(network, registry.entry("inceptionv1_2015")).detect("mixed3a", **grid)
    numbers = ["unit", "is_detector", "score", "weight_orientation_deg", "hf_lf_map_correlation"]
    pd.testing.assert_frame_equal(ours[numbers], theirs[numbers])
    assert ours["is_detector"].sum() > 0
