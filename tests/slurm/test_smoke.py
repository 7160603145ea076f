"""The smallest run on two nodes: stimuli, responses, and a search in two shards. A part of `.ci/run`."""

import shutil

from tests.slurm.runner import assert_same, locally, run
from tests.workflow.runner import SMALL, few_images

# More than one job a node at once: snakemake looks seldom, so that waiting takes most of the time.
CPUS = 2
ROOT = "results/inceptionv1_selfsup"
TARGETS = (f"{ROOT}/activations/conv2d1/uniform.h5", f"{ROOT}/dataset_examples/conv2d1.h5")
# Two levels of jobs are enough to show that one waits for another; what these are made from is taken over.
TAKEN_OVER = ("weights.h5", "weights.provenance.json")


def test_two_nodes_give_the_bytes_of_a_local_run(cluster, tmp_path):
    images = few_images(tmp_path / "generated", count=4)
    settings = SMALL | {"images": str(images), "dataset_examples": {"shards": 2, "count": 2}}
    locally(tmp_path / "local", *TARGETS, settings=settings)
    shutil.copytree(tmp_path / "local/results/images", tmp_path / "slurm/results/images")
    (tmp_path / "slurm" / ROOT).mkdir()
    for name in TAKEN_OVER:
        shutil.copy2(tmp_path / "local" / ROOT / name, tmp_path / "slurm" / ROOT / name)

    printed = run(tmp_path / "slurm", *TARGETS, settings=settings)
    # Read beside each other, neither taking anything from the other.
    assert "Using profiles profiles/slurm and workflow specific profile profiles/default" in printed
    assert "Provided remote nodes: 100" in printed
    assert printed.count("has been submitted with SLURM jobid") == printed.count("Finished jobid") == 5
    done = cluster.jobs("COMPLETED")
    assert len(done) == 5 and {node for _, node in done} == set(cluster.nodes)
    assert_same(tmp_path / "slurm", tmp_path / "local")
