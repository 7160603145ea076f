"""PyTorch as the jobs of the pipeline find it, whatever the program around has set."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import torch

from highlow.runs.user_settings import full_precision

# What may compute with fewer bits than float32 has, unless it says one of these.
ONEDNN = torch.backends.mkldnn
OPERATIONS = (ONEDNN.matmul, ONEDNN.conv, torch.backends.cuda.matmul)  # type: ignore[attr-defined]
FULL = ("none", "ieee")


@contextmanager
def as_shipped() -> Iterator[None]:
    """Compute in float32, on the device that is named, with gradients; give back behind it what was set before.

    Hidden are the default type and device, `inference_mode`, `no_grad`, `autocast`, and a lower precision of float32.
    Which kernels compute (`torch.backends.mkldnn.enabled`, deterministic ones) stays the caller's choice: they differ
    in last digits.
    """
    dtype = torch.get_default_dtype()
    lowered = [(operation, operation.fp32_precision) for operation in OPERATIONS]
    lowered = [(operation, precision) for operation, precision in lowered if precision not in FULL]
    with ExitStack() as stack:
        stack.enter_context(full_precision())
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        for kind in ("cpu", "cuda", "mps"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        try:
            torch.set_default_dtype(torch.float32)
            for operation, _ in lowered:
                operation.fp32_precision = "ieee"
            yield
        finally:
            torch.set_default_dtype(dtype)
            for operation, precision in lowered:
                operation.fp32_precision = precision
