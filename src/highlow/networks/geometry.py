"""Where a window of a convolution or a pool looks: sizes, padding, receptive fields.

All of it is one-dimensional integer arithmetic: a window with other numbers on the other axis is two of these.
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
    padding : int, (int, int) or "same"
        Pixels added on each side, or before and behind, or TensorFlow's SAME rule, which depends on the input size
        and puts the odd pixel behind.
    ceil : bool
        Whether the last, partly filled window counts (Caffe pools do that, convolutions do not).
    dilation : int
        Pixels from one tap to the next.
    """

    kernel: int = 1
    stride: int = 1
    padding: int | tuple[int, int] | Literal["same"] = 0
    ceil: bool = False
    dilation: int = 1

    @property
    def extent(self) -> int:
        """Pixels from its first tap to its last, both included."""
        return (self.kernel - 1) * self.dilation + 1

    def output_size(self, size: int) -> int:
        """Return the number of positions of the window over `size` pixels."""
        if self.padding == "same":
            return -(-size // self.stride)
        before, behind = self.pads(size)
        span = size + before + behind - self.extent
        count = (-(-span // self.stride) if self.ceil else span // self.stride) + 1
        if self.ceil and (count - 1) * self.stride >= size + before:
            count -= 1  # Caffe and PyTorch: a window that starts in the padding behind does not count
        return count

    def pads(self, size: int) -> tuple[int, int]:
        """Return the pixels to add before and behind an input of `size` pixels.

        TensorFlow: `total = max((ceil(size / stride) - 1) * stride + extent - size, 0)`, half of it (rounded
        down) before (documentation of `tf.nn.convolution`).
        """
        if self.padding == "same":
            total = max((self.output_size(size) - 1) * self.stride + self.extent - size, 0)
            return total // 2, total - total // 2
        return self.padding if isinstance(self.padding, tuple) else (self.padding, self.padding)


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
            self.last * window.stride - before + window.extent - 1,
        )

    def pooled(self, count: int, size: int) -> "ReceptiveField":
        """Return the positions that an adaptive pool with `count` windows over `size` positions sees for this span.

        PyTorch: window i reaches from `floor(i * size / count)` to before `ceil((i + 1) * size / count)`.
        """
        return ReceptiveField(self.first * size // count, -(-(self.last + 1) * size // count) - 1)

    def union(self, other: "ReceptiveField") -> "ReceptiveField":
        """Return the smallest span that contains both."""
        return ReceptiveField(min(self.first, other.first), max(self.last, other.last))
