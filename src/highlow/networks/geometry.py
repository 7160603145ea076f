"""Where a window of a convolution or a pool looks: sizes, padding, receptive fields.

All of it is one-dimensional integer arithmetic; images and windows here are square.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Window:
    """A sliding window.

    Attributes
    ----------
    kernel, stride : int
        In pixels of the window's input.
    padding : int or "same"
        Pixels added on each side, or TensorFlow's SAME rule, which depends on the input size and puts
        the odd pixel behind.
    ceil : bool
        Whether the last, partly filled window counts (Caffe pools do that, convolutions do not).
    """

    kernel: int = 1
    stride: int = 1
    padding: int | Literal["same"] = 0
    ceil: bool = False

    def output_size(self, size: int) -> int:
        """Return the number of positions of the window over `size` pixels."""
        if self.padding == "same":
            return -(-size // self.stride)
        span = size + 2 * self.padding - self.kernel
        count = (-(-span // self.stride) if self.ceil else span // self.stride) + 1
        if self.ceil and (count - 1) * self.stride >= size + self.padding:
            count -= 1  # Caffe and PyTorch: a window that starts in the padding behind does not count
        return count

    def pads(self, size: int) -> tuple[int, int]:
        """Return the pixels to add before and behind an input of `size` pixels.

        TensorFlow: `total = max((ceil(size / stride) - 1) * stride + kernel - size, 0)`, half of it (rounded
        down) before (documentation of `tf.nn.convolution`).
        """
        if self.padding == "same":
            total = max((self.output_size(size) - 1) * self.stride + self.kernel - size, 0)
            return total // 2, total - total // 2
        return self.padding, self.padding


@dataclass(frozen=True)
class ReceptiveField:
    """The pixels that one position of a layer sees along an axis, `first` to `last`, both included.

    They may lie outside the image, in the padding.
    """

    first: int
    last: int

    @property
    def size(self) -> int:
        """Width in pixels."""
        return self.last - self.first + 1

    @property
    def center(self) -> float:
        """Pixel coordinate of the middle (pixel i is centred on coordinate i)."""
        return (self.first + self.last) / 2

    def through(self, window: Window, size: int) -> "ReceptiveField":
        """Return the positions of the window's input (of `size` pixels) that this span of its output sees."""
        before = window.pads(size)[0]
        return ReceptiveField(
            self.first * window.stride - before,
            self.last * window.stride - before + window.kernel - 1,
        )

    def union(self, other: "ReceptiveField") -> "ReceptiveField":
        """Return the smallest span that contains both."""
        return ReceptiveField(min(self.first, other.first), max(self.last, other.last))
