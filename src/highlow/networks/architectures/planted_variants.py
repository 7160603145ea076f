"""The planted architecture made wider and deeper, so that one circuit can be looked for in networks of other shapes.

Chen, Goodfellow and Shlens, "Net2Net: Accelerating Learning via Knowledge Transfer", ICLR 2016, change the shape of a
network and keep its function. Here are the graphs; `highlow.networks.net2net` has the weights.
"""

from collections.abc import Mapping
from dataclasses import replace

from highlow.networks.architectures.definition import Definition, plain
from highlow.networks.architectures.inception_v1 import VARIANTS, inception_v1
from highlow.networks.geometry import Window
from highlow.networks.graph import Architecture, Node

# Channels of the wider network: half as many again.
WIDER = {"conv2d2": 288, "mixed3a_3x3_bottleneck": 144, "mixed3a_3x3": 192}
# The deeper network has a convolution more behind this one.
DEEPER_BEHIND, DEEPER_NAME, DEEPER_KERNEL = "conv2d2", "conv2d3", 3


def widened(architecture: Architecture, channels: Mapping[str, int]) -> Architecture:
    """Return an architecture whose convolutions have other numbers of channels; those that follow from them do too."""
    count: dict[str, int] = {}
    nodes = []
    for node in architecture.nodes:
        if node.op == "concat":
            width = sum(count[name] for name in node.inputs)
        elif node.has_weights or node.op == "input":
            width = channels.get(node.name, node.channels)
        else:
            width = count[node.inputs[0]]
        count[node.name] = width
        nodes.append(replace(node, channels=width))
    return replace(architecture, nodes=tuple(nodes))


def deepened(architecture: Architecture, behind: str, name: str, kernel: int) -> Architecture:
    """Return an architecture with one more convolution, a block of its own, between a block and all that read it."""
    added = Node(
        name, "conv", (behind,), architecture.node(behind).channels, Window(kernel, 1, "same"), activation="relu"
    )
    nodes: list[Node] = []
    for node in architecture.nodes:
        nodes.append(replace(node, inputs=tuple(name if item == behind else item for item in node.inputs)))
        if node.name == behind:
            nodes.append(added)
    place = architecture.blocks.index(behind) + 1
    blocks = (*architecture.blocks[:place], name, *architecture.blocks[place:])
    return replace(architecture, nodes=tuple(nodes), blocks=blocks)


def _planted(padding: str) -> Architecture:
    return inception_v1("planted", padding, VARIANTS["planted"])


DEFINITIONS = {
    "planted_wide": Definition(
        lambda padding: replace(widened(_planted(padding), WIDER), name="planted_wide"),
        {"tensorflow": plain()},
        ("same", "caffe"),
    ),
    "planted_deep": Definition(
        lambda padding: replace(
            deepened(_planted(padding), DEEPER_BEHIND, DEEPER_NAME, DEEPER_KERNEL), name="planted_deep"
        ),
        {"tensorflow": plain()},
        ("same", "caffe"),
    ),
}
