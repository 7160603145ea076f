"""A node dies, a job is cancelled, a process is killed: the run goes on, and nothing in the results says so."""

import os
import signal

import pytest

from tests.slurm.runner import assert_same, locally, submitted
from tests.workflow.runner import SMALL, few_images

SHARDS = 6
TARGET = "results/inceptionv1_selfsup/dataset_examples/conv2d1.h5"
PROGRAM = "search_examples.py"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A search in enough shards that three of them can be hit."""
    images = few_images(tmp_path_factory.mktemp("images") / "generated", count=4 * SHARDS)
    return SMALL | {"images": str(images), "dataset_examples": {"shards": SHARDS, "count": 2}}


def _first_at_work(cluster, hit, node=None):
    """Wait for a job that is searching and was not hit before; return its number, what it does, and its process."""
    found = []

    def at_work():
        found[:] = [job for job in cluster.at_work(PROGRAM) if job.task not in hit and node in (None, job.node)]
        return bool(found)

    cluster.wait_until(at_work, "no job is searching")
    return found[0]


def test_a_dead_node_and_dead_jobs_change_no_byte(cluster, settings, tmp_path):
    with submitted(tmp_path / "slurm", TARGET, settings=settings):
        lost = _first_at_work(cluster, set(), node="n2")
        cluster.kill_node("n2")
        cluster.ask("scontrol", "update", "nodename=n2", "state=down", "reason=test")
        cluster.wait_until(lambda: "down" in cluster.states()["n2"], "n2 is not down")

        cancelled = _first_at_work(cluster, {lost.task})
        cluster.ask("scancel", cancelled.number)

        cluster.start_node("n2")
        cluster.wait_until(lambda: cluster.states()["n2"] in ("idle", "allocated", "mixed"), "n2 is not back")
        killed = _first_at_work(cluster, {lost.task, cancelled.task})
        os.kill(killed.process, signal.SIGKILL)
    hit = {lost.number: "NODE_FAIL", cancelled.number: "CANCELLED", killed.number: "FAILED"}
    states = dict(line.split() for line in cluster.ask("squeue", "-ht", "all", "-o", "%i %T").splitlines())
    assert {number: states[number] for number in hit} == hit
    printed = (tmp_path / "slurm.log").read_text()
    assert printed.count("Trying to restart job") == len(hit)
    locally(tmp_path / "local", TARGET, settings=settings)
    assert_same(tmp_path / "slurm", tmp_path / "local")
