"""Networks as data against other implementations: numpy, torchvision's models and lucent's InceptionV1."""

from functools import partial
from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional

from highlow.networks import registry
from highlow.networks.architectures import architecture
from highlow.networks.model import Network
from tests.reference import twins
from tests.reference.torchvision_models import inception, lucent, models, random_model

ENTRIES = {name: entry for name, entry in registry.shipped().items() if not entry.module}
MEAN, DEVIATION = (torch.tensor(value).view(3, 1, 1) for value in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))


def generator(seed):
    return torch.Generator().manual_seed(seed)


def random_weights(network, seed=0, positive=False):
    """Return weights and biases that keep the size of activations from layer to layer."""
    numbers, result = generator(seed), {}
    for node in network.nodes:
        if node.has_weights:
            inputs = network.by_name[node.inputs[0]].channels
            taps = (node.window.kernel,) * 2 if node.op == "conv" else ()
            weight = torch.randn((node.channels, inputs, *taps), generator=numbers)
            weight *= (2 / weight[0].numel()) ** 0.5
            bias = torch.randn(node.channels, generator=numbers)
            result[node.name] = (weight.abs() if positive else weight, bias)
    return result


def random_image(*size, seed=0):
    return torch.rand(1, 3, *size, generator=generator(seed))


def assert_close(ours, theirs, tolerance):
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert float(abs(ours - theirs).max()) <= tolerance * float(abs(theirs).max())


def difference(ours, theirs):
    """Return the relative root mean square difference."""
    return float((ours - theirs).norm() / theirs.norm())


def all_activations(network, image):
    """Run a network and keep every node."""
    found, compute = {}, network._compute

    def recording(node, *arguments):
        found[node.name] = compute(node, *arguments)
        return found[node.name]

    network._compute = recording
    network.run(image)
    return found


def against_twin(name, layer, size, seed=0):
    built = architecture(name).truncated(layer)
    tensors = random_weights(built, seed)
    network = Network(built, tensors, layer)
    image = random_image(*size, seed=seed)
    ours = network(image)[0].numpy()
    return ours, twins.network(built, tensors, network.preprocess(image)[0].double().numpy(), layer)


@pytest.mark.parametrize("size", [(31, 31), (32, 32), (30, 33)])
def test_inceptionv1_agrees_with_its_numpy_twin(size):
    assert_close(*against_twin("inceptionv1", "mixed3b", size), 1e-5)


@pytest.mark.parametrize(
    "name,layer,size",
    [
        ("inceptionv1", "softmax2_pre_activation", (32, 32)),
        ("inception_v3", "mixed", (43, 44)),
        ("squeezenet1_1", "pool10", (40, 43)),
        ("vgg19", "block3_conv2", (14, 17)),
    ],
)
def test_others_agree_with_their_numpy_twin(name, layer, size):
    assert_close(*against_twin(name, layer, size), 1e-5)


@pytest.mark.parametrize("size", [31, 32])
@pytest.mark.parametrize("name,before,pool", [("inceptionv1", "conv2d0", "maxpool0"), ("vgg19", "block1_conv2", None)])
def test_padding_of_a_max_pool_never_wins(name, before, pool, size):
    pool = pool or "block1_pool"
    built = architecture(name)
    network = Network(built, random_weights(built.truncated(pool)), pool)
    values = -1 - torch.rand(1, 64, size, size, generator=generator(1))
    ours = network.run(values, start=before)[pool][0]
    window = built.node(pool).window
    theirs = twins.max_pool(values[0].double().numpy(), window.kernel, window.stride, window.padding, window.ceil)
    assert_close(ours.numpy(), theirs, 1e-7)
    assert ours.max() <= -1


@pytest.mark.parametrize("size", [(31, 31), (30, 33)])
def test_padding_of_an_average_pool_does_not_count(size):
    built = architecture("inception_v3")
    network = Network(built, random_weights(built), "mixed_tower_2_pool")
    values = torch.rand(1, 192, *size, generator=generator(1))
    ours = network.run(values, start="pool_1")["mixed_tower_2_pool"][0]
    assert_close(ours.numpy(), twins.avg_pool(values[0].double().numpy(), 3, 1, "same"), 1e-6)
    assert ours[:, 0, 0] == pytest.approx(values[0, :, :2, :2].mean((1, 2)), rel=1e-5)


@pytest.mark.parametrize("scale", [0.1, 10.0, 1000.0])
def test_inceptionv1_normalizes_as_its_graph_says(scale):
    # depth_radius, bias, alpha and beta of both LRN nodes of inception5h
    built = architecture("inceptionv1")
    network = Network(built, random_weights(built.truncated("localresponsenorm0")), "localresponsenorm0")
    values = scale * torch.randn(1, 64, 3, 5, generator=generator(1))
    ours = network.run(values, start="maxpool0")["localresponsenorm0"][0].numpy()
    numbers = values[0].double().numpy()
    assert_close(ours, twins.tensorflow_norm(numbers, radius=5, bias=2.0, alpha=1e-4, beta=0.5), 1e-6)
    assert built.node("localresponsenorm0").norm == built.node("localresponsenorm1").norm


# Against lucent ------------------------------------------------------------------------------------------------------


class StopForwardError(Exception):
    """Ends a forward pass."""


class InBoth:
    """InceptionV1 with the same random weights here and in lucent."""

    def __init__(self):
        self.architecture = architecture("inceptionv1")
        self.weights = random_weights(self.architecture)
        state = {}
        for name, (weight, bias) in self.weights.items():
            key = f"{name}_matmul" if name == "softmax2_pre_activation" else f"{name}_pre_relu_conv"
            state |= {f"{key}.weight": weight, f"{key}.bias": bias}
        self.model = lucent.InceptionV1(redirected_ReLU=False).eval().requires_grad_(False)
        self.model.load_state_dict(state)

    def ours(self, image, last):
        return all_activations(Network(self.architecture, self.weights, last), image)

    def lucents(self, image, last):
        found, handles = {}, []

        def keep(name, _, __, value):
            found[name] = value
            if name == last:
                raise StopForwardError

        for name, module in self.model.named_modules():
            node = name.removesuffix("_matmul")
            if node in self.architecture.by_name:
                handles.append(module.register_forward_hook(partial(keep, node)))
        with pytest.raises(StopForwardError):
            self.model(image * 255 - 117)  # what lucent.optvis does before its model
        for handle in handles:
            handle.remove()
        return found


@pytest.fixture(scope="module")
def in_both():
    return InBoth()


def renormalize(monkeypatch, **changes):
    """Give lucent's local response normalization other constants."""
    constants = {"size": 11, "alpha": 11e-4, "beta": 0.5, "k": 2.0} | changes
    functions = SimpleNamespace(**vars(functional))
    functions.local_response_norm = lambda x, **_: functional.local_response_norm(x, **constants)
    monkeypatch.setattr(lucent, "F", functions)


def test_inceptionv1_agrees_with_lucents_at_every_node(in_both, monkeypatch):
    renormalize(monkeypatch)
    image = random_image(224, 224)
    ours, theirs = (run(image, "softmax2_pre_activation") for run in (in_both.ours, in_both.lucents))
    # Functions in lucent, without a module that could be asked.
    assert set(ours) - set(theirs) == {"localresponsenorm0", "localresponsenorm1", "avgpool0"}
    for name, value in theirs.items():
        assert_close(ours[name], value, 1e-4 if name == "softmax2_pre_activation" else 2e-5)
    assert ours["softmax2_pre_activation"].shape == (1, 1008)
    assert ours["mixed4a_3x3"].shape[1] == 204
    assert ours["mixed5a_5x5_bottleneck"].shape[1] == 48


def test_lucents_own_normalization_is_another(in_both):
    # lucent 0.1.8: size 9, alpha 1e-4 (divided by the size), beta 0.5, k 1
    image = random_image(64, 64)
    ours, theirs = (run(image, "mixed3a") for run in (in_both.ours, in_both.lucents))
    assert_close(ours["maxpool0"], theirs["maxpool0"], 1e-5)
    for layer in ("conv2d1", "mixed3a"):
        assert difference(theirs[layer], ours[layer]) > 0.1


@pytest.mark.parametrize("changes", [{"k": 1.0}, {"size": 9, "alpha": 9e-4}, {"alpha": 1e-4}, {"beta": 0.75}])
def test_each_constant_of_the_normalization_matters(in_both, monkeypatch, changes):
    renormalize(monkeypatch, **changes)
    image = random_image(64, 64)
    ours, theirs = (run(image, "mixed3a") for run in (in_both.ours, in_both.lucents))
    for layer in ("conv2d1", "mixed3a"):
        assert difference(theirs[layer], ours[layer]) > 0.01


# Against torchvision -------------------------------------------------------------------------------------------------


def by_order(tensors, model):
    """Put weights into the convolutions of a model, in order."""
    convolutions = [module for module in model.modules() if isinstance(module, torch.nn.Conv2d)]
    for module, (weight, bias) in zip(convolutions, tensors.values(), strict=True):
        assert module.weight.shape == weight.shape
        module.weight.data, module.bias.data = weight, bias
    return model.eval().requires_grad_(False)


def test_vgg19_agrees_with_torchvisions():
    built = architecture("vgg19")
    tensors = random_weights(built)
    features = by_order(tensors, models.vgg.make_layers(models.vgg.cfgs["E"]))
    network = Network(built, tensors, "block5_pool")
    image = random_image(97, 112)
    assert_close(network(image), features(network.preprocess(image)), 1e-5)


@pytest.mark.parametrize("size", [(227, 227), (224, 230)])
def test_squeezenet_agrees_with_torchvisions(size):
    built = architecture("squeezenet1_1")
    tensors = random_weights(built)
    model = by_order(tensors, models.squeezenet1_1(weights=None))
    network = Network(built, tensors, built.logits)
    image = random_image(*size)
    assert_close(network(image), model(network.preprocess(image)), 1e-5)


INCEPTION_V3 = {
    "conv": "Conv2d_1a_3x3",
    "conv_1": "Conv2d_2a_3x3",
    "conv_2": "Conv2d_2b_3x3",
    "conv_3": "Conv2d_3b_1x1",
    "conv_4": "Conv2d_4a_3x3",
}
TOWERS = {
    "conv": "branch1x1",
    "tower_conv": "branch5x5_1",
    "tower_conv_1": "branch5x5_2",
    "tower_1_conv": "branch3x3dbl_1",
    "tower_1_conv_1": "branch3x3dbl_2",
    "tower_1_conv_2": "branch3x3dbl_3",
    "tower_2_conv": "branch_pool",
}
for ours_, theirs_ in (("mixed", "Mixed_5b"), ("mixed_1", "Mixed_5c"), ("mixed_2", "Mixed_5d")):
    INCEPTION_V3 |= {f"{ours_}_{tower}": f"{theirs_}.{branch}" for tower, branch in TOWERS.items()}


def inception_v3_in_both():
    """Return torchvision's Inception V3 with random weights to Mixed_5d, and ours with its batch norms folded."""
    model = random_model("inception_v3", init_weights=False, aux_logits=False)
    tensors = {}
    for name, theirs in INCEPTION_V3.items():
        block = model.get_submodule(theirs)
        factor = block.bn.weight / (block.bn.running_var + 0.001).sqrt()
        weight = block.conv.weight * factor[:, None, None, None]
        tensors[name] = (weight, block.bn.bias - block.bn.running_mean * factor)
    parts = [
        *("Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "maxpool1", "Conv2d_3b_1x1", "Conv2d_4a_3x3", "maxpool2"),
        *("Mixed_5b", "Mixed_5c", "Mixed_5d"),
    ]
    return torch.nn.Sequential(*(getattr(model, part) for part in parts)), tensors


@pytest.mark.parametrize("size", [139, 144])
def test_inception_v3_agrees_with_torchvisions(size, monkeypatch):
    model, tensors = inception_v3_in_both()
    built = architecture("inception_v3")
    network = Network(built, tensors, "mixed_2")
    image = random_image(size, size)
    ours, theirs = network(image), model(network.preprocess(image))
    # torchvision's average pools count padding: its border differs from TensorFlow's, 5 positions deep.
    assert_close(ours[..., 5:-5, 5:-5], theirs[..., 5:-5, 5:-5], 1e-5)
    assert difference(ours[..., 0, :], theirs[..., 0, :]) > 1e-3
    functions = SimpleNamespace(**vars(functional))
    functions.avg_pool2d = partial(functional.avg_pool2d, count_include_pad=False)
    monkeypatch.setattr(inception, "F", functions)
    assert_close(ours, model(network.preprocess(image)), 1e-5)


@pytest.mark.parametrize(
    "name,expected",
    [
        ("inceptionv1", lambda r, g, b: (255 * r - 117, 255 * g - 117, 255 * b - 117)),
        ("googlenet", lambda r, g, b: (255 * b - 104, 255 * g - 117, 255 * r - 123)),
        ("squeezenet1_1", lambda r, g, b: (255 * b - 104, 255 * g - 117, 255 * r - 123)),
        ("vgg19", lambda r, g, b: (255 * b - 103.939, 255 * g - 116.779, 255 * r - 123.68)),
        ("inception_v3", lambda r, g, b: tuple((255 * value - 128) / 128 for value in (r, g, b))),
    ],
)
def test_preprocessing(name, expected):
    built = architecture(name)
    first = built.nodes[1].name
    color = (0.1, 0.25, 0.8)
    image = torch.tensor(color).view(1, 3, 1, 1).expand(1, 3, 16, 16)
    network = Network(built, random_weights(built.truncated(first)), first)
    assert network.preprocess(image)[0, :, 3, 5].tolist() == pytest.approx(expected(*color), abs=1e-4)


# Walks over the graph ------------------------------------------------------------------------------------------------
