"""The image search over photographs, in shards: the same bytes on one node and on two, and how much faster two are."""

import shutil
from datetime import datetime

import pytest

from tests.slurm.runner import assert_same, locally, run
from tests.workflow.runner import SMALL

PHOTOGRAPHS, SHARDS = 120, 4
ROOT = "results/inceptionv1_selfsup"
TARGET = f"{ROOT}/dataset_examples/mixed3a.h5"


@pytest.fixture(scope="module")
def prepared(images_dir, tmp_path_factory):
    """What the search reads, made without Slurm; (folder, settings)."""
    photographs = tmp_path_factory.mktemp("images") / "photographs"
    photographs.mkdir()
    found = sorted(path for path in images_dir.rglob("*.jpg") if path.is_file())[:PHOTOGRAPHS]
    assert len(found) == PHOTOGRAPHS
    for index, path in enumerate(found):
        shutil.copy(path, photographs / f"{index:04d}.jpg")
    settings = SMALL | {"images": str(photographs), "dataset_examples": {"shards": SHARDS, "count": 4}}
    folder = tmp_path_factory.mktemp("prepared")
    locally(folder, f"{ROOT}/weights.h5", "images", settings=settings)
    return folder, settings


def _seconds(cluster, folder, settings):
    """Run the search; return the seconds from the start of its first shard to the end of its last."""
    before = {job for job, _ in cluster.jobs("COMPLETED")}
    run(folder, TARGET, settings=settings)
    lines = cluster.ask("squeue", "-ht", "COMPLETED", "-o", "%i %S %e %k").splitlines()
    times = [line.split()[1:3] for line in lines if line.split()[0] not in before and "rule_search_examples" in line]
    assert len(times) == SHARDS
    moments = [[datetime.fromisoformat(moment) for moment in pair] for pair in times]
    return (max(end for _, end in moments) - min(start for start, _ in moments)).total_seconds()


def test_shards_on_one_and_two_nodes(cluster, prepared, tmp_path, capsys):
    folder, settings = prepared
    for name in ("one", "two", "local"):
        shutil.copytree(folder, tmp_path / name)
    cluster.ask("scontrol", "update", "nodename=n2", "state=drain", "reason=test")
    try:
        one = _seconds(cluster, tmp_path / "one", settings)
    finally:
        cluster.ask("scontrol", "update", "nodename=n2", "state=resume")
    two = _seconds(cluster, tmp_path / "two", settings)
    locally(tmp_path / "local", TARGET, settings=settings)
    assert_same(tmp_path / "one", tmp_path / "local")
    assert_same(tmp_path / "two", tmp_path / "local")
    with capsys.disabled():
        print(
            f"\nsearch of {PHOTOGRAPHS} photographs in {SHARDS} shards: {one:.0f} s on one node, {two:.0f} s on two, "
            f"efficiency {one / two / 2:.2f}"
        )
