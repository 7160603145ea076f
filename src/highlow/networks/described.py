"""What only PyTorch can say of a module's network, for a process without PyTorch: said once, and kept.

The Snakefile needs layers and receptive fields before any job runs. A script of its own tells them
(`scripts/describe_network.py`); its answer is kept in the user's cache, under a hash of all that it depends on.
Imports neither torch nor numpy.
"""

import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from highlow.networks import graph_json, module_files, registry, weight_files
from highlow.networks.graph import Architecture
from highlow.networks.registry import Entry
from highlow.runs.code_hashes import code_hash
from highlow.runs.errors import HighlowError
from highlow.storage import checksums

SCRIPTS = "HIGHLOW_SCRIPTS"
# What a description depends on.
FIELDS = ("module", "arguments", "mean", "std", "size", "until")


def completed(entry: Entry) -> Entry:
    """Return an entry with what its module's code knows: files, preprocessing, size; one without a module as it is."""
    if not entry.module:
        return entry
    found = registry.from_json(_said(entry)["entry"])
    return replace(entry, files=entry.files or found.files, mean=found.mean, std=found.std, size=found.size)


def architecture(entry: Entry) -> Architecture:
    """Return the graph of an entry's module.

    Raises
    ------
    HighlowError
        If the module cannot be built or imported.
    """
    return graph_json.from_json(_said(entry)["graph"])


def _said(entry: Entry) -> dict[str, Any]:
    """Return the description of an entry's module; a control has that of the intact network."""
    intact = replace(entry, name=entry.base or entry.name, control="", draw=0, base="")
    return _description(_key(intact), json.dumps(registry.as_json(intact, *FIELDS, "layer", "title", "source")))


def _key(entry: Entry) -> str:
    """Return a hash of what a description depends on: the entry, its code, this library's, and PyTorch's versions."""
    own = code_hash([Path(os.environ[SCRIPTS]) / "describe_network.py"], Path(__file__).parents[2])
    versions = [importlib.metadata.version(package) for package in ("torch", "torchvision")]
    parts = [registry.as_json(entry, *FIELDS), module_files.code_version(entry), own, versions]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


@cache
def _description(key: str, entry: str) -> dict[str, Any]:
    path = weight_files.cache_folder() / "graphs" / f"{key}.json"
    if not path.is_file():
        _describe(entry, path)
    return dict(checksums.read_json(path))


def _describe(entry: str, path: Path) -> None:
    name = json.loads(entry)["name"]
    print(f"looking into {name} (once, some seconds)", file=sys.stderr)
    command = [sys.executable, str(Path(os.environ[SCRIPTS]) / "describe_network.py"), "--entry", entry]
    # It may tell of names that the locale cannot write.
    told = os.environ | {"PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [*command, "--output", str(path)], env=told, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode or not path.is_file():
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        said = next((line for line in lines if line.startswith("error: ")), lines[-1] if lines else "no word why")
        raise HighlowError(said.removeprefix("error: "))
