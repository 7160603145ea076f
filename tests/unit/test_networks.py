import csv
import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from highlow.networks import extracted, load, operations, registry, weights
from highlow.networks.architectures import architecture as build
from highlow.networks.architectures.inception_v1 import caffe_name
from highlow.networks.devices import torch_device
from highlow.networks.geometry import Window
from highlow.networks.graph import LocalResponseNorm, Node, Preprocessing
from highlow.networks.model import Network, OwnInput, padded
from highlow.runs.errors import HighlowError
from tests.reference import twins

SIZES = (43, 48, 224, 299)
PADDINGS = ("caffe", "same")


def random_weights(architecture, seed=0, positive=False):
    generator = torch.Generator().manual_seed(seed)
    result = {}
    for node in architecture.nodes:
        if node.has_weights:
            inputs = architecture.by_name[node.inputs[0]].channels
            shape = (node.channels, inputs, node.window.kernel, node.window.kernel)
            weight = torch.randn(shape, generator=generator) / (inputs * node.window.kernel**2) ** 0.5
            result[node.name] = (weight.abs() if positive else weight, torch.zeros(node.channels))
    return result


def early(padding):
    return build("googlenet", padding).truncated("mixed3b")


@pytest.mark.parametrize("size", range(1, 30))
@pytest.mark.parametrize("kernel,stride", [(7, 2), (3, 2), (3, 1), (1, 1), (5, 1), (2, 2)])
def test_same_padding_is_tensorflows(size, kernel, stride):
    window = Window(kernel, stride, "same")
    assert window.pads(size) == twins.same_pads(size, kernel, stride)
    assert window.output_size(size) == -(-size // stride)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("size", [(31, 31), (32, 32), (30, 33)])
def test_network_agrees_with_its_numpy_twin(padding, size):
    architecture = early(padding)
    tensors = random_weights(architecture, seed=1)
    network = Network(architecture, tensors, "mixed3a")
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(2))
    ours = network(image)[0].numpy()
    theirs = twins.network(architecture, tensors, network.preprocess(image)[0].double().numpy(), "mixed3a")
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() <= 1e-5 * np.abs(theirs).max()


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("layer", ["conv2d0", "mixed3a"])
def test_a_grey_image_gives_what_its_three_equal_colours_give(padding, layer):
    """Its first kernels are summed over the colours; the border, where padding is no grey, shows a mistake first."""
    network = Network(early(padding), random_weights(early(padding), seed=3), layer)
    grey = torch.rand(2, 1, 48, 56, generator=torch.Generator().manual_seed(4))
    of_grey, of_colours = network(grey), network(grey.expand(-1, 3, -1, -1))
    near = {"rtol": 1e-5, "atol": 1e-5 * float(of_colours.max())}
    torch.testing.assert_close(of_grey, of_colours, **near)
    square, corner = grey[:, :, :, :48], (of_grey.shape[2] - 1, 0)
    torch.testing.assert_close(network.at(square, corner), network(square)[:, :, *corner], **near)
    # In the middle nothing is padded.
    canvas = network.architecture.canvas_size(layer)
    middle = network.architecture.central_position(layer, canvas)
    inside = torch.rand(2, 1, canvas, canvas, generator=torch.Generator().manual_seed(5))
    found = network.at(inside, middle)
    torch.testing.assert_close(found, network.at(inside.expand(-1, 3, -1, -1), middle), **near)


def test_where_more_than_one_node_reads_the_image_a_grey_one_is_coloured_first():
    graph = build("squeezenet1_1")
    second = replace(graph.node("conv1"), name="again")
    nodes = (
        *graph.truncated("conv1").nodes,
        second,
        replace(graph.node("fire2"), name="both", inputs=("conv1", "again")),
    )
    both = replace(graph, nodes=nodes, blocks=("conv1",), logits="", aliases={})
    network = Network(both, random_weights(both), "both")
    grey = torch.rand(1, 1, 40, 40, generator=torch.Generator().manual_seed(4))
    assert network.first is None
    torch.testing.assert_close(network(grey), network(grey.expand(-1, 3, -1, -1)), rtol=0, atol=0)


@pytest.mark.parametrize("padding", [0, 1, (0, 1), (1, 0), (1, 2), (2, 1), "same"])
@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize("stride,dilation", [(1, 1), (2, 1), (3, 1), (2, 2)])
def test_a_max_pool_that_pytorch_pads_is_that_of_a_padded_copy(padding, ceil, stride, dilation):
    window = Window(kernel=3, stride=stride, padding=padding, ceil=ceil, dilation=dilation)
    node = Node("pool", "max_pool", ("image",), 2, window)
    before = padding[0] if isinstance(padding, tuple) else padding
    for size in itertools.product(range(7, 12), repeat=2):
        images = -torch.rand(1, 2, *size, generator=torch.Generator().manual_seed(0))
        own = operations.own_padding(node, size)
        expected = operations.largest(padded(images, node, "image", -torch.inf), node)
        if own is not None:
            assert torch.equal(operations.largest(images, node, *own), expected)
        elif before in (0, 1):  # 2 are more than PyTorch pads for three taps
            theirs = [operations.largest(images, node, (before, before), rounding) for rounding in (False, True)]
            assert expected.shape not in [found.shape for found in theirs]


@pytest.mark.parametrize("channels", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_network_reads_the_channels_in_its_order(channels):
    images = torch.rand(2, 3, 4, 5)
    preprocessing = Preprocessing(channels=channels, scale=(2.0, 3.0, 4.0), offset=(0.5, 0.25, 0.125))
    expected = np.stack([images[:, channel].numpy() for channel in channels], axis=1)
    expected = expected * np.array([2, 3, 4])[:, None, None] - np.array([0.5, 0.25, 0.125])[:, None, None]
    np.testing.assert_allclose(OwnInput(preprocessing)(images).numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("beta", [0.5, 0.75, 0.6, 1.0])
def test_local_response_normalization_is_caffes_for_any_power(beta):
    images = torch.randn(2, 12, 3, 4, generator=torch.Generator().manual_seed(0)).double()
    expected = [twins.local_response_norm(image, 5, 0.3, beta, 2.0) for image in images.numpy()]
    with torch.inference_mode():
        first = operations.response_normalized(images, LocalResponseNorm(5, 0.3, beta, 2.0))
        with pytest.MonkeyPatch.context() as few:
            few.setattr(operations, "NEAR", 60)  # five of the 24 positions at a time
            parts = operations.response_normalized(images, LocalResponseNorm(5, 0.3, beta, 2.0))
    np.testing.assert_allclose(first.numpy(), expected, rtol=1e-12)
    np.testing.assert_allclose(parts.numpy(), expected, rtol=1e-12)
    # What is kept of one call serves another that wants gradients.
    assert torch.autograd.gradcheck(
        lambda x: operations.response_normalized(x, LocalResponseNorm(5, 0.3, beta, 2.0)), images.requires_grad_()
    )


def test_preprocessing_is_caffes():
    image = torch.tensor([0.1, 0.2, 0.3]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    network = Network(early("caffe"), random_weights(early("caffe")), "conv2d0")
    expected = [0.3 * 255 - 104, 0.2 * 255 - 117, 0.1 * 255 - 123]
    np.testing.assert_allclose(network.preprocess(image)[0, :, 0, 0], expected, atol=1e-4)


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("layer", ["conv2d2", "mixed3a", "mixed3a_3x3", "mixed3b"])
def test_receptive_field_is_where_the_gradient_is(padding, size, layer):
    architecture = early(padding)
    network = Network(architecture, random_weights(architecture, positive=True), layer, linear=True)
    image = torch.zeros(1, 3, size, size, requires_grad=True)
    position = architecture.central_position(layer, size)
    network(image)[0, :, position, position].sum().backward()
    touched = image.grad[0].abs().sum(0) > 0
    columns = torch.nonzero(touched.any(0)).flatten()
    field = architecture.receptive_field(layer, position, size)
    assert columns[0] == max(field.first, 0)
    assert columns[-1] == min(field.last, size - 1)
    assert torch.equal(touched.any(0), touched.any(1))


@pytest.mark.parametrize(
    "padding,size,center",
    [("same", 224, lambda k: 8 * k + 7), ("same", 299, lambda k: 8 * k + 2), ("caffe", 224, lambda k: 8 * k + 6)],
)
def test_receptive_field_centres(padding, size, center):
    architecture = early(padding)
    for position in (5, 13, 20):
        assert architecture.receptive_field("mixed3a", position, size).center == center(position)


def test_receptive_field_sizes():
    architecture = early("same")
    expected = {"conv2d2": 19, "mixed3a_1x1": 27, "mixed3a_3x3": 43, "mixed3a_5x5": 59, "mixed3a": 59}
    sizes = {layer: architecture.receptive_field(layer, 10, 224).size for layer in expected}
    assert sizes == expected
    assert architecture.stride("mixed3a") == 8
    assert architecture.canvas_size("mixed3a_3x3") == 48
    assert architecture.canvas_size("mixed3a") == 64


def test_branches():
    architecture = early("same")
    branches = architecture.branch_of_unit("mixed3a")
    assert [branches.count(name) for name in ("1x1", "3x3", "5x5", "pool")] == [64, 128, 32, 32]
    assert branches[63:65] == ["1x1", "3x3"]
    assert architecture.branch_node("mixed3a", "pool").name == "mixed3a_pool_reduce"
    assert architecture.layers_before("mixed3b") == ("mixed3a",)
    assert architecture.layers_before("mixed3a") == ("maxpool1",)
    assert architecture.layers_before("conv2d2") == ("conv2d1",)
    assert architecture.layers_before("conv2d0") == ()


def test_truncation_runs_nothing_past_the_layer():
    network = Network(early("same"), random_weights(early("same")), "maxpool1")
    assert set(network.weights) == {"conv2d0", "conv2d1", "conv2d2"}


def test_caffe_names():
    assert caffe_name("mixed4b_3x3_bottleneck") == "inception_4b/3x3_reduce"
    assert caffe_name("mixed4b_pool_reduce") == "inception_4b/pool_proj"
    assert caffe_name("conv2d1") == "conv2/3x3_reduce"


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize("padding", PADDINGS)
def test_googlenet_classifies_photographs(weights_dir, images_dir, padding):
    with (images_dir / "nips17" / "manifest.csv").open() as file:
        rows = list(csv.DictReader(file))[:200]
    network = load("googlenet", weights_dir=weights_dir, padding=padding)
    first = fifth = 0
    for start in range(0, len(rows), 50):
        chosen = rows[start : start + 50]
        pictures = []
        for row in chosen:
            with Image.open(images_dir / "nips17" / row["file"]) as opened:
                picture = opened.convert("RGB").resize((256, 256), Image.Resampling.BILINEAR)
            pictures.append(np.asarray(picture.crop((16, 16, 240, 240)), dtype=np.float32) / 255)
        images = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
        labels = torch.tensor([int(row["label"]) - 1 for row in chosen])
        best = network(images).topk(5).indices
        first += int((best[:, 0] == labels).sum())
        fifth += int((best == labels[:, None]).any(1).sum())
    assert first / len(rows) >= 0.60
    assert fifth / len(rows) >= 0.78


@pytest.mark.real
@pytest.mark.parametrize("padding", PADDINGS)
def test_real_weights_agree_with_the_numpy_twin(weights_dir, padding):
    entry = registry.entry("googlenet")
    found, _ = weights.extract(entry, padding, weights_dir)
    network = Network(found.architecture, found.weights, "mixed3b")
    image = torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(0))
    ours = network(image)[0].numpy()
    preprocessed = network.preprocess(image)[0].double().numpy()
    theirs = twins.network(found.architecture, found.weights, preprocessed, "mixed3b")
    assert np.abs(ours - theirs).max() <= 1e-5 * np.abs(theirs).max()


@pytest.mark.parametrize(
    "call,message",
    [
        (lambda: load("gogglenet"), "unknown network 'gogglenet'; did you mean 'googlenet'"),
        (lambda: load("planted", "mixed3c"), "no layer 'mixed3c'; did you mean 'mixed3"),
        (lambda: load("planted"), "no classifier"),
        (lambda: load("planted", "mixed3a", padding="valid"), "has no padding 'valid'"),
        (lambda: load("planted", "conv2d0")(torch.zeros(3, 8, 8)), "must have shape"),
        (lambda: load("planted", "conv2d0")(torch.zeros(1, 3, 8, 8, dtype=torch.float64)), "must be float32"),
        (lambda: Network(early("caffe"), random_weights(early("caffe")), "mixed3a")(torch.zeros(1, 3, 3, 3)), "small"),
        (lambda: build("googlenet", "same").canvas_size("avgpool0"), "has no receptive field"),
        (lambda: extracted.cut("mine", early("same"), {}), "lack the first layer"),
        (lambda: torch_device("gpu"), "unknown device"),
        (lambda: early("same").sizes("mixed3a", 0), "too small"),
        (lambda: registry.entry("x", {"x": {"architectur": "planted", "layer": "a"}}), "did you mean 'architecture'"),
        (lambda: registry.entry("x", {"x": {"layer": "a"}}), "'architecture' is missing"),
        (lambda: build("resnet", "same"), "unknown architecture"),
    ],
)
def test_mistakes_are_named(call, message):
    with pytest.raises(HighlowError, match=message):
        call()


def test_cudnn_settings_hold_inside_and_are_left_as_they_were(monkeypatch):
    seen = []
    network = Network(early("same"), random_weights(early("same")), "conv2d0")
    compute = network._compute

    def spying(*arguments):
        backend = torch.backends.cudnn
        seen.append((backend.enabled, backend.allow_tf32, backend.deterministic, backend.benchmark))
        return compute(*arguments)

    monkeypatch.setattr(network, "_compute", spying)
    before = torch.backends.cudnn.allow_tf32
    network(torch.rand(1, 3, 16, 16))
    assert seen == [(True, False, True, False)]
    assert torch.backends.cudnn.allow_tf32 == before


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_no_gpu_is_said():
    with pytest.raises(HighlowError, match="no GPU here"):
        load("planted", "mixed3a", device="cuda")
