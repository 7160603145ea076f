"""safetensors files (https://github.com/huggingface/safetensors): a JSON header and plain numbers."""

from collections.abc import Iterator
from pathlib import Path

import safetensors
import torch

from highlow.runs.errors import HighlowError


def read(path: Path) -> Iterator[tuple[str, torch.Tensor]]:
    """Yield names and float tensors of a safetensors file.

    Raises
    ------
    HighlowError
        If it is damaged or of another format.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            for name in file.keys():  # noqa: SIM118 (the file is no mapping)
                values = file.get_tensor(name)
                if values.is_floating_point():
                    yield name, values
    except safetensors.SafetensorError as error:
        raise HighlowError(f"{path}: damaged, or not a safetensors file; replace it") from error
