"""What jobs ask for reaches Slurm: GPUs, memory, and more of it when a job was killed for too little."""

import subprocess

from tests.conftest import HANG, REPOSITORY
from tests.slurm.runner import command, environment, locally, run
from tests.workflow.runner import SMALL

# What the workflow's rules ask for, in a workflow of its own. What has too little memory waits to be killed.
SNAKEFILE = """
from highlow.runs.jobs import memory, minutes

rule all:
    input:
        "gpu.txt",
        "gres.txt",
        "memory.txt",

rule ask_for_a_gpu:
    output:
        "gpu.txt",
    resources:
        mem_mb=memory(10),
        runtime=minutes(1),
        gpu=1,
    shell:
        "env | grep -E '^(SLURM_STEP_GPUS|CUDA_VISIBLE_DEVICES)=' > {output}"

use rule ask_for_a_gpu as ask_by_gres with:
    output:
        "gres.txt",

rule outgrow_the_first_request:
    output:
        "memory.txt",
    resources:
        mem_mb=memory(100),
        runtime=minutes(1),
    params:
        megabytes=700,
    shell:
        "python -c 'import time; block = bytearray({params.megabytes} << 20);"
        " time.sleep(240 if {resources.mem_mb} < {params.megabytes} else 0)'"
        " && echo {resources.mem_mb} > {output}"
"""


def test_a_gpu_is_given_and_a_job_killed_for_its_memory_gets_more(cluster, tmp_path):
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(SNAKEFILE)
    options = {"settings": {"device": "cuda"}, "snakefile": snakefile, "option": "--workflow-profile"}
    by_gres = ("--set-resources", "ask_by_gres:gpu=0", "ask_by_gres:gres=gpu:1")
    printed = run(tmp_path / "run", *by_gres, **options)
    assert "Using workflow specific profile profiles/slurm" in printed and "Provided remote nodes: 100" in printed
    for name in ("gpu", "gres"):
        visible = dict(line.split("=") for line in (tmp_path / f"run/{name}.txt").read_text().split())
        assert visible["SLURM_STEP_GPUS"] in ("0", "1") and visible["CUDA_VISIBLE_DEVICES"] in ("0", "1"), name
    (job,) = [
        job for job, _ in cluster.jobs("COMPLETED") if "ask_by_gres" in cluster.ask("scontrol", "show", "job", job)
    ]
    assert "TresPerNode=gres:gpu:1" in cluster.ask("scontrol", "show", "job", job)
    # 1.5 * 100 + 300 MB are not enough for 700: the second attempt has twice as many.
    assert (tmp_path / "run/memory.txt").read_text().strip() == "1000"
    assert printed.count("Trying to restart job") == 1


def test_jobs_ask_for_a_gpu_only_if_the_configuration_does(cluster, tmp_path):
    root = "results/inceptionv1_selfsup"
    locally(tmp_path, "results/stimuli/uniform.h5", "results/stimuli/colour_edge.h5", f"{root}/weights.h5")
    words = command(
        tmp_path, f"{root}/activations/conv2d1/uniform.h5", "--retries", "0", settings=SMALL | {"device": "cuda"}
    )
    result = subprocess.run(words, cwd=REPOSITORY, env=environment(), capture_output=True, text=True, timeout=HANG)
    # There is no such GPU, so that the job ends in one line; it was given the device that it asked for.
    assert result.returncode != 0
    job = _submitted(result)
    assert "TresPerJob=gres:gpu:1" in cluster.ask("scontrol", "show", "job", job)
    log = (tmp_path / root / "logs/compute_further_responses.log").read_text()
    assert "error: device=cuda, but PyTorch finds no GPU here" in log

    run(tmp_path, f"{root}/activations/conv2d1/uniform.h5")
    done = [job for job, _ in cluster.jobs("COMPLETED")]
    assert "TresPerJob" not in cluster.ask("scontrol", "show", "job", max(done, key=int))


def _submitted(result):
    marker = "has been submitted with SLURM jobid "
    return (result.stdout + result.stderr).split(marker)[1].split()[0]
