"""Receptive fields and composed weights of imported networks against autograd on the modules themselves."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from highlow.circuits.expanded_weights import expanded_weights
from highlow.networks.model import Network
from highlow.runs.errors import HighlowError
from tests.reference.foreign_networks import activations, graph_of, timm_model, torchvision_model

ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.GELU, nn.SiLU, nn.Hardswish)


class OddWindows(nn.Module):
    """Windows of other numbers on both axes, dilated, grouped, padded on one side, rounded up."""

    def __init__(self):
        super().__init__()
        self.wide = nn.Conv2d(3, 8, (3, 5), stride=2, padding=(0, 2), dilation=(2, 1))
        self.up = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.pad = nn.ZeroPad2d((1, 2, 0, 3))
        self.grouped = nn.Conv2d(8, 8, 3, dilation=3, groups=4, bias=False)
        self.mean = nn.AvgPool2d((2, 3), 2, ceil_mode=True)
        self.tall = nn.Conv2d(8, 8, (7, 1), padding="same")

    def forward(self, x):
        x = functional.relu(self.grouped(self.pad(self.up(self.wide(x)))))
        return self.tall(self.mean(x))


def linearized(module):
    """Replace rectifiers by nothing, max pools by average pools, and layer norms by their factors."""
    for parent in list(module.modules()):
        for name, part in list(parent.named_children()):
            if isinstance(part, ACTIVATIONS):
                setattr(parent, name, nn.Identity())
            elif isinstance(part, nn.MaxPool2d):
                setattr(parent, name, nn.AvgPool2d(part.kernel_size, part.stride, part.padding, part.ceil_mode))
            elif isinstance(part, nn.LayerNorm):
                setattr(parent, name, Factor(part))
    return module.double()


class Factor(nn.Module):
    """A layer norm without its statistics."""

    def __init__(self, norm):
        super().__init__()
        shape = (-1, 1, 1) if type(norm).__name__ == "LayerNorm2d" else (-1,)
        self.factor = norm.weight.view(shape)

    def forward(self, x):
        return x * self.factor.double()


def positive(module):
    """Make every weight positive, so that nothing cancels, and small, so that nothing saturates."""
    for name, values in (*module.named_parameters(), *module.named_buffers()):
        if values.ndim > 1 and "scale" not in name:
            values.data.uniform_(0.5, 1.5).div_(values[0].numel())
        elif name.endswith(("weight", "running_var", "scale")) or values.ndim > 1:
            values.data.fill_(1)
        else:
            values.data.zero_()
    return module


class Reached(Exception):  # noqa: N818 (no error)
    """Ends a forward pass with what it has reached."""


def upto(module, path, images):
    """Return a layer's activations in a linearized module, and compute nothing behind it."""

    def stop(_, __, value):
        raise Reached(value)

    handle = module.get_submodule(path).register_forward_hook(stop)
    try:
        with pytest.MonkeyPatch.context() as patched:  # of modules that call functions instead
            patched.setattr(functional, "relu", lambda x, inplace=False: x)
            patched.setattr(functional, "max_pool2d", functional.avg_pool2d)
            module(images)
    except Reached as reached:
        return reached.args[0]
    finally:
        handle.remove()


def seen(module, path, shape, position):
    """Return the first and the last row and column on which a position of a layer depends, from autograd."""
    images = torch.rand(1, 3, *shape, dtype=torch.float64, requires_grad=True)
    upto(module, path, images)[0, :, position[0], position[1]].sum().backward()
    support = images.grad[0].abs().sum(0) > 0
    spans = (support.any(1).nonzero().flatten(), support.any(0).nonzero().flatten())
    return [(int(span[0]), int(span[-1])) for span in spans]


FIELDS = {
    "odd windows": (OddWindows, (61, 70), ("up", "grouped", "mean", "tall")),
    "resnet18": (lambda: torchvision_model("resnet18"), (193, 225), ("maxpool", "layer2.0", "layer2.1")),
    "googlenet": (lambda: torchvision_model("googlenet"), (193, 225), ("maxpool1", "inception3a", "inception3b")),
    "inception_v3": (
        lambda: torchvision_model("inception_v3"),
        (251, 267),
        ("Conv2d_4a_3x3", "Mixed_5b", "Mixed_6b.branch7x7_2", "Mixed_6b.branch7x7_3"),
    ),
    "convnext_tiny": (lambda: torchvision_model("convnext_tiny"), (129, 150), ("features.1.0", "features.1.1")),
    "tf_efficientnet_lite0": (
        lambda: timm_model("tf_efficientnet_lite0"),
        (129, 150),
        ("conv_stem", "blocks.1.0", "blocks.2.0"),
    ),
}


@pytest.fixture(scope="module", params=FIELDS)
def field(request):
    """Return a module that is linearized and positive, its graph, a size of images, and layers."""
    make, shape, paths = FIELDS[request.param]
    module = make().eval()
    graph = graph_of(module, name=request.param, size=96)
    return positive(linearized(module)), graph.architecture, shape, paths


def test_receptive_fields_equal_autograds(field):
    module, architecture, shape, paths = field
    for path in paths:
        layer = architecture.node(path).name
        middle = [architecture.central_position(layer, size, axis) for axis, size in enumerate(shape)]
        for position in (middle, [0, 1]):
            found = seen(module, path, shape, position)
            for axis, size in enumerate(shape):
                span = architecture.receptive_field(layer, position[axis], size, axis)
                assert (max(span.first, 0), min(span.last, size - 1)) == found[axis], (path, position, axis)


def test_centres_and_canvases_equal_autograds(field):
    module, architecture, _, paths = field
    layer, path = architecture.node(paths[1]).name, paths[1]
    size = architecture.canvas_size(layer)
    middle = [architecture.central_position(layer, size, axis) for axis in (0, 1)]
    if size < 75:  # torchvision's Inception V3 takes nothing smaller
        size, middle = 96, [architecture.central_position(layer, 96, axis) for axis in (0, 1)]
    found = seen(module, path, (size, size), middle)
    for axis in (0, 1):
        first, last = found[axis]
        assert first >= 0
        assert last < size
        assert architecture.receptive_field(layer, middle[axis], size, axis).center == (first + last) / 2
    assert architecture.field_size(layer) == max(last - first + 1 for first, last in found)


# Composed weights ----------------------------------------------------------------------------------------------------

COMPOSED = {
    "resnet18": ("layer1.1", "layer2.0", 97),
    "resnext50_32x4d": ("layer1.2", "layer2.0", 97),
    "densenet121": ("features.pool0", "features.transition1.conv", 97),
    "shufflenet_v2_x1_0": ("maxpool", "stage2.0", 97),
    "mobilenet_v2": ("features.1", "features.3", 97),
    "inception_v3": ("Mixed_6a", "Mixed_6b", 299),
    "convnext_tiny": ("features.0", "features.1.0", 97),
}


@pytest.mark.parametrize("name", COMPOSED)
def test_composed_weights_equal_autograds(name):
    source, target, size = COMPOSED[name]
    module = torchvision_model(name)
    graph = graph_of(module, name=name, size=96)
    layers = [graph.architecture.node(path).name for path in (source, target)]
    kernel = expanded_weights(graph.architecture, graph.weights, *layers)
    linear, start = linearized(module), {}

    def leaf(_, __, value):
        start["value"] = value.detach().requires_grad_()
        return start["value"]

    linear.get_submodule(source).register_forward_hook(leaf)
    answer = upto(linear, target, torch.rand(1, 3, size, size, dtype=torch.float64))
    units, middle = answer.shape[1], answer.shape[2] // 2
    assert kernel.weight.shape[0] == units
    for unit in (0, units // 3, units - 1):
        (gradient,) = torch.autograd.grad(answer[0, unit, middle, middle], start["value"], retain_graph=True)
        first = [middle * kernel.stride + offset for offset in kernel.offset]
        rows, columns = (slice(start, start + taps) for start, taps in zip(first, kernel.weight.shape[2:], strict=True))
        window = gradient[0, :, rows, columns]
        assert window.shape == kernel.weight[unit].shape
        assert float((kernel.weight[unit] - window).abs().max()) < 1e-5 * float(window.abs().max())
        assert float(gradient.abs().sum()) == pytest.approx(float(window.abs().sum()), rel=1e-9)


def test_weights_are_not_composed_through_gates():
    module = torchvision_model("mobilenet_v3_small")
    graph = graph_of(module, name="gated", size=64)
    with pytest.raises(HighlowError) as refused:
        expanded_weights(graph.architecture, graph.weights, "features.0.0", "features.1")
    assert str(refused.value) == (
        "weights cannot be composed through 'features.1.block.1', which multiplies activations; choose a nearer source"
    )
    # It runs all the same, at one position too, and its field leaves out what the gate sees.
    network = Network(graph.architecture, graph.weights, "features.1")
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    _, wanted = activations(module, network.own_input(images), ["features.1"])
    assert torch.allclose(network(images), wanted["features.1"], atol=1e-4)
    assert torch.allclose(network.at(images, 3), wanted["features.1"][:, :, 3, 3], atol=1e-4)
    assert graph.architecture.field_size("features.1") == 7


@pytest.mark.parametrize(
    "name,layer,field",
    [
        # As published: Araujo, Norris and Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill
        # 2019, table of fields of the last feature map.
        ("alexnet", "features.12", 195),
        ("vgg16", "features.30", 212),
        # torchvision's ResNet-50 has the stride of a stage in its first 3x3 convolution; with the stride in the 1x1
        # convolutions of its table they have 483.
        ("resnet50", "layer4", 427),
    ],
)
def test_receptive_fields_equal_the_published_table(name, layer, field):
    assert graph_of(torchvision_model(name), name=name, size=64).architecture.field_size(layer) == field
