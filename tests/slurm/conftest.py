"""A cluster for the tests of this folder, or one line that says why there is none."""

import importlib.util
import os
import signal
import tempfile
from pathlib import Path

import pytest

from tests.slurm.cluster import Cluster, why_not

PLUGIN = "snakemake_executor_plugin_slurm"


@pytest.fixture(scope="module")
def cluster(request):
    """Slurm with two nodes of `CPUS` processors each, as the module says, else one.

    Its daemons and its configuration are gone afterwards.
    """
    reason = why_not() or ("" if importlib.util.find_spec(PLUGIN) else "no executor plugin here: make test-slurm")
    if reason:
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    # Sockets lie in it, whose paths must be short.
    with tempfile.TemporaryDirectory(prefix="slurm-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        # A run that is told to end takes its daemons with it.
        before = signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated", returncode=1))
        found = Cluster(folder, cpus=getattr(request.module, "CPUS", 1))
        try:
            found.start()
            yield found
        finally:
            found.stop()
            signal.signal(signal.SIGTERM, before)
