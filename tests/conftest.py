"""Real data that may lie beside the project, and what keeps outcomes from depending on how fast a machine is."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

REPOSITORY = Path(__file__).resolve().parent.parent
# Seconds after which a process hangs: ten times what the longest takes, and less than what pytest gives a test.
HANG = 2400
# Whole runs, browsers and fuzzing: `make test` does without them, except one short run.
SLOW_FOLDERS = ("workflow", "fuzz", "browser", "slurm")
SHORT_RUN = "test_short_run.py"

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def cores() -> int:
    """Return how many cores this process may use, which `taskset` says."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def own_cores() -> int:
    """Return how many of them are this worker's, where tests run in several processes."""
    return max(1, cores() // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return what `--numprocesses auto` means."""
    return cores()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what lies in folders of slow tests."""
    for item in items:
        folder = item.path.relative_to(REPOSITORY / "tests").parts[0]
        if folder in SLOW_FOLDERS and item.path.name != SHORT_RUN:
            item.add_marker("slow")
        if folder == "browser":
            # Seldom, on a busy machine, Chromium loses a click, and the test then waits for its effect.
            item.add_marker(pytest.mark.flaky(reruns=2, only_rerun=["TimeoutError"]))
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(autouse=True, scope="session")
def _few_threads() -> None:
    torch.set_num_threads(own_cores())


@pytest.fixture(autouse=True)
def _no_figure_left() -> Iterator[None]:
    """Close what a test has drawn: pyplot keeps figures, and warns of many, whichever tests share a process."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


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
