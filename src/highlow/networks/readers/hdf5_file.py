"""HDF5 files of float arrays, nothing else, at the top of the file, such as one file a tensor."""

from collections.abc import Iterator
from pathlib import Path

import torch

from highlow.storage import hdf5_fields

LARGEST_FLOAT = 8  # bytes; PyTorch has none with more


def read(path: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield names and values of an HDF5 file's arrays, axes as HDF5 has them.

    Raises
    ------
    HighlowError
        If it is damaged, of another format, or holds anything else: a group, integers, a link, a single number.
    """
    with hdf5_fields.opened(path, foreign=True) as file:
        for name in file.group:
            axes = file.dataset_axes(name)
            file.check(axes > 0, name)
            values = file.array(name, [f"{name}:{axis}" for axis in range(axes)])
            file.check(values.dtype.itemsize <= LARGEST_FLOAT, name)
            # PyTorch takes numbers in this machine's byte order alone.
            yield name, torch.from_numpy(values.astype(values.dtype.newbyteorder("="), copy=False))
