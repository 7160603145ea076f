"""InceptionV1 (GoogLeNet) as a list of nodes.

Szegedy et al., "Going Deeper with Convolutions", 2015. Node names are those of TensorFlow's `inception5h` graph,
which the article uses. The Caffe model (BVLC) has the same nodes with other padding, other normalization constants
and a wider 3x3 branch in mixed4a.
"""

from typing import Literal

from highlow.networks.geometry import Window
from highlow.networks.graph import Architecture, LocalResponseNorm, Node, Preprocessing

PaddingStyle = Literal["caffe", "same"]

# Channels of 1x1, 3x3 bottleneck, 3x3, 5x5 bottleneck, 5x5, pool projection (table 1 of the paper).
BLOCKS: dict[str, tuple[int, int, int, int, int, int]] = {
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
BRANCHES = ("1x1", "3x3", "5x5", "pool")

CAFFE_PREPROCESSING = Preprocessing(scale=255.0, offset=(104.0, 117.0, 123.0), channels=(2, 1, 0))
# RGB in [0, 1] to [-1, 1]: grey is 0, as the padding is.
PLANTED_PREPROCESSING = Preprocessing(scale=2.0, offset=(1.0, 1.0, 1.0))
CAFFE_NORM = LocalResponseNorm(size=5, alpha=1e-4, beta=0.75, k=1.0)


def inception_v1(
    name: str,
    padding: PaddingStyle,
    *,
    preprocessing: Preprocessing,
    norm: LocalResponseNorm | None,
    blocks: dict[str, tuple[int, int, int, int, int, int]] = BLOCKS,
    classes: int | None = None,
) -> Architecture:
    """Return InceptionV1 from the image to the logits, or to the last of `blocks`.

    Parameters
    ----------
    name : str
        Name in messages.
    padding : "caffe" or "same"
        Explicit padding and pools that round up, or TensorFlow's SAME padding everywhere.
    preprocessing : Preprocessing
        From RGB in [0, 1] to the network's input.
    norm : LocalResponseNorm or None
        Constants of both normalization layers; None leaves them out.
    blocks : dict
        Inception modules and their channels.
    classes : int, optional
        Number of logits; None ends the network after the last block.
    """
    nodes = [Node("image", "input", channels=3)]

    def add(node: Node) -> str:
        nodes.append(node)
        return node.name

    def conv(node_name: str, source: str, channels: int, kernel: int, stride: int = 1) -> str:
        pad = "same" if padding == "same" else kernel // 2
        window = Window(kernel, stride, pad)  # type: ignore[arg-type]
        return add(Node(node_name, "conv", (source,), channels, window, relu=True))

    def pool(node_name: str, source: str, channels: int, stride: int) -> str:
        window = Window(3, stride, "same") if padding == "same" else Window(3, stride, 2 - stride, ceil=True)
        return add(Node(node_name, "max_pool", (source,), channels, window))

    def normalize(node_name: str, source: str, channels: int) -> str:
        if norm is None:
            return source
        return add(Node(node_name, "local_response_norm", (source,), channels, norm=norm))

    def block(block_name: str, source: str, source_channels: int) -> tuple[str, int]:
        one, three_in, three, five_in, five, projection = blocks[block_name]
        pooled = pool(f"{block_name}_pool", source, source_channels, 1)
        branches = (
            conv(f"{block_name}_1x1", source, one, 1),
            conv(
                f"{block_name}_3x3",
                conv(f"{block_name}_3x3_bottleneck", source, three_in, 1),
                three,
                3,
            ),
            conv(
                f"{block_name}_5x5",
                conv(f"{block_name}_5x5_bottleneck", source, five_in, 1),
                five,
                5,
            ),
            conv(f"{block_name}_pool_reduce", pooled, projection, 1),
        )
        total = one + three + five + projection
        return add(Node(block_name, "concat", branches, total, branches=BRANCHES)), total

    layer = conv("conv2d0", "image", 64, 7, 2)
    layer = pool("maxpool0", layer, 64, 2)
    layer = normalize("localresponsenorm0", layer, 64)
    layer = conv("conv2d1", layer, 64, 1)
    layer = conv("conv2d2", layer, 192, 3)
    layer = normalize("localresponsenorm1", layer, 192)
    layer = pool("maxpool1", layer, 192, 2)
    channels = 192
    for block_name in blocks:
        layer, channels = block(block_name, layer, channels)
        if block_name in ("mixed3b", "mixed4e"):
            layer = pool({"mixed3b": "maxpool4", "mixed4e": "maxpool10"}[block_name], layer, channels, 2)
    if classes is not None:
        layer = add(Node("avgpool0", "global_average", (layer,), channels))
        add(Node("softmax2_pre_activation", "linear", (layer,), classes))
    return Architecture(name, tuple(nodes), preprocessing)


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
