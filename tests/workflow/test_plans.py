"""What cannot run is said while planning; how many jobs run at a time follows from the machine."""

import sys
from pathlib import Path

import pytest

from tests.reference.repository_copy import copy_of_repository
from tests.workflow.planner import plan
from tests.workflow.runner import call, snakemake

STIMULI = "results/stimuli/uniform_plaid.h5"


def dry_run(folder, *words, environment=None, **settings):
    """Return a dry run's outcome; settings are given as a user types them."""
    arguments, variables = call(folder, *words, "--dry-run", settings={})
    typed = ["--config", *(f"{key}={value}" for key, value in settings.items())] if settings else []
    alone = {"XDG_CACHE_HOME": str(folder), "TORCH_HOME": str(folder)}
    return plan([*arguments, *typed], variables | alone | (environment or {}), missing_weights=False)


def the_error(result):
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error:")]
    return line


def test_missing_weights_are_said_in_a_dry_run(tmp_path):
    assert "weights of 'googlenet' not found" in the_error(dry_run(tmp_path, "all", network="googlenet"))
    unreachable = {"HTTP_PROXY": "http://127.0.0.1:1", "http_proxy": "http://127.0.0.1:1"}
    variables = {"HIGHLOW_OFFLINE": "", **unreachable}
    line = the_error(dry_run(tmp_path, "all", network="googlenet", environment=variables))
    assert "weights of 'googlenet' not found" in line
    assert "does not answer (ProxyError): is there a connection?" in line
    line = the_error(dry_run(tmp_path, "all", network="googlenet", weights_dir="wieghts"))
    assert "wieghts: no such folder of weight files" in line


def test_the_default_network_needs_no_weights(tmp_path):
    assert dry_run(tmp_path, "all").returncode == 0


def test_a_missing_gpu_is_said_in_a_dry_run(tmp_path):
    if Path("/dev/nvidiactl").exists() or sys.platform != "linux":
        pytest.skip("there may be a GPU")
    assert "device=cuda, but PyTorch finds no GPU here" in the_error(dry_run(tmp_path, STIMULI, device="cuda"))
    assert "device=mps is for Macs" in the_error(dry_run(tmp_path, STIMULI, device="mps"))


@pytest.mark.parametrize("key", ["images", "weights_dir", "layer", "network"])
def test_an_unset_variable_is_no_setting(tmp_path, key):
    line = the_error(dry_run(tmp_path, STIMULI, **{key: ""}))
    assert line == f"error: config key {key}: empty, as a variable leaves it that is not set; null means none"


def test_paths_of_the_configuration_are_expanded(tmp_path):
    home = {"HOME": str(tmp_path), "PHOTOS": "nothing here"}
    assert f"images: {tmp_path}/nothing here: no such folder or list" in the_error(
        dry_run(tmp_path, STIMULI, images="~/$PHOTOS", environment=home)
    )
    assert "images: $UNSET/x: the variable UNSET is not set" in the_error(dry_run(tmp_path, STIMULI, images="$UNSET/x"))


def test_jobs_share_the_memory_of_the_machine_and_a_killed_one_is_named(tmp_path):
    repository = copy_of_repository(tmp_path / "repository")
    script = repository / "scripts/generate_stimuli.py"
    script.write_text(f"import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n{script.read_text()}")
    result = snakemake(tmp_path / "run", STIMULI, repository=repository)
    assert result.returncode != 0
    said = [line for line in result.stderr.splitlines() if line.startswith("error: killed (status 137)")]
    assert len(said) == 1
    assert "--resources mem_mb=4000" in said[0]
    (log,) = (tmp_path / "run/results").rglob("logs/*.log")
    assert log.read_text().splitlines() == said
    assert 'mem_mb=Resource("mem_mb", ' in result.stderr
    assert "gpu=Resource(" in result.stderr
    given = snakemake(tmp_path / "run", STIMULI, "--resources", "mem_mb=1234", repository=repository)
    assert 'mem_mb=Resource("mem_mb", 1234)' in given.stderr
