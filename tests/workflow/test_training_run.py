"""Training as a part of the pipeline: a short run, what a change reruns, and what is said without photographs."""

import json

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from highlow.networks.architectures import architecture
from highlow.networks.model import Network
from highlow.storage import verification
from highlow.training import snapshots
from tests.workflow.runner import SMALL, few_images, planned, run, snakemake

RUN = "results/training/photographs_seed3"
TARGETS = [f"{RUN}/weights.safetensors", f"{RUN}/emergence.tsv"]
RULES = {"train_network", "measure_emergence"}


def settings(images, **training):
    return SMALL | {"images": str(images), "training": {"steps": 2, "batch": 4} | training}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("training")
    images = few_images(folder / "photographs", count=44, size=128)
    run(folder, *TARGETS, settings=settings(images))
    return folder


def test_a_run_leaves_weights_losses_and_its_measured_checkpoints(finished):
    root = finished / RUN
    assert not (root / "state").exists()
    steps = [step for step, _ in snapshots.read(root / "snapshots.h5")]
    table = pd.read_csv(root / "emergence.tsv", sep="\t")
    assert steps == table["step"].tolist() == [0, 2]
    assert table["crops"].tolist() == [0, 8]
    assert set(table["run"]) == {"photographs_seed3"} and set(table["seed"]) == {3}
    loss = pd.read_csv(root / "loss.tsv", sep="\t")
    assert list(loss.columns) == ["step", "loss", "accuracy", "boundary_error"]
    report = json.loads((root / "report.json").read_text())
    assert report["seed"] == 3 and report["config"]["steps"] == 2
    assert report["measured"]["images"] == 41  # 44 less every twentieth
    shipped = load_file(root / "weights.safetensors")
    assert {tensor.dtype for tensor in shipped.values()} == {torch.float16}
    layers = {name.rsplit(".", 1)[0] for name in shipped}
    weights = {layer: (shipped[f"{layer}.weight"].float(), shipped[f"{layer}.bias"].float()) for layer in layers}
    Network(architecture("inceptionv1_selfsup"), weights, "mixed3b")


def test_a_second_run_does_nothing_and_a_changed_setting_trains_again(finished):
    images = finished / "photographs"
    assert planned(snakemake(finished, *TARGETS, "--dry-run", settings=settings(images))) == set()
    assert planned(snakemake(finished, *TARGETS, "--dry-run", settings=settings(images, steps=3))) == RULES
    assert planned(snakemake(finished, *TARGETS, "--dry-run", settings=settings(images, seeds=5))) == set()


def test_a_flipped_bit_in_an_intermediate_ends_in_one_line(finished):
    path = finished / RUN / "snapshots.h5"
    content = bytearray(path.read_bytes())
    assert verification.verify(finished / "results").findings == []
    content[len(content) // 2] ^= 1
    try:
        path.write_bytes(content)
        found = [(item.file, item.word) for item in verification.verify(finished / "results").findings]
        assert (path.relative_to(finished / "results").as_posix(), "damaged") in found
        result = snakemake(finished, TARGETS[1], settings=settings(finished / "photographs"))
    finally:
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    assert result.returncode != 0
    (line,) = {line for line in (result.stdout + result.stderr).splitlines() if line.startswith("error:")}
    assert line == f"error: {RUN}/snapshots.h5: does not match its checksum: damaged; delete it and run again"


def test_without_photographs_that_is_said(tmp_path):
    result = snakemake(tmp_path, *TARGETS, settings=SMALL)
    assert result.returncode != 0
    lines = [line for line in (result.stdout + result.stderr).splitlines() if line.startswith("error:")]
    assert lines == ["error: training needs photographs: name a folder in the config key images"]


def test_too_few_photographs_are_said(tmp_path):
    images = few_images(tmp_path / "photographs", count=3, size=128)
    result = snakemake(tmp_path, *TARGETS, settings=settings(images))
    assert result.returncode != 0
    assert "3 usable images; training needs at least 40" in result.stdout + result.stderr
