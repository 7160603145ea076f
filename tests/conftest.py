"""Real data that may lie beside the project, and small shared helpers."""

import os
from pathlib import Path

import pytest
import torch

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True, scope="session")
def _few_threads() -> None:
    """As many threads as the smallest machine has cores, shared by parallel workers."""
    torch.set_num_threads(1 if "PYTEST_XDIST_WORKER" in os.environ else 2)


def _folder(variable: str) -> Path:
    given = os.environ.get(variable)
    beside = REPOSITORY.parent / "shared" / variable.removeprefix("HIGHLOW_").lower()
    folder = Path(given) if given else beside
    if not folder.is_dir():
        if given or beside.parent.is_dir():
            pytest.fail(f"{variable}: {folder} is no folder")
        pytest.skip(f"{variable} is not set: no real data here")
    return folder.resolve()


@pytest.fixture(scope="session")
def weights_dir() -> Path:
    """Folder of real weight files."""
    return _folder("HIGHLOW_WEIGHTS")


@pytest.fixture(scope="session")
def images_dir() -> Path:
    """Folder of real photographs."""
    return _folder("HIGHLOW_IMAGES")


@pytest.fixture(scope="session")
def reference_dir() -> Path:
    """Folder of the article's published numbers and stimulus sheets."""
    return _folder("HIGHLOW_REFERENCE")
