"""What the measurements share: their one option, and how they write what they found."""

import argparse
import json
import tempfile
from collections.abc import Mapping
from typing import Any

from benchmarks import environments, harness, machine, material


def standard(*, quick: bool, scratch: str) -> dict[str, Any]:
    """Return the settings of every task: which network, which images."""
    folder = material.images_dir()
    generated = folder.is_relative_to(environments.FOLDER)
    return {
        "quick": quick,
        "network": material.network_name(),
        "images": "generated images" if generated else "photographs",
        "images_dir": str(folder),
        "scratch": scratch,
    }


def settings(description: str | None) -> dict[str, Any]:
    """Return the settings that a measurement is called with."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--settings", type=json.loads, help="JSON, as `python -m benchmarks` gives it")
    given = parser.parse_args().settings
    return given or standard(quick=True, scratch=tempfile.gettempdir())


def write(task: str, given: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """Write what a measurement found, with the machine that it is of."""
    told = {name: value for name, value in given.items() if name not in harness.PLACES}
    known = {"task": task, "settings": told, "machine": machine.machine(), "versions": machine.versions()}
    harness.write(known | {"commit": machine.commit()} | found)
