"""What thingsvision needs to be imported beside today's numpy and without TensorFlow."""

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from unittest.mock import MagicMock

import numpy as np

OLD_NAME = "AxisError"  # where it was before numpy 2
MISSING = "tensorflow"  # imported by thingsvision at its start, used for networks of TensorFlow's alone


class _StandIn(types.ModuleType):
    __path__: Sequence[str] = ()

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return MagicMock(name=name)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        found = name.partition(".")[0] == MISSING
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if found else None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


@contextmanager
def importable() -> Iterator[None]:
    """Let `thingsvision` be imported in the block."""
    if not hasattr(np, OLD_NAME):
        setattr(np, OLD_NAME, np.exceptions.AxisError)
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
