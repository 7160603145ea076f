"""Architectures as data: depth, layers before, receptive fields, canvases, expanded weights, registry entries."""

import pytest
import torch

from highlow.circuits import expanded_weights as expanded
from highlow.networks.architectures import DEFINITIONS, architecture
from highlow.networks.model import Network
from highlow.reference import tensor_ranges
from tests.unit.test_architectures import ENTRIES, all_activations, assert_close, random_image, random_weights

# Depth is the article's: block and number of blocks before the classifier.
DEPTHS = {
    "googlenet": (4, 12),
    "inceptionv1": (4, 12),
    "vgg19": (6, 18),
    "squeezenet1_1": (3, 9),
    "inception_v3": (5, 16),
}


@pytest.mark.parametrize("name", DEPTHS)
def test_depth_of_the_studied_layer(name):
    entry = ENTRIES[name]
    built = architecture(entry.architecture)
    assert built.depth(entry.layer) == DEPTHS[name]
    # Files that hold the early layers only change nothing.
    assert built.truncated(entry.downstream).depth(entry.layer) == DEPTHS[name]


def test_depth_of_parts_and_of_what_lies_between():
    built = architecture("inceptionv1")
    assert built.depth("mixed3a_3x3_bottleneck") == built.depth("mixed3a")
    assert built.depth("mixed5b") == (12, 12)
    for layer in ("maxpool1", "localresponsenorm1", "avgpool0", "softmax2_pre_activation"):
        assert built.depth(layer) is None
    assert architecture("squeezenet1_1").depth("fire9") == (9, 9)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_blocks_are_nodes_in_order(name):
    built = architecture(name)
    places = [[node.name for node in built.nodes].index(block) for block in built.blocks if block in built.by_name]
    assert places == sorted(places)
    left_out = [block for block in built.blocks if block not in built.by_name]
    assert not (built.logits and left_out)
    assert {node.block for node in built.nodes if node.block} <= set(built.blocks)


@pytest.mark.parametrize(
    "name,layer,expected",
    [
        ("inceptionv1", "mixed3a", "maxpool1"),
        ("inceptionv1", "maxpool1", "conv2d2"),
        ("vgg19", "block3_conv2", "block3_conv1"),
        ("squeezenet1_1", "fire3", "fire2"),
        ("inception_v3", "conv_4", "conv_3"),
        ("inception_v3", "mixed", "pool_1"),
    ],
)
def test_layer_before(name, layer, expected):
    assert architecture(name).layers_before(layer) == (expected,)


def studied():
    """Return (architecture, layer) of every network, and a layer behind an average pool."""
    found = {(entry.architecture, entry.layer) for entry in ENTRIES.values()}
    return [*sorted(found), ("inception_v3", "mixed")]


@pytest.mark.parametrize("size", [101, 128])
@pytest.mark.parametrize("name,layer", studied())
def test_receptive_field_is_where_the_gradient_is(name, layer, size):
    built = architecture(name)
    position = built.central_position(layer, size)
    network = Network(built, random_weights(built.truncated(layer), positive=True), layer, linear=True)
    image = torch.zeros(1, 3, size, size, requires_grad=True)
    network(image)[0, :, position, position].sum().backward()
    touched = image.grad[0].abs().sum(0) > 0
    columns = torch.nonzero(touched.any(0)).flatten()
    field = built.receptive_field(layer, position, size)
    assert (columns[0], columns[-1]) == (max(field.first, 0), min(field.last, size - 1))
    assert torch.equal(touched.any(0), touched.any(1))


@pytest.mark.parametrize("size", [224, 229])
@pytest.mark.parametrize("name,layer", studied())
def test_the_canvas_gives_the_answer_of_a_larger_image(name, layer, size):
    built = architecture(name)
    network = Network(built, random_weights(built.truncated(layer)), layer)
    image = random_image(size, size)

    def central(width):
        position = built.central_position(layer, width)
        return position, built.receptive_field(layer, position, width)

    canvas = built.canvas_size(layer)
    (there, field), (here, own) = central(size), central(canvas)
    assert own.first >= 0 and own.last < canvas
    start = field.first - own.first
    cut = image[:, :, start : start + canvas, start : start + canvas]
    assert cut.shape[2:] == (canvas, canvas)
    assert_close(network(cut)[0, :, here, here], network(image)[0, :, there, there], 1e-5)
    if canvas > built.stride(layer):
        smaller = canvas - built.stride(layer)
        _, narrow = central(smaller)
        assert narrow.first < 0 or narrow.last >= smaller


# Expanded weights ----------------------------------------------------------------------------------------------------


def paths():
    """Return (architecture, source, target) of every registered source, and some that pass other operations."""
    found = set()
    for entry in ENTRIES.values():
        built = architecture(entry.architecture)
        target = built.branch_node(entry.layer, entry.branch or entry.layer).name
        found |= {(entry.architecture, source, target) for source in entry.sources}
    return [
        *sorted(found),
        ("inception_v3", "pool_1", "mixed"),
        ("squeezenet1_1", "pool1", "fire3"),
    ]


@pytest.mark.parametrize("name,source,target", paths())
def test_expanded_weights_agree_with_autograd(name, source, target):
    built = architecture(name)
    tensors = random_weights(built.truncated(target))
    kernel = expanded.expanded_weights(built, tensors, source, target)
    assert kernel.stride == built.stride(target) // built.stride(source)
    # The linearised network runs from the image, so that ways beside the source are there too.
    size = 16 * built.stride(source)
    image = torch.zeros(1, 3, size, size, requires_grad=True)
    found = all_activations(Network(built, tensors, target, linear=True), image)
    position = found[target].shape[-1] // 2
    first, taps = position * kernel.stride + kernel.offset[0], kernel.weight.shape[-1]
    assert first >= 0 and first + taps <= found[source].shape[-1]
    for unit in (1, built.node(target).channels - 1):
        answer = found[target][0, unit, position, position]
        (gradient,) = torch.autograd.grad(answer, found[source], retain_graph=True)
        ours = torch.zeros_like(gradient)
        ours[0, :, first : first + taps, first : first + taps] = kernel.weight[unit]
        assert_close(ours, gradient, 1e-5)


# The registry --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENTRIES)
def test_registry_entry_fits_its_architecture(name):
    entry = ENTRIES[name]
    for padding in DEFINITIONS[entry.architecture].paddings:
        built = architecture(entry.architecture, padding)
        assert entry.branch in ("", *built.branch_of_unit(entry.layer))
        target = built.branch_node(entry.layer, entry.branch) if entry.branch else built.node(entry.layer)
        needed = [node.name for node in built.upto(target.name)[:-1]]
        assert entry.sources and all(source in needed for source in entry.sources)
        order = [needed.index(source) for source in entry.sources]
        assert order == sorted(order, reverse=True)  # nearest first
        assert built.node(entry.layer) in built.upto(entry.downstream)[:-1]
        canvas = built.canvas_size(entry.layer)
        assert canvas % built.stride(entry.layer) == 0 and canvas < 128
    assert entry.title and entry.source
    assert architecture(entry.architecture, entry.padding).nodes


@pytest.mark.parametrize("name", ENTRIES)
def test_registered_files_can_be_told_from_others(name):
    entry = ENTRIES[name]
    assert bool(entry.files) != bool(entry.generator)
    for item in entry.files:
        assert item.has_hash or entry.fingerprint
        assert item.has_hash or not item.url
        assert not item.naming or item.naming in DEFINITIONS[entry.architecture].namings
    if entry.fingerprint:
        known = architecture(entry.architecture).by_name
        layers = {tensor.rpartition("_")[0] for tensor in tensor_ranges(entry.fingerprint)}
        assert layers and all(known[layer].has_weights for layer in layers)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_namings_give_every_tensor_a_name_of_its_own(name):
    for naming in DEFINITIONS[name].namings.values():
        names = [naming(node) for node in architecture(name).nodes if node.has_weights]
        for part in ("weight", "bias"):
            given = [getattr(item, part) for item in names if getattr(item, part)]
            assert len(given) == len(set(given))
        assert all(item.bias for item in names)
