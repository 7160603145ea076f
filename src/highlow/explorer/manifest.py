"""The checksums of a folder of the explorer, beside it: its files hold none."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from highlow.storage import checksums


def write(folder: Path, origin: Mapping[str, Any]) -> None:
    """Write `<folder>.provenance.json`: the checksum of every file of a folder, and what these were made from."""
    names = sorted(f"{folder.name}/{path.name}" for path in folder.iterdir() if not path.name.startswith("."))
    files = checksums.hashed(folder.parent, names)
    checksums.write_json(folder.parent / f"{folder.name}.provenance.json", {**origin, "files": files})
