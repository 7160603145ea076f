"""Which files of this project a script runs, so that a change of code reruns just what it affects."""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple


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
    found: set[Path] = set()
    pending = list(roots)
    while pending:
        path = pending.pop()
        if path in found:
            continue
        found.add(path)
        for name in _parsed(path.read_bytes()).imported:
            pending.extend(_files(name, source))
    return sorted(found)


def code_hash(roots: Iterable[Path], source: Path) -> str:
    """Return a hash of files and of the modules that they run.

    Python files count by their syntax tree: comments, docstrings and formatting change nothing. Other files count by
    their bytes.
    """
    roots = list(roots)
    scripts = [path for path in roots if path.suffix == ".py"]
    digest = hashlib.sha256()
    for path in [*imported_files(scripts, source), *sorted(set(roots) - set(scripts))]:
        content = path.read_bytes()
        digest.update(_parsed(content).syntax if path.suffix == ".py" else content)
    return digest.hexdigest()[:16]


class _Parsed(NamedTuple):
    """The names of this project that Python code imports, and its syntax tree without docstrings."""

    imported: frozenset[str]
    syntax: bytes


# Asked for the same modules once a rule; what was read decides, so a changed file is parsed again.
@cache
def _parsed(content: bytes) -> _Parsed:
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
    own = frozenset(name for name in names if name.split(".")[0] == "highlow")
    return _Parsed(own, ast.dump(tree).encode())


def _files(name: str, source: Path) -> list[Path]:
    """Return the module of a dotted name and the `__init__.py` of the packages above it."""
    parts = name.split(".")
    packages = [source.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
    module = source.joinpath(*parts).with_suffix(".py")
    return [path for path in (*packages, module) if path.is_file()]
