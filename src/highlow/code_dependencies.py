"""Which files of this project a script runs, so that a change of code reruns just what it affects."""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path


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
        for name in _imported_names(path.read_bytes()):
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
        digest.update(_syntax(content).encode() if path.suffix == ".py" else content)
    return digest.hexdigest()[:16]


# Both are asked for the same modules once a rule; what was read decides, so a changed file is parsed again.
@cache
def _syntax(content: bytes) -> str:
    """Return the syntax tree of Python code without docstrings."""
    tree = ast.parse(content)
    for item in ast.walk(tree):
        if isinstance(item, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(item) is not None:
            item.body = item.body[1:]
    return ast.dump(tree)


@cache
def _imported_names(content: bytes) -> frozenset[str]:
    names: set[str] = set()
    for item in ast.walk(ast.parse(content)):
        if isinstance(item, ast.Import):
            names.update(alias.name for alias in item.names)
        elif isinstance(item, ast.ImportFrom) and item.module:
            names.add(item.module)
            names.update(f"{item.module}.{alias.name}" for alias in item.names)
    return frozenset(name for name in names if name.split(".")[0] == "highlow")


def _files(name: str, source: Path) -> list[Path]:
    """Return the module of a dotted name and the `__init__.py` of the packages above it."""
    parts = name.split(".")
    packages = [source.joinpath(*parts[:depth], "__init__.py") for depth in range(1, len(parts) + 1)]
    module = source.joinpath(*parts).with_suffix(".py")
    return [path for path in (*packages, module) if path.is_file()]
