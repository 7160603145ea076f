"""Writing an architecture down: each call adds a node and returns its name."""

from collections.abc import Mapping
from typing import Literal

from highlow.networks.geometry import Window
from highlow.networks.graph import LocalResponseNorm, Node

Padding = int | Literal["same"]


class Builder:
    """A growing list of nodes that starts with the image; channels are counted along."""

    def __init__(self) -> None:
        self.nodes = [Node("image", "input", channels=3)]
        self._channels = {"image": 3}

    def conv(
        self,
        name: str,
        source: str,
        channels: int,
        kernel: int = 1,
        stride: int = 1,
        padding: Padding = 0,
        *,
        relu: bool = True,
        block: str = "",
    ) -> str:
        """Add a convolution with bias, rectified unless told otherwise."""
        window = Window(kernel, stride, padding)
        return self._add(
            Node(name, "conv", (source,), channels, window, activation="relu" if relu else "", block=block)
        )

    def max_pool(
        self,
        name: str,
        source: str,
        kernel: int,
        stride: int,
        padding: Padding = 0,
        *,
        ceil: bool = False,
        block: str = "",
    ) -> str:
        """Add a max pool; padding never wins."""
        window = Window(kernel, stride, padding, ceil)
        return self._add(Node(name, "max_pool", (source,), self._channels[source], window, block=block))

    def avg_pool(self, name: str, source: str, kernel: int, stride: int, padding: Padding, *, block: str = "") -> str:
        """Add an average pool; padding does not count."""
        window = Window(kernel, stride, padding)
        return self._add(Node(name, "avg_pool", (source,), self._channels[source], window, block=block))

    def local_response_norm(self, name: str, source: str, norm: LocalResponseNorm) -> str:
        """Add a local response normalization across channels."""
        return self._add(Node(name, "local_response_norm", (source,), self._channels[source], norm=norm))

    def concat(self, name: str, branches: Mapping[str, str]) -> str:
        """Add a concatenation of nodes by the name of each as a branch."""
        total = sum(self._channels[source] for source in branches.values())
        return self._add(Node(name, "concat", tuple(branches.values()), total, branches=tuple(branches)))

    def add(self, name: str, sources: tuple[str, ...]) -> str:
        """Add a rectified sum."""
        return self._add(Node(name, "add", sources, self._channels[sources[0]], activation="relu"))

    def global_average(self, name: str, source: str) -> str:
        """Add the mean over all positions."""
        return self._add(Node(name, "global_average", (source,), self._channels[source]))

    def linear(self, name: str, source: str, channels: int) -> str:
        """Add a matrix product with bias over a flattened input."""
        return self._add(Node(name, "linear", (source,), channels))

    def _add(self, node: Node) -> str:
        self.nodes.append(node)
        self._channels[node.name] = node.channels
        return node.name
