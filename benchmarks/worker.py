"""One side of a comparison in a process of its own, told by lines what to do; `benchmarks.harness` starts it.

python -m benchmarks.worker MODULE:FUNCTION SETTINGS

The function takes the settings and returns a function without arguments: what is timed. That returns how many items it
did and what it computed, or also the seconds of its parts. Every line read is the path of a file for what was computed,
or empty; the answer is a line of JSON.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import numpy as np

from benchmarks.machine import peak_mb

Action = Callable[[], tuple[int, Any] | tuple[int, Any, Mapping[str, float]]]


def prepared(program: str, settings: Mapping[str, Any]) -> Action:
    module, _, function = program.partition(":")
    return getattr(importlib.import_module(module), function)(settings)


def measured(action: Action) -> tuple[dict[str, Any], Any]:
    """Run it once; return what is told of it, and what it computed."""
    cpu, start = time.process_time(), time.perf_counter()
    items, value, *parts = action()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    told = {"seconds": seconds, "cpu": cpu, "items": items, "memory_mb": peak_mb()}
    return told | ({"parts": parts[0]} if parts else {}), value


def main() -> None:
    if sys.argv[1].partition(":")[2].startswith("ours"):
        with suppress(ImportError):  # an earlier commit has no such module
            from highlow.runs.allocator import keep_freed_memory

            keep_freed_memory()  # as every script does
    # What libraries print goes to the errors; the answers have the output to themselves.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    action = prepared(sys.argv[1], json.loads(sys.argv[2]))
    print(json.dumps({"ready": True}), file=answers)
    for line in sys.stdin:
        told, value = measured(action)
        if line.strip():
            np.save(line.strip(), np.asarray(value), allow_pickle=False)
        print(json.dumps(told), file=answers)


if __name__ == "__main__":
    main()
