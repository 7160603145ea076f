"""InceptionV1 (GoogLeNet) as TensorFlow and Caffe have it.

Szegedy et al., "Going Deeper with Convolutions", 2015. Node names are those of TensorFlow's `inception5h` graph,
which the article uses. The trainings differ in padding, normalization, the second kernel of the 5x5 branch and the
width of two branches; units of one do not correspond to those of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from highlow.networks.architectures.builder import Builder, Padding
from highlow.networks.architectures.definition import (
    CAFFE_PREPROCESSING,
    SYMMETRIC_PREPROCESSING,
    Definition,
    TensorNames,
    plain,
)
from highlow.networks.graph import Architecture, LocalResponseNorm, Node, Preprocessing

Channels = tuple[int, int, int, int, int, int]

# Channels of 1x1, 3x3 bottleneck, 3x3, 5x5 bottleneck, 5x5, pool projection (table 1 of the paper).
BLOCKS: dict[str, Channels] = {
    "mixed3a": (64, 96, 128, 16, 32, 32),
    "mixed3b": (128, 128, 192, 32, 96, 64),
    "mixed4a": (192, 96, 208, 16, 48, 64),
    "mixed4b": (160, 112, 224, 24, 64, 64),
    "mixed4c": (128, 128, 256, 24, 64, 64),
    "mixed4d": (112, 144, 288, 32, 64, 64),
    "mixed4e": (256, 160, 320, 32, 128, 128),
    "mixed5a": (256, 160, 320, 32, 128, 128),
    "mixed5b": (384, 192, 384, 48, 128, 128),
}
INCEPTION5H_BLOCKS = BLOCKS | {
    "mixed4a": (192, 96, 204, 16, 48, 64),
    "mixed5a": (256, 160, 320, 48, 128, 128),
}
EARLY_BLOCKS = {block: BLOCKS[block] for block in ("mixed3a", "mixed3b")}
STEM = ("conv2d0", "conv2d1", "conv2d2")

CAFFE_NORM = LocalResponseNorm(size=5, alpha=1e-4, beta=0.75, k=1.0)
# The graph's own constants: depth_radius 5, bias 2, alpha 1e-4, beta 0.5. PyTorch divides alpha by the size.
INCEPTION5H_NORM = LocalResponseNorm(size=11, alpha=11e-4, beta=0.5, k=2.0)
INCEPTION5H_PREPROCESSING = Preprocessing(scale=(255.0,) * 3, offset=(117.0,) * 3)


@dataclass(frozen=True)
class Variant:
    """What tells one training's architecture from another's.

    Attributes
    ----------
    blocks : mapping
        Inception modules and their channels; the network ends with the last.
    norm : LocalResponseNorm or None
        Constants of both normalization layers; None leaves them out.
    classes : int or None
        Number of logits; None ends the network after the last block.
    second_kernel : int
        Of the branch that is called 5x5.
    last_pool_kernel : int
        Of the pool before mixed5a.
    """

    preprocessing: Preprocessing
    norm: LocalResponseNorm | None
    blocks: Mapping[str, Channels]
    classes: int | None
    second_kernel: int = 5
    last_pool_kernel: int = 3


def inception_v1(name: str, padding: str, variant: Variant) -> Architecture:
    """Return InceptionV1 from the image to the logits, or to the last block of the variant.

    Parameters
    ----------
    name : str
        Name in messages.
    padding : str
        "same": TensorFlow's SAME padding everywhere; "caffe": explicit padding, and pools of stride 2 without padding
        that round up, which torchvision has too.
    variant : Variant
        The training's own constants.

    Notes
    -----
    TensorFlow's graph ends in a 7x7 average, which is the mean over all positions at 224 px; here it is that mean at
    every size.
    """
    graph = Builder()

    def conv(node_name: str, source: str, channels: int, kernel: int = 1, stride: int = 1, block: str = "") -> str:
        pad: Padding = "same" if padding == "same" else kernel // 2
        return graph.conv(node_name, source, channels, kernel, stride, pad, block=block)

    def pool(node_name: str, source: str, stride: int, kernel: int = 3, block: str = "") -> str:
        pad: Padding = "same" if padding == "same" else 2 - stride
        return graph.max_pool(node_name, source, kernel, stride, pad, ceil=padding != "same", block=block)

    def normalize(node_name: str, source: str) -> str:
        return graph.local_response_norm(node_name, source, variant.norm) if variant.norm else source

    def module(block: str, source: str) -> str:
        one, three_in, three, five_in, five, projection = variant.blocks[block]
        pooled = pool(f"{block}_pool", source, 1, block=block)
        three_source = conv(f"{block}_3x3_bottleneck", source, three_in, block=block)
        five_source = conv(f"{block}_5x5_bottleneck", source, five_in, block=block)
        branches = {
            "1x1": conv(f"{block}_1x1", source, one, block=block),
            "3x3": conv(f"{block}_3x3", three_source, three, 3, block=block),
            "5x5": conv(f"{block}_5x5", five_source, five, variant.second_kernel, block=block),
            "pool": conv(f"{block}_pool_reduce", pooled, projection, block=block),
        }
        return graph.concat(block, branches)

    layer = conv("conv2d0", "image", 64, 7, 2)
    layer = pool("maxpool0", layer, 2)
    layer = normalize("localresponsenorm0", layer)
    layer = conv("conv2d1", layer, 64)
    layer = conv("conv2d2", layer, 192, 3)
    layer = normalize("localresponsenorm1", layer)
    layer = pool("maxpool1", layer, 2)
    for block in variant.blocks:
        layer = module(block, layer)
        if block == "mixed3b" and "mixed4a" in variant.blocks:
            layer = pool("maxpool4", layer, 2)
        if block == "mixed4e":
            layer = pool("maxpool10", layer, 2, variant.last_pool_kernel)
    logits = ""
    if variant.classes is not None:
        layer = graph.global_average("avgpool0", layer)
        logits = graph.linear("softmax2_pre_activation", layer, variant.classes)
    blocks = (*STEM, *variant.blocks)
    return Architecture(name, tuple(graph.nodes), variant.preprocessing, blocks, logits)


def caffe_name(node: str) -> str:
    """Return the Caffe name of an InceptionV1 node that has weights, `mixed3a_3x3` -> `inception_3a/3x3`."""
    stem = {
        "conv2d0": "conv1/7x7_s2",
        "conv2d1": "conv2/3x3_reduce",
        "conv2d2": "conv2/3x3",
        "softmax2_pre_activation": "loss3/classifier",
    }
    if node in stem:
        return stem[node]
    block, _, part = node.removeprefix("mixed").partition("_")
    return f"inception_{block}/" + part.replace("bottleneck", "reduce").replace("pool_reduce", "pool_proj")


def graph_constants(node: Node) -> TensorNames:
    """Return the names of TensorFlow's constants, `mixed3a_3x3_w` and `mixed3a_3x3_b`."""
    name = node.name.removesuffix("_pre_activation")
    return TensorNames(f"{name}_w", f"{name}_b")


def lucent_names(node: Node) -> TensorNames:
    """Return the keys of `inception5h.pth`, the file that lucent loads, `mixed3a_3x3_pre_relu_conv.weight`."""
    name = node.name + ("_matmul" if node.op == "linear" else "_pre_relu_conv")
    return TensorNames(f"{name}.weight", f"{name}.bias")


VARIANTS = {
    "googlenet": Variant(CAFFE_PREPROCESSING, CAFFE_NORM, BLOCKS, 1000),
    "inceptionv1": Variant(INCEPTION5H_PREPROCESSING, INCEPTION5H_NORM, INCEPTION5H_BLOCKS, 1008),
    "planted": Variant(SYMMETRIC_PREPROCESSING, None, EARLY_BLOCKS, None),
    # Trained with batch normalization in place of LRN, which is then part of weights and biases.
    "inceptionv1_selfsup": Variant(SYMMETRIC_PREPROCESSING, None, EARLY_BLOCKS, None),
}

DEFINITIONS = {
    "googlenet": Definition(
        lambda padding: inception_v1("googlenet", padding, VARIANTS["googlenet"]),
        {"caffe": plain(caffe_name), "tensorflow": plain()},
        ("caffe", "same"),
    ),
    "inceptionv1": Definition(
        lambda padding: inception_v1("inceptionv1", padding, VARIANTS["inceptionv1"]),
        {"graph": graph_constants, "lucent": lucent_names, "tensorflow": plain(), "caffe": plain(caffe_name)},
        ("same", "caffe"),
    ),
    "planted": Definition(
        lambda padding: inception_v1("planted", padding, VARIANTS["planted"]),
        {"tensorflow": plain()},
        ("same", "caffe"),
    ),
    "inceptionv1_selfsup": Definition(
        lambda padding: inception_v1("inceptionv1_selfsup", padding, VARIANTS["inceptionv1_selfsup"]),
        {"tensorflow": plain()},
        ("same", "caffe"),
    ),
}
