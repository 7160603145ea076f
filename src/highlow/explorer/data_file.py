"""Data as classic scripts that register themselves: a page opened from disk may load these, and nothing else."""

import base64
import json
import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlow.storage.atomic_files import atomic_path

REGISTER = "highlow.register"


def array(values: NDArray[Any]) -> dict[str, Any]:
    """Return an array as the page unpacks it: its shape, and its float32 in little-endian order as base64."""
    content = np.ascontiguousarray(values, dtype="<f4").tobytes()
    return {"shape": list(values.shape), "float32": base64.b64encode(content).decode()}


def numbers(values: NDArray[Any]) -> list[Any]:
    """Return numbers with nine digits, as the tables have them; what is not finite becomes None."""
    return [_number(value) for value in values.tolist()]


def script(name: str, content: Mapping[str, Any]) -> str:
    """Return the text of a script that registers content under a name."""
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return f"{REGISTER}({json.dumps(name)},{text});\n"


def write(path: str | os.PathLike[str], name: str, content: Mapping[str, Any]) -> None:
    """Write a script that registers content under a name."""
    with atomic_path(path) as temporary:
        temporary.write_text(script(name, content), encoding="ascii")


def _number(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return float(f"{value:.9g}") if math.isfinite(value) else None
