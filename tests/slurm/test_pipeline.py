"""The embedded pipeline on the cluster: every kind of job, and each kind of figure once."""

from tests.slurm.runner import assert_same, locally, run

# Two jobs a node at once.
CPUS = 2
ROOT = "results/inceptionv1_selfsup"
# All figures are drawn by one script: these read pictures, the image search, the next layer and the training record.
FIGURES = ("hero", "fig02_dataset_examples", "fig12_boundary_inputs", "figx_emergence")
TARGETS = (f"{ROOT}/scorecard.tsv", f"{ROOT}/tables/tuning.tsv", *(f"{ROOT}/figures/{name}.svg" for name in FIGURES))


def test_the_pipeline_gives_the_bytes_of_a_local_run(cluster, tmp_path):
    printed = run(tmp_path / "slurm", *TARGETS)
    submitted = printed.count("has been submitted with SLURM jobid")
    assert submitted > 25 and "Trying to restart job" not in printed
    locally(tmp_path / "local", *TARGETS)
    assert_same(tmp_path / "slurm", tmp_path / "local")
