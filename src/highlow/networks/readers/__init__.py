"""Weight files of any known format as tensors by name, in PyTorch's layout."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import torch

from highlow.runs.errors import HighlowError

# The module that reads a suffix; imported when needed, because some bring heavy packages.
MODULES = {
    ".safetensors": "safetensors_file",
    ".pth": "pytorch_file",
    ".pt": "pytorch_file",
    ".bin": "pytorch_file",
    ".ckpt": "pytorch_file",
    ".tar": "pytorch_file",  # .pth.tar
    ".pb": "tensorflow_graph",
    ".zip": "zipped_graph",
    ".caffemodel": "caffe_model",
    ".h5": "hdf5_file",
}

# A file that is small can stand for tensors that are large: many names of one storage, or one number for all.
LARGEST_FILE = LARGEST_BYTES = 4 * 2**30
MOST_AXES = 32


def tensors(path: Path) -> dict[str, torch.Tensor]:
    """Return every float tensor of a weight file by its name in the file.

    The format goes by the suffix. No format can run code.

    Parameters
    ----------
    path : Path
        A safetensors file, a state_dict saved by PyTorch, a frozen TensorFlow graph (also alone in a zip), a Caffe
        model or an HDF5 file of arrays.

    Returns
    -------
    dict of str to torch.Tensor
        float32, contiguous, in PyTorch's layout: convolutions (out, in, height, width), linear layers (out, in).
        Values that are not finite come as they are.

    Raises
    ------
    HighlowError
        If the suffix is unknown, or the file is missing, unreadable, damaged, unsafe, too large or without float
        tensors.
    """
    module = MODULES.get(path.suffix.lower())
    if module is None:
        raise HighlowError(f"{path}: no weight file has the suffix {path.suffix!r}; known: {', '.join(MODULES)}")
    if not path.is_file():
        raise HighlowError(f"{path}: no such file; put the weights there")
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise HighlowError(f"{path}: larger than {LARGEST_FILE >> 30} GiB; use a smaller network")
        found = _by_name(import_module(f"{__name__}.{module}").read(path), path)
    except MemoryError:
        raise HighlowError(f"{path}: it needs more memory than there is; free some, or replace it") from None
    except OSError as error:
        raise HighlowError(f"{path}: the system cannot read this file; check its permissions and disk") from error
    if not found:
        raise HighlowError(
            f"{path}: no float tensor in it; replace it with the file of a trained network (a frozen TensorFlow graph)"
        )
    return found


def tensors_together(paths: Iterable[Path]) -> dict[str, torch.Tensor]:
    """Return the tensors of several files; see `tensors`. No two may have a tensor of one name."""
    result: dict[str, torch.Tensor] = {}
    for path in paths:
        found = tensors(path)
        both = sorted(result.keys() & found.keys())
        if both:
            raise HighlowError(f"{path}: the tensor {both[0]!r} is in another file too; replace the file")
        result |= found
    return result


def _by_name(pairs: Iterable[tuple[str, torch.Tensor]], path: Path) -> dict[str, torch.Tensor]:
    """Return names and tensors as a dictionary of contiguous float32, each name once."""
    result: dict[str, torch.Tensor] = {}
    left = LARGEST_BYTES
    for name, values in pairs:
        if name in result:
            raise HighlowError(f"{path}: two tensors have the name {name!r}; replace the file")
        left -= 4 * values.numel()
        if left < 0:
            raise HighlowError(f"{path}: its tensors need more than {LARGEST_BYTES >> 30} GiB; use a smaller network")
        if values.ndim > MOST_AXES:
            raise HighlowError(f"{path}: the tensor {name!r} has {values.ndim} axes; replace the file")
        try:
            result[name] = values.detach().to(torch.float32).contiguous()
        except NotImplementedError:
            raise HighlowError(
                f"{path}: the tensor {name!r} has numbers of {values.dtype}; save it as float32"
            ) from None
    return result
