"""Networks of torchvision and of timm through the importer: the same activations and the same logits.

Graph and module are computed in float64, so that the difference is that of the weights, which the importer rounds to
float32 when norms are folded in. Weights and batch statistics are random; sizes are odd where the module takes these.
"""

import pytest
import torch

from highlow.networks.model import Network
from highlow.runs.errors import HighlowError
from tests.reference.foreign_networks import activations, graph_of, timm_model, torchvision_model

EXAMPLE = 64
# Name: image in pixels, three layers by the paths of their modules, and the gain of the random weights if it is not 1.
TORCHVISION = {
    "alexnet": (225, ("features.2", "features.7", "features.12")),
    "vgg11": (97, ("features.2", "features.9", "features.20")),
    "vgg13": (75, ("features.4", "features.13", "features.24")),
    "vgg16": (75, ("features.4", "features.16", "features.30")),
    "vgg19": (75, ("features.4", "features.18", "features.36")),
    "vgg11_bn": (75, ("features.3", "features.13", "features.28")),
    "vgg13_bn": (75, ("features.6", "features.20", "features.34")),
    "vgg16_bn": (75, ("features.6", "features.23", "features.43")),
    "vgg19_bn": (75, ("features.6", "features.26", "features.52")),
    "resnet18": (225, ("maxpool", "layer2.0", "layer4.1")),
    "resnet34": (97, ("layer1.2", "layer2.0", "layer4.1")),
    "resnet50": (97, ("layer1.0", "layer2.3", "layer4.2")),
    "resnext50_32x4d": (97, ("layer1.0", "layer2.3", "layer4.2")),
    "wide_resnet50_2": (65, ("layer1.0", "layer2.3", "layer4.2")),
    "densenet121": (113, ("features.denseblock1", "features.transition2", "features.norm5")),
    "googlenet": (243, ("conv3", "inception4a", "inception5b")),
    "inception_v3": (243, ("Conv2d_4a_3x3", "Mixed_6b", "Mixed_7c")),
    "squeezenet1_0": (225, ("features.3", "features.7", "features.12")),
    "squeezenet1_1": (243, ("features.3", "features.7", "features.12")),
    "mobilenet_v2": (97, ("features.1", "features.8", "features.17")),
    "mobilenet_v3_small": (97, ("features.1", "features.5", "features.11")),
    "mobilenet_v3_large": (97, ("features.2", "features.8", "features.15"), 0.7),
    "mnasnet1_0": (97, ("layers.8.0", "layers.10.1", "layers.13.0")),
    "shufflenet_v2_x1_0": (225, ("stage2.0", "stage3.4", "stage4.3")),
    "efficientnet_b0": (97, ("features.1.0", "features.4.1", "features.7.0")),
    "efficientnet_v2_s": (65, ("features.1.1", "features.4.2", "features.6.14"), 0.7),
    "regnet_x_400mf": (97, ("trunk_output.block1", "trunk_output.block3", "trunk_output.block4")),
    "regnet_y_400mf": (97, ("trunk_output.block1", "trunk_output.block3", "trunk_output.block4")),
    "convnext_tiny": (97, ("features.1", "features.4", "features.7")),
}
TIMM = {
    "resnet26d": (97, ("layer1.0", "layer2.1", "layer4.1")),
    "efficientnet_lite0": (97, ("blocks.1.0", "blocks.3.1", "blocks.6.0"), 0.7),
    "tf_efficientnet_b0": (97, ("blocks.1.0", "blocks.3.1", "blocks.6.0")),
    "mobilenetv3_small_075": (97, ("blocks.0", "blocks.2", "blocks.5")),
    "dla34": (96, ("level2", "level4", "level5")),
    "repvgg_a0": (97, ("stages.0", "stages.2.3", "stages.3")),
    "ghostnet_100": (97, ("blocks.0.0", "blocks.4.0", "blocks.8.1")),
    "resnetv2_50": (97, ("stages.0.blocks.1", "stages.2", "norm")),
}
# Modules that do not take images of the example's size.
LARGER = {"inception_v3": 96, "alexnet": 96}


def largest_difference(ours, theirs):
    assert ours.shape == theirs.shape
    return float((ours - theirs).abs().max() / theirs.abs().max())


def check(model, name, pixels, paths):
    graph = graph_of(model, name=name, size=LARGER.get(name, EXAMPLE))
    architecture = graph.architecture
    images = torch.rand(1, 3, pixels, pixels, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    network = Network(architecture, graph.weights, architecture.logits, dtype=torch.float64)
    layers = {path: architecture.node(path).name for path in paths}
    assert len(set(layers.values())) == len(paths)
    with torch.inference_mode():
        found = network.run(images, keep=layers.values())
        logits, wanted = activations(model.double(), network.own_input(images), paths)
    assert float(logits.std()) > 0
    assert largest_difference(found[architecture.logits], logits) < 1e-5
    for path, layer in layers.items():
        assert largest_difference(found[layer], wanted[path]) < 1e-5, path


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvision(name):
    pixels, paths, *gain = TORCHVISION[name]
    check(torchvision_model(name, *gain), name, pixels, paths)


@pytest.mark.parametrize("name", ["googlenet", "inception_v3"])
def test_torchvision_without_a_preprocessing_of_its_own(name):
    pixels, paths = TORCHVISION[name]
    check(torchvision_model(name, transform_input=False), name, pixels, paths)
    with_its_own = graph_of(torchvision_model(name, transform_input=True), name=name, size=96)
    assert [node.op for node in with_its_own.architecture.nodes[1:7]].count("scale") == 3


@pytest.mark.parametrize("name", TIMM)
def test_timm(name):
    pixels, paths, *gain = TIMM[name]
    check(timm_model(name, *gain), name, pixels, paths)


def test_a_network_that_amplifies_rounding_is_compared_in_float64():
    # Its own logits in float32 differ from those in float64 by a tenth of the largest and more.
    model = torchvision_model("efficientnet_v2_s")
    images = torch.rand(1, 3, EXAMPLE, EXAMPLE, generator=torch.Generator().manual_seed(1))
    rough = model(images)
    graph = graph_of(model, name="amplifier", size=EXAMPLE)
    assert largest_difference(rough.double(), model.double()(images.double())) > 0.01
    assert all(weight.dtype == torch.float32 for pair in graph.weights.values() for weight in pair)


@pytest.mark.parametrize(
    "name,line",
    [
        (
            "hrnet_w18_small",
            "network 'hrnet_w18_small' cannot be imported: the operation Upsample in 'stage2.0.fuse_layers.0.1.2' at "
            "hrnet.py:499 is not known; the last layer that can be studied is 'stage2.0.fuse_layers.0.1.0': name it in "
            "`until`",
        ),
        (
            "convnextv2_atto",
            "network 'convnextv2_atto' cannot be imported: the operation norm in 'stages.0.blocks.0.mlp.grn' at "
            "grn.py:45 is not known; the last layer that can be studied is 'stages.0.blocks.0.mlp.fc1': name it in "
            "`until`",
        ),
    ],
)
def test_what_timm_has_beyond(name, line):
    with pytest.raises(HighlowError) as refused:
        graph_of(timm_model(name), name=name, size=EXAMPLE)
    assert str(refused.value) == line
