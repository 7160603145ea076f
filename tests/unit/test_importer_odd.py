"""Modules as people write them, and what the importer says where it cannot take one: always one line."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from highlow.networks.importing.tracing import chosen_result
from highlow.networks.model import Network
from highlow.runs.errors import HighlowError
from tests.reference import odd_modules
from tests.reference.foreign_networks import graph_of, models, randomized
from tests.reference.odd_modules import By, Either

SIZE = 32


def check(module, shape=(45, 47), **options):
    """Return the graph of a module after a comparison at another size, both computed in float64."""
    graph = graph_of(randomized(module), name="mine", size=SIZE, **options)
    architecture = graph.architecture
    last = architecture.nodes[-1].name
    network = Network(architecture, graph.weights, last, dtype=torch.float64)
    images = torch.rand(1, 3, *shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    wanted = chosen_result(module.double()(network.own_input(images)))
    found = network(images)
    assert found.shape == wanted.shape
    assert float((found - wanted).abs().max()) < 1e-6 * float(wanted.abs().max())
    return graph


def refusal(module, size=SIZE, **options):
    with pytest.raises(HighlowError) as refused:
        graph_of(randomized(module), name="mine", size=size, **options)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def operations(graph):
    return [(node.op, node.activation) for node in graph.architecture.nodes[1:]]


@pytest.mark.parametrize("kind", [odd_modules.InPlaceByHand, odd_modules.Functional])
def test_written_by_hand(kind):
    check(kind())


def test_what_is_called_twice_has_two_nodes():
    module = odd_modules.InPlaceByHand()
    graph = check(module)
    assert torch.equal(graph.weights["shared_1"][0], module.shared.weight.float())
    assert not torch.equal(graph.weights["shared"][0], graph.weights["shared_1"][0])  # a norm follows the first alone
    assert graph.architecture.node("norm").name == "shared"
    assert operations(graph)[:2] == [("select", ""), ("scale", "")]
    assert graph.architecture.node("select").indices == (2, 1, 0)
    assert torch.equal(graph.weights["scale"][1], -module.mean.flatten().float())


def test_functions_get_the_names_of_their_operations():
    graph = check(odd_modules.Functional())
    names = [node.name for node in graph.architecture.nodes[1:]]
    assert names == ["conv", "max_pool", "conv_1", "avg_pool", "adaptive_pool", "flatten", "linear"]
    assert graph.architecture.blocks == ("conv", "conv_1")
    assert graph.architecture.node("conv_1").window.dilation == 2
    assert graph.architecture.node("conv_1").groups == 6


def test_shortcuts_without_weights():
    # The last pool takes its kernel from the size of what it is given: the mean over all positions.
    graph = check(odd_modules.OptionA(), (45, 45))
    assert ("adaptive_pool", "") in operations(graph)
    assert graph.architecture.node("add").activation == "relu"


def test_torch_export_follows_where_python_asks_for_sizes():
    with pytest.raises(torch.fx.proxy.TraceError):
        torch.fx.symbolic_trace(odd_modules.AsksSizes())
    graph = check(odd_modules.AsksSizes())
    assert [node.name for node in graph.architecture.nodes[1:3]] == ["first", "pool"]
    assert graph.architecture.logits == "last"  # and not the auxiliary head, which comes first
    assert graph.architecture.node("first").activation == "relu"


def test_a_module_without_logits_keeps_all_its_blocks():
    graph = check(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU()))
    assert graph.architecture.logits == ""
    assert graph.architecture.blocks == ("0", "2")
    assert graph.architecture.node("3").name == "2"


@pytest.mark.parametrize("normalized", [nn.utils.parametrizations.weight_norm, nn.utils.parametrizations.spectral_norm])
def test_parametrized_weights_are_what_they_amount_to(normalized):
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), normalized(nn.Conv2d(8, 4, 3))).eval()
    graph = graph_of(module, size=SIZE)
    assert torch.allclose(graph.weights["2"][0], module[2].weight, atol=1e-6)
    assert nn.utils.parametrize.is_parametrized(module[2])


@pytest.mark.parametrize("wrapped", [nn.DataParallel, torch.nn.Sequential])
def test_wrapped_modules(wrapped):
    inner = randomized(nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()))
    graph = graph_of(wrapped(inner), size=SIZE)
    assert graph.architecture.nodes[1].name == ("0" if wrapped is nn.DataParallel else "0.0")


def test_the_module_is_left_as_it_is():
    module = odd_modules.InPlaceByHand().half().train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    graph_of(module, size=SIZE)
    assert module.training and module.first.weight.requires_grad
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
    assert module.first.weight.dtype == torch.float16


def test_training_goes_on_without_the_graph():
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU())
    graph = graph_of(module, size=SIZE)
    before = graph.weights["0"][0].clone()
    with torch.no_grad():
        module[0].weight.add_(1)
    assert torch.equal(graph.weights["0"][0], before)


# Refusals ------------------------------------------------------------------------------------------------------------

STEM = "; the last layer that can be studied is 'stem': name it in `until`"


@pytest.mark.parametrize(
    "tried,said",
    [
        (nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect"), "Conv2d with reflect padding"),
        (nn.Conv2d(8, 8, 3, stride=(2, 1)), "Conv2d with other strides down and to the right, (2, 1)"),
        (nn.GroupNorm(2, 8), "GroupNorm"),
        (nn.InstanceNorm2d(8), "InstanceNorm2d"),
        (nn.ConvTranspose2d(8, 8, 2, 2), "ConvTranspose2d"),
        (nn.PReLU(), "PReLU"),
        (nn.Upsample(scale_factor=2), "Upsample"),
        (nn.AdaptiveMaxPool2d(2), "AdaptiveMaxPool2d"),
        (nn.AvgPool2d(2, divisor_override=3), "AvgPool2d with a divisor of its own"),
        (nn.ReflectionPad2d(1), "ReflectionPad2d"),
        (
            nn.BatchNorm2d(8, track_running_stats=False),
            "BatchNorm2d which normalizes by each batch (it has no running statistics)",
        ),
    ],
)
def test_modules_that_are_not_known(tried, said):
    expected = f"network 'mine' cannot be imported: the operation {said} in 'tried' at odd_modules.py:132 is not known"
    assert refusal(Either(tried)) == expected + STEM
    assert [node.name for node in graph_of(Either(tried), size=SIZE, until="stem").architecture.nodes] == [
        *("image", "stem")
    ]


@pytest.mark.parametrize(
    "function,said",
    [
        (lambda x: functional.dropout(x), "dropout which stays random in evaluation mode"),
        (lambda x: functional.adaptive_max_pool2d(x, 1), "adaptive_max_pool2d"),
        (lambda x: x[:, :, 1:-1, 1:-1], "getitem of some positions"),
        (lambda x: x.mean(1, keepdim=True) * x, "mean over other axes than both of the image"),
        (lambda x: x * torch.linspace(0, 1, 16), "mul with a constant that is not one number a channel"),
        (lambda x: x / x.sum(), "sum"),
        (lambda x: functional.elu(x, 0.5), "elu with alpha 0.5"),
        (lambda x: x.clamp(0, 2), "clamp between 0 and 2"),
        (lambda x: functional.pad(x, (1, 1), value=1.0), "pad with anything but zeros around an image"),
        (lambda x: torch.einsum("nchw,dc->ndhw", x, torch.ones(4, 8)), "einsum"),
    ],
)
def test_functions_that_are_not_known(function, said):
    said_of = refusal(Either(By(function)))
    start = f"network 'mine' cannot be imported: the operation {said} in 'tried' at test_importer_odd.py:"
    assert said_of.startswith(start)
    assert said_of.endswith(f" is not known{STEM}")


def test_an_operation_of_the_users_own():
    assert refusal(odd_modules.OwnSquash()) == (
        "network 'mine' cannot be imported: the operation cumsum at odd_modules.py:104 is not known; the last layer "
        "that can be studied is 'second': name it in `until`"
    )
    part = graph_of(odd_modules.OwnSquash(), size=SIZE, until="second").architecture
    assert [node.name for node in part.nodes] == ["image", "first", "second"]
    assert part.node("second").activation == "relu"


def test_control_flow_by_the_images_numbers():
    assert refusal(odd_modules.DependsOnNumbers()) == (
        "network 'mine' cannot be imported: what it does at odd_modules.py:117 depends on the numbers of the image; "
        "the last layer that can be studied is 'conv': name it in `until`"
    )
    assert graph_of(odd_modules.DependsOnNumbers(), size=SIZE, until="conv").architecture.nodes[-1].name == "conv"


def test_transformers():
    vit = models.VisionTransformer(32, 16, 1, 2, 16, 32)
    assert refusal(vit) == (
        "network 'mine' cannot be imported: the operation reshape from (1, 16, 2, 2) to (1, 16, 4) at "
        "vision_transformer.py:279 is not known; the last layer that can be studied is 'conv_proj': name it in `until`"
    )
    swin = models.SwinTransformer([4, 4], 8, [2, 2], [2, 2], [2, 2], num_classes=3)
    assert refusal(swin) == (
        "network 'mine' cannot be imported: the operation shifted_window_attention in 'features.1.0.attn' at "
        "swin_transformer.py:299 is not known; the last layer that can be studied is 'features.0.0': name it in `until`"
    )


@pytest.mark.parametrize(
    "module,line",
    [
        (
            nn.Conv2d(1, 8, 3),
            "the module does not take an RGB image of 32 px, (1, 3, 32, 32): Given groups=1, weight of size [8, 1, 3, "
            "3], expected input[1, 3, 32, 32] to have 1 channels, but got 3 channels instead",
        ),
        (
            nn.Sequential(nn.Flatten(), nn.Linear(10, 3)),
            "the module does not take an RGB image of 32 px, (1, 3, 32, 32): mat1 and mat2 shapes cannot be multiplied "
            "(1x3072 and 10x3)",
        ),
        (nn.Identity(), "network 'mine' has no convolution that can be studied"),
        (By(lambda x: 1 / 0), "the module does not take an RGB image of 32 px, (1, 3, 32, 32): division by zero"),
        (
            By(lambda x: 3),
            "the module returns no tensor that depends on the image; wrap it in one that does",
        ),
    ],
)
def test_what_is_no_network_for_images(module, line):
    assert refusal(module) == line


def test_unknown_layers_are_refused():
    with pytest.raises(HighlowError, match="network 'module' has no layer 'fourth'; known: conv1, conv2, "):
        graph_of(odd_modules.OptionA(), size=SIZE, until="fourth")


def test_a_graph_of_one_size_is_not_taken_for_any():
    class PadsBySize(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3, stride=2)

        def forward(self, x):
            if x.shape[-1] % 2 == 0:  # torch.export follows one of both ways
                x = functional.pad(x, (1, 1, 1, 1))
            return self.conv(x).mean((2, 3))

    assert refusal(PadsBySize()).endswith("something in it depends on the image's size or numbers")


def raising(error):
    def function(x):
        if isinstance(x, torch.fx.Proxy) or x.shape[-1] != SIZE // 2:  # behind the stem
            raise error
        return x * 2

    return function


@pytest.mark.parametrize(
    "error", [KeyError("a\nb"), RecursionError(), MemoryError(), StopIteration(), AttributeError()]
)
def test_what_the_users_code_raises_is_one_line(error):
    # Beside the example's size and for torch.fx only: torch.export follows.
    assert check_quietly(Either(By(raising(error))))

    def always(x):
        raise error

    assert refusal(By(always)).startswith("the module does not take an RGB image of 32 px, (1, 3, 32, 32): ")


def check_quietly(module):
    return graph_of(randomized(module), size=SIZE).weights["tried"][0].tolist() == [2.0] * 8
