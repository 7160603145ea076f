"""One short run of the pipeline on the default network, from its weights to three figures: a part of `make test`."""

import json
import os
import random
import shlex
import shutil
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import highlow
from highlow.commands import origin_text
from highlow.commands.application import main
from highlow.pictures import picture_file
from highlow.storage import origins, verification
from tests.reference import damages, documented_commands
from tests.workflow.runner import SMALL, planned, run, snakemake

ROOT = "results/inceptionv1_selfsup"
FIGURES = ("fig02_dataset_examples", "fig03_tuning", "fig07_factor_responses")
TARGETS = [f"{ROOT}/figures/{figure}.svg" for figure in FIGURES]
# Fewer stimuli than in the other runs: every rule on the way takes its share of seconds all the same.
GRID = {"orientations": 17, "ratios": 8, "phases": 2}
SETTINGS = SMALL | {"stimuli": GRID, "dataset_examples": {"shards": 1}}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("short")
    run(folder, *TARGETS, settings=SETTINGS)
    return folder


@pytest.mark.parametrize("target", TARGETS)
def test_figures_are_drawn_with_their_numbers(finished, target):
    stem = (finished / target).with_suffix("")
    assert "<svg" in stem.with_suffix(".svg").read_text()
    with Image.open(stem.with_suffix(".png")) as picture:
        assert min(picture.size) >= 500
    assert len(pd.read_csv(stem.with_suffix(".tsv"), sep="\t")) > 0
    assert json.loads(stem.with_suffix(".json").read_text())["provenance"]["inputs"]


def test_detectors_are_found(finished):
    detectors = pd.read_csv(finished / ROOT / "tables/detectors.tsv", sep="\t")
    assert detectors["is_detector"].sum() >= 8


def test_every_file_is_as_it_was_written(finished):
    found = verification.verify(finished / "results")
    assert (found.checked > 50, found.findings) == (True, [])


def test_sixty_random_damages_are_named_and_nothing_beside_them(finished):
    whole, done, seed = damages.known(finished / "results"), 0, 0
    while done < 60:
        with damages.copied(finished / "results") as folder:
            harm = damages.do_many(damages.KINDS * 4, folder, random.Random(seed), whole)
            with damages.without_rights():
                said = {(item.file, item.word) for item in verification.verify(folder).findings}
            assert said == damages.expected(harm, whole), seed
        done, seed = done + len(harm), seed + 1


def test_a_second_run_does_nothing(finished):
    assert planned(snakemake(finished, *TARGETS, "--dry-run", settings=SETTINGS)) == set()
    assert "Nothing to be done" in run(finished, *TARGETS, settings=SETTINGS).stderr


def test_a_copy_with_new_times_has_nothing_to_do(finished, tmp_path):
    copy = Path(shutil.copytree(finished, tmp_path / "copy"))
    files = [path for path in copy.rglob("*") if path.is_file()]
    draw, now = random.Random(0), time.time()
    for path in files:  # as `cp -r` leaves them, in any order
        os.utime(path, (now - draw.uniform(1, 1000),) * 2)
    assert max(path.stat().st_size for path in files) > 10**6  # by default Snakemake looks into smaller files alone
    assert planned(snakemake(copy, *TARGETS, "--dry-run", settings=SETTINGS)) == set()
    # What has changed is found by its content.
    with (copy / "results/stimuli/high_low.h5").open("ab") as file:
        file.write(b"x")
    assert "compute_responses" in planned(snakemake(copy, *TARGETS, "--dry-run", settings=SETTINGS))


def test_python_gives_the_same_numbers(finished):
    """The tables are written with nine digits, and the pipeline decides from what was written."""
    studied = highlow.load("inceptionv1_selfsup")
    tables = finished / ROOT / "tables"
    found = studied.detect("mixed3a", **GRID, seeds=SETTINGS["factors"]["seeds"], device="cpu")
    same_table(found, pd.read_csv(tables / "detectors.tsv", sep="\t"))
    tuning = pd.read_csv(tables / "tuning.tsv", sep="\t")
    same_table(studied.tuning("mixed3a", tuning["unit"].unique(), **GRID, device="cpu"), tuning)
    pictures = picture_file.read(finished / ROOT / "pictures/mixed3a.h5")
    units, steps = pictures.units[[3, 0]], SETTINGS["feature_visualization"]["steps"]
    shown = studied.visualize("mixed3a", units, steps=steps, device="cpu")
    assert (np.round(shown * 255) == np.stack([pictures.of(unit) for unit in units])).all()


def same_table(found, written):
    assert found["unit"].tolist() == written["unit"].tolist()
    pd.testing.assert_frame_equal(found, written, check_dtype=False, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["verify", "explain"])
def test_commands_say_of_these_results_what_is_documented(finished, name, monkeypatch, capsys):
    monkeypatch.chdir(finished)
    monkeypatch.setenv("COLUMNS", "80")
    example = documented_commands.documented()[name]
    assert main(example.words) == 0
    captured = capsys.readouterr()
    documented_commands.check(example, captured.out + captured.err)


def test_the_command_that_makes_a_table_again_finds_nothing_to_do(finished, monkeypatch, capsys):
    monkeypatch.chdir(finished)
    target = f"{ROOT}/tables/detectors.tsv"
    assert main(["explain", target, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    words = shlex.split(told["command"])
    assert words[:2] == ["snakemake", target] and "stimuli={" in told["command"]
    assert planned(snakemake(finished, *words[1:], "--dry-run", settings={})) == set()
    assert told["job"]["rule"] == "detect" and len(told["job"]["code"]) == 16
    leaves = {item["file"].split("/")[-1] for item in flat(told["origin"]) if not item["inputs"] and not item["again"]}
    assert {"weights.h5", "high_low.h5", "grating.h5"} <= leaves
    assert origin_text.code_of(origins.Recorded(**told["job"])) is True


def flat(item):
    """Return an origin and all that it was made from."""
    return [item, *(below for part in item["inputs"] for below in flat(part))]
