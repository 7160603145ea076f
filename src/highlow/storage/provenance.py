"""What a file was made from: hashes of its inputs, config values, seed and versions."""

import os
from collections.abc import Mapping
from importlib import metadata
from typing import Any

from highlow import __version__
from highlow.storage.checksums import sha256

PACKAGES = ("h5py", "matplotlib", "numpy", "pandas", "scikit-learn", "scipy", "torch")


def made_from(
    inputs: Mapping[str, str | os.PathLike[str]] | None = None,
    config: Mapping[str, Any] | None = None,
    seed: int | None = None,
    outside: Mapping[str, str | os.PathLike[str]] | None = None,
) -> dict[str, Any]:
    """Return what a file was made from: hashes of its inputs, config values, seed and versions.

    Parameters
    ----------
    inputs : mapping of str to path
        Results by the role they play; only their hashes are kept.
    config : mapping
        The config values that the step used.
    seed : int, optional
        Seed of its random numbers, if it drew any.
    outside : mapping of str to path, optional
        Files that are no results, by the role they play; `highlow verify` does not look for them.
    """
    files = {"inputs": inputs or {}} | ({"outside": outside} if outside else {})
    return {
        **{kind: {role: sha256(path) for role, path in sorted(paths.items())} for kind, paths in files.items()},
        "config": dict(config or {}),
        "seed": seed,
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Return the versions of this project and of the packages that results depend on."""
    found = {name: metadata.version(name).split("+")[0] for name in PACKAGES}
    return {"highlow": __version__} | found
