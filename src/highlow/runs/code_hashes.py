"""Which files of this project a script runs, so that a change of code reruns just what it affects."""

import ast
import atexit
import hashlib
import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

FORMAT = f"1, Python {sys.version_info.major}.{sys.version_info.minor}"  # whose syntax trees they are


def imported_files(roots: Iterable[Path], source: Path) -> list[Path]:
    """Return the roots and every module of `source` that they import, directly or not, sorted.

    Parameters
    ----------
    roots : iterable of Path
        Python files.
    source : Path
        Folder that holds the package (`src`). Imports inside functions count; packages count with their
        `__init__.py`.
    """
    return Code(source).imported_files(roots)


def code_hash(roots: Iterable[Path], source: Path) -> str:
    """Return a hash of files and of the modules of `source` that they run.

    Python files count by their syntax tree: comments, docstrings and formatting change nothing. Other files count by
    their bytes.
    """
    return Code(source).hash(roots)


class Code:
    """The modules of a folder, each looked at once.

    Parameters
    ----------
    source : Path
        Folder that holds the package (`src`).
    """

    def __init__(self, source: Path) -> None:
        self.source = source
        self._parsed = cache(lambda path: _parsed(path.read_bytes()))
        self._files = cache(self._files_of)

    def imported_files(self, roots: Iterable[Path]) -> list[Path]:
        """Return the roots and every module that they import, directly or not, sorted."""
        found: set[Path] = set()
        pending = list(roots)
        while pending:
            path = pending.pop()
            if path not in found:
                found.add(path)
                for name in self._parsed(path).imported:
                    pending.extend(self._files(name))
        return sorted(found)

    def hash(self, roots: Iterable[Path]) -> str:
        """Return a hash of files and of the modules that they run, see `code_hash`."""
        roots = list(roots)
        scripts = [path for path in roots if path.suffix == ".py"]
        digest = hashlib.sha256()
        for path in [*self.imported_files(scripts), *sorted(set(roots) - set(scripts))]:
            digest.update(self._parsed(path).syntax if path.suffix == ".py" else path.read_bytes())
        return digest.hexdigest()[:16]

    def _files_of(self, name: str) -> list[Path]:
        """Return the module of a dotted name and the `__init__.py` of the packages above it."""
        parts = name.split(".")
        packages = [self.source.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
        module = self.source.joinpath(*parts).with_suffix(".py")
        return [path for path in (*packages, module) if path.is_file()]


class _Parsed(NamedTuple):
    """The names of this project that Python code imports, and the hash of its syntax tree without docstrings."""

    imported: tuple[str, ...]
    syntax: bytes


# By the hash of what was read: a changed file is parsed again.
_known: dict[str, _Parsed] = {}


def _parsed(content: bytes) -> _Parsed:
    key = hashlib.sha256(content).hexdigest()
    if key not in _known:
        _known[key] = _parse(content)
    return _known[key]


def _parse(content: bytes) -> _Parsed:
    tree = ast.parse(content)
    names: set[str] = set()
    for item in ast.walk(tree):
        if isinstance(item, ast.Import):
            names.update(alias.name for alias in item.names)
        elif isinstance(item, ast.ImportFrom) and item.module:
            names.add(item.module)
            names.update(f"{item.module}.{alias.name}" for alias in item.names)
        elif isinstance(item, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(item) is not None:
            item.body = item.body[1:]
    own = tuple(sorted(name for name in names if name.split(".")[0] == "highlow"))
    return _Parsed(own, hashlib.sha256(ast.dump(tree).encode()).digest())


def recall(path: Path) -> None:
    """Know what another process knew of the files that it read: parsing them takes a third of the time of a plan.

    At the end of this process what it learned is written there, if it can be. A file that is damaged is not there.
    """
    with suppress(OSError, ValueError, TypeError, AttributeError, LookupError):
        stored = json.loads(path.read_bytes())
        if stored["format"] == FORMAT:
            files = stored["files"].items()
            _known.update({key: _Parsed(tuple(names), bytes.fromhex(syntax)) for key, (names, syntax) in files})
    atexit.register(_remember, path.absolute(), len(_known))


def _remember(path: Path, recalled: int) -> None:
    """Write what is known, if that is more than was recalled."""
    if len(_known) > recalled:
        with suppress(OSError):
            temporary = path.with_name(f"{path.name}.{os.getpid()}")
            files = {key: (found.imported, found.syntax.hex()) for key, found in _known.items()}
            temporary.write_text(json.dumps({"format": FORMAT, "files": files}), encoding="utf-8")
            temporary.replace(path)
