"""Recognizing published weights by the range of every tensor."""

from pathlib import Path

from highlow.networks.extracted import Weights
from highlow.reference import tensor_ranges
from highlow.runs.errors import HighlowError

STEPS = 65535  # of the published 16-bit quantization


def check(name: str, weights: Weights, path: Path) -> None:
    """Check the smallest and largest value of every tensor whose range is published.

    Published are the minimum and the step of a 16-bit quantization, exact to about half a step; a step is allowed.
    Layers without a published range are not checked.

    Parameters
    ----------
    name : str
        Fingerprint, a file of `highlow.reference`; its tensors are `<layer>_w` and `<layer>_b`.
    weights : dict
        Weight and bias by node name.
    path : Path
        Of the file, for the message.

    Raises
    ------
    HighlowError
        If a tensor is missing or has another range.
    """
    for tensor, (smallest, step) in tensor_ranges(name).items():
        layer, _, part = tensor.rpartition("_")
        if layer not in weights:
            raise HighlowError(f"{path}: no layer {layer!r}, so these are not the published weights of {name}")
        values = weights[layer][0 if part == "w" else 1]
        low, high = float(values.min()), float(values.max())
        largest = smallest + STEPS * step
        if not (abs(low - smallest) <= step and abs(high - largest) <= step):
            raise HighlowError(
                f"{path}: {tensor} runs from {low:.6g} to {high:.6g}, but the published weights of {name} run from "
                f"{smallest:.6g} to {largest:.6g}: these are other weights"
            )
