"""How this process handles the memory that it frees."""

import ctypes
from contextlib import suppress

# Of glibc's allocator (malloc.h): blocks up to this size come from its heap, and so much of it is kept when free.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
LARGEST_BLOCK, KEPT = 32 * 2**20, 256 * 2**20  # bytes; the first is the most that older versions take


def keep_freed_memory() -> None:
    """Let this process use its freed memory again, where its C library is glibc; elsewhere nothing changes.

    By itself glibc returns every large block to the system, which clears each page before it gives it out again: up to
    a third of the time that a network's activations take on a CPU.
    """
    with suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, LARGEST_BLOCK)
        library.mallopt(M_TRIM_THRESHOLD, KEPT)
