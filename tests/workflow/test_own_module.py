"""The pipeline on a module of the user's own, named in the configuration."""

import json
import re

import h5py
import numpy as np
import pandas as pd
import pytest

import highlow
from highlow.storage import verification
from tests.reference import explorer_data, own_network
from tests.workflow.runner import SMALL, planned, run, snakemake

TABLES = ("results/mine/tables/detectors.tsv", "results/mine/tables/tuning.tsv")
FIGURES = ("results/mine/figures/fig03_tuning.svg", "results/mine/figures/fig09_spatial_factors.svg")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a network's code and its checkpoint, trained here on generated images."""
    folder = tmp_path_factory.mktemp("own")
    own_network.write_checkpoint(own_network.trained(folder), folder / "state.pth.tar")
    return folder


@pytest.fixture(scope="module")
def environment(folder):
    return {"XDG_CACHE_HOME": str(folder / "cache"), "HIGHLOW_CALLED_FROM": str(folder)}


def settings(**changes):
    mine = {
        "module": "mine.py:build",
        "arguments": {"width": 16},
        "weights": "state.pth.tar",
        "mean": list(own_network.MEAN),
        "std": list(own_network.DEVIATION),
        "size": own_network.SIZE,
    }
    return SMALL | {"network": "mine", "networks": {"mine": mine | changes}}


@pytest.fixture(scope="module")
def results(folder, environment):
    """Results of the network with `layer: auto`: the scan, then what it led to."""
    run(folder / "run", *TABLES, *FIGURES, settings=settings(), environment=environment)
    return folder / "run/results/mine"


def test_the_layer_is_where_the_scan_peaks(results):
    layers = pd.read_csv(results / "universality/layers.tsv", sep="\t")
    peak = layers[layers["is_peak"] == 1].iloc[0]
    assert list(layers["layer"]) == ["stem.0", "stages.0.conv", "stages.1.conv"]
    assert (peak["depth_index"], peak["blocks"]) == (list(layers["layer"]).index(peak["layer"]) + 1, 3)
    detectors = pd.read_csv(results / "tables/detectors.tsv", sep="\t")
    assert set(detectors["layer"]) == {peak["layer"]}
    # The task was where the finer half lies: the best units tell directions apart, on either side of the rule's limit.
    assert detectors["score"].max() > 0.7
    for figure in FIGURES:
        assert (results.parents[1] / figure).stat().st_size > 0


def test_python_finds_what_the_configuration_does(folder, results):
    layers = pd.read_csv(results / "universality/layers.tsv", sep="\t")
    peak = layers[layers["is_peak"] == 1].iloc[0]
    module = own_network.with_checkpoint(own_network.build(folder), folder / "state.pth.tar")
    studied = highlow.from_module(module, mean=own_network.MEAN, std=own_network.DEVIATION, size=own_network.SIZE)
    grid = {**SMALL["stimuli"], **SMALL["factors"]}
    found = studied.detect(peak["layer"], source=peak["source"], **grid)
    written = pd.read_csv(results / "tables/detectors.tsv", sep="\t")
    columns = ["unit", "is_detector", "score", "preferred_orientation_deg", "weight_orientation_deg"]
    pd.testing.assert_frame_equal(found[columns], written[columns], rtol=1e-4, check_dtype=False)


def test_the_file_is_named_and_hashed(results):
    origin = json.loads((results / "weights.provenance.json").read_text())
    assert origin["file"] == "state.pth.tar"
    assert len(origin["sha256"]) == 64


def test_a_second_run_does_nothing_and_changes_rerun_what_they_should(folder, results, environment):
    def plan(*targets, **changes):
        return planned(
            snakemake(folder / "run", *targets, "--dry-run", settings=settings(**changes), environment=environment)
        )

    assert plan(*TABLES, *FIGURES) == set()
    assert "extract_weights" in plan(TABLES[0], mean=[0.4, 0.4, 0.4])
    named = plan(TABLES[0], layer="stages.1")  # an alias of stages.1.conv
    assert "extract_weights" not in named
    assert "scan_layers" not in named
    code = folder / "mine.py"
    code.write_text(own_network.CODE + "\n# changed\n")
    try:
        assert "extract_weights" in plan(TABLES[0])
    finally:
        code.write_text(own_network.CODE)


@pytest.mark.parametrize(
    "changes,message",
    [
        ({"module": "nothing.py:build"}, "no file 'nothing.py'"),
        ({"module": "mine.py:bild"}, "has no function 'bild'; did you mean 'build'"),
        ({"module": "no_such_package:build"}, "no package 'no_such_package'"),
        ({"arguments": {"wdth": 16}}, "mine.py:build raised TypeError"),
        ({"layer": "stages.7"}, "has no layer 'stages.7'"),
        ({"weights": "nothing.pth"}, "no file 'nothing.pth'"),
        ({"mean": [0.5, 0.5]}, "config key networks.mine.mean"),
    ],
)
def test_mistakes_end_in_one_line(folder, environment, changes, message):
    result = snakemake(folder / "wrong", TABLES[0], "--dry-run", settings=settings(**changes), environment=environment)
    output = result.stdout + result.stderr
    assert result.returncode != 0
    assert message in output
    assert "Traceback" not in output
    assert len(re.findall(re.escape(message), output)) == 1


def test_a_checkpoint_of_another_network_is_refused(folder, environment):
    own_network.write_checkpoint(own_network.build(folder, width=8), folder / "other.pth")
    target = "results/mine/weights.h5"
    result = snakemake(folder / "other", target, settings=settings(weights="other.pth"), environment=environment)
    assert result.returncode != 0
    assert "these are weights of another network" in result.stdout + result.stderr


def test_every_unit_can_be_looked_at(folder, results, environment):
    run(folder / "run", "explorer", settings=settings(), environment=environment)
    detectors = pd.read_csv(results / "tables/detectors.tsv", sep="\t").set_index("unit")
    (layer,) = set(detectors["layer"])
    explorer = results / "explorer"
    columns = explorer_data.registered(explorer / f"layers/{layer}/layer.js")["columns"]
    with h5py.File(results / f"activations/{layer}/high_low.h5") as file:
        surface = file["response"][...].mean(axis=2)[:, :-1]
    for unit in np.random.default_rng(0).integers(len(detectors), size=50).tolist():
        for column in detectors.columns.drop("layer"):
            value, expected = columns[column][unit], detectors.loc[unit, column]
            assert value == expected or (value is None and pd.isna(expected)), (unit, column)
        content = explorer_data.registered(explorer / f"layers/{layer}/{unit}.js")
        np.testing.assert_array_equal(explorer_data.unpacked(content["surface"]), surface[..., unit])
        assert content["inputs"]
        assert content["examples"]
    assert verification.verify(results.parent).findings == []
    again = snakemake(folder / "run", "explorer", "--dry-run", settings=settings(), environment=environment)
    assert planned(again) == set()
