"""When detectors appear in training: what is measured of checkpoints, and what is read from the tables of runs."""

import json
from importlib import util

import numpy as np
import pandas as pd
import pytest
import torch

from highlow.figures import figx_emergence, figx_first_layer, page_numbers
from highlow.networks import planted, registry
from highlow.networks.architectures import architecture
from highlow.networks.extracted import Extracted
from highlow.runs.errors import HighlowError
from highlow.storage import checksums, hdf5_files, provenance, table_files
from highlow.training import emergence, record, run_names, snapshots
from highlow.training.gabor import gabor_share
from highlow.training.trainable import TrainableNetwork, folded
from tests.conftest import REPOSITORY
from tests.reference import article_page, training_record

SETTINGS = {"title": "stem", "layer": "mixed3a"}


def gabor(size=7, wavelength=4.0, degrees=30.0, phase=0.7, width=1.7, shift=(0.3, -0.4)):
    """Return a Gabor filter off the bank's grid, (size, size)."""
    axis = np.arange(size) - (size - 1) / 2
    y, x = np.meshgrid(axis - shift[0], axis - shift[1], indexing="ij")
    along = x * np.cos(np.deg2rad(degrees)) + y * np.sin(np.deg2rad(degrees))
    return np.exp(-(x**2 + y**2) / (2 * width**2)) * np.cos(2 * np.pi * along / wavelength + phase)


@pytest.mark.parametrize("colour", [(1, 1, 1), (1, -1, 0), (0.2, 0.3, -1)])
def test_a_gabor_filter_is_explained_whatever_its_colour(colour):
    kernels = np.stack(
        [
            np.multiply.outer(colour, gabor(wavelength=wavelength, degrees=degrees, phase=phase))
            for wavelength in (3.0, 4.7, 8.0)
            for degrees in (0, 37, 110)
            for phase in (0, 1.2)
        ]
    )
    share = gabor_share(kernels)
    assert share.min() > 0.9
    assert share.max() <= 1 + 1e-9
    np.testing.assert_allclose(gabor_share(-3 * kernels), share)


def test_a_filter_of_the_bank_is_explained_entirely():
    kernel = np.multiply.outer((0.2, 0.9, 0.1), gabor(7, 4.0, 50, 0.3, 1.8, (0.6, -1.2)))
    assert gabor_share(kernel[None])[0] == pytest.approx(1, abs=1e-6)


def test_noise_and_a_second_colour_are_explained_less():
    generator = np.random.default_rng(0)
    noise = gabor_share(generator.normal(size=(64, 3, 7, 7)))
    assert np.median(noise) < 0.4
    assert not (noise >= emergence.GABOR_SHARE).any()
    upright, lying = (gabor(7, 4.0, degrees, np.pi / 2, 1.8, (0, 0)) for degrees in (0, 90))
    assert gabor_share(np.stack([upright, 0.5 * lying, 0 * lying])[None])[0] == pytest.approx(0.8)
    assert gabor_share(np.zeros((1, 3, 7, 7)))[0] == 0


def test_share_of_a_kernel_agrees_with_a_search_over_continuous_filters():
    """Least squares on a fine grid that the bank does not share is an independent bound of the share."""
    kernel = gabor(wavelength=5.1, degrees=52) + 0.3 * np.random.default_rng(1).normal(size=(7, 7))
    best = 0.0
    for wavelength in np.geomspace(2.5, 10, 15):
        for degrees in range(0, 180, 9):
            for shift in ((0, 0), (0.3, -0.4), (-0.5, 0.5)):
                pair = [gabor(7, wavelength, degrees, phase, 1.7, shift).ravel() for phase in (0, np.pi / 2)]
                design = np.stack(pair, axis=1)
                fitted = design @ np.linalg.lstsq(design, kernel.ravel(), rcond=None)[0]
                best = max(best, float((fitted**2).sum() / (kernel**2).sum()))
    found = gabor_share(np.multiply.outer((0.6, 0.5, 0.7), kernel)[None])[0]
    assert found == pytest.approx(best, abs=0.06)


def test_the_planted_detectors_are_found_in_a_checkpoint():
    network = Extracted("planted", architecture("planted"), planted.generate(0).weights)
    found = emergence.measured(network, 0)
    assert found["detectors"] == 15
    assert found["candidates"] >= 15
    assert found["map_correlation"] < -0.9
    assert found["factor_separation_octaves"] >= 0.8
    assert set(found) < set(record.COLUMNS)


def test_runs_are_described_by_their_names():
    assert run_names.description("photographs_random_labels_seed12") == {
        "data": "photographs",
        "labels": "random",
        "seed": 12,
    }
    assert run_names.description("photographs_without_boundary_seed1")["labels"] == "no_boundary"
    assert run_names.description("dead_leaves_seed0") == {"data": "dead_leaves", "labels": "photograph", "seed": 0}
    for kind in run_names.KINDS:
        found = run_names.description(f"{kind}_seed3")
        assert run_names.kind(found["data"], found["labels"]) == kind
    with pytest.raises(HighlowError, match="must end in _seed"):
        run_names.description("photographs")


def test_loss_before_a_checkpoint_is_of_its_last_steps(tmp_path):
    columns = {"loss": np.arange(200.0), "accuracy": 0.5, "boundary_error": 0.25, "further": 7.0}
    table = pd.DataFrame({"step": range(1, 201)} | columns)
    table_files.write(tmp_path / "loss.tsv", table, provenance.made_from())
    history = record.read_history(tmp_path / "loss.tsv")
    rest = {"accuracy": 0.5, "boundary_error": 0.25}
    assert emergence.learned_before(0, history) == {"loss": 0.0} | rest
    assert emergence.learned_before(16, history) == {"loss": 7.5} | rest
    assert emergence.learned_before(200, history) == {"loss": 174.5} | rest


def test_milestones_are_the_first_checkpoints_that_reach_them():
    table = pd.DataFrame(
        {
            "kind": "photographs",
            "run": ["a"] * 4 + ["b"] * 4,
            "seed": [0] * 4 + [1] * 4,
            "crops": [0, 10, 20, 40] * 2,
            "gabor_share": [0.1, 0.19, 0.31, 0.5, 0.1, 0.15, 0.17, 0.19],
            "factor_separation_octaves": [0.1, 0.8, 0.3, 1.0, 0.1, 0.2, 0.3, 0.79],
            "candidates": [0, 0, 3, 2, 0, 0, 0, 0],
            "detectors": [0, 0, 0, 2, 0, 1, 0, 0],
        }
    )
    found = record.milestones(table)
    assert found["gabor_onset"].tolist() == [20, np.inf]
    assert found["a_candidate"].tolist() == [20, np.inf]
    assert found["gabor_share_at_a_detector"].tolist() == [0.5, 0.15]
    assert found["separated_factors"].tolist() == [10, np.inf]
    assert found["a_detector"].tolist() == [40, 10]


def test_what_the_median_run_never_reaches_is_no_number(tmp_path):
    reach = {**training_record.REACH, "dead_leaves": 0.1}
    inputs = training_record.write(tmp_path, reach=reach)
    found = record.summary(record.read_checkpoints(inputs["emergence"]), record.read_runs(inputs["runs"]))
    assert found["first_crops_with_a_detector"]["dead_leaves"] is None
    assert found["first_crops_with_a_detector"]["photographs"] > 0
    assert found["runs"] == dict.fromkeys(run_names.KINDS, 3)
    assert found["runs_with_a_detector_at_the_end"]["dead_leaves"] == 0
    words = dict(page_numbers.listed(json.loads(json.dumps(found, sort_keys=True)), {}))
    assert words["first crops with a detector: dead leaves"] == "never"
    assert words["detectors: photographs"] == f"{found['detectors']['photographs']:.0f}"


def test_rows_of_runs_hold_the_peak_and_what_was_measured():
    layers = training_record.layers(12)
    report = training_record.report(steps=100, batch=8, held_out_crops=0.25)
    row = record.run_row("dead_leaves_seed2", report, layers)
    assert (row["crops"], row["seed"], row["layer"], row["detectors"]) == (800, 2, "mixed3a", 12)
    assert (row["held_out_crops"], "is_peak" in row) == (0.25, False)
    assert row["chance_loss"] == pytest.approx(np.log(950))
    before = record.untrained_row("photographs_seed0", report, layers)
    assert (before["run"], before["held_out_crops"], before["chance_held_out_crops"]) == ("untrained_seed0", 0.1, 0.002)
    assert set(record.RUN_COLUMNS) <= set(row)


def test_scripts_lead_from_a_run_to_both_tables(tmp_path, monkeypatch):
    weights = {"conv2d0": (torch.zeros(2, 3, 7, 7), torch.zeros(2))}
    for step in (0, 16):
        snapshots.keep(tmp_path, step, weights)
    snapshots.pack(tmp_path / "snapshots.h5", tmp_path, [0, 16], provenance.made_from())
    columns = {"loss": np.arange(16.0), "accuracy": 0.5, "boundary_error": 0.25}
    history = pd.DataFrame({"step": range(1, 17)} | columns)
    table_files.write(tmp_path / "loss.tsv", history, provenance.made_from())
    checksums.write_json(tmp_path / "report.json", provenance.made_from() | training_record.report(steps=16, batch=8))
    names = [name for name in record.COLUMNS if name not in ("run", "data", "labels", "seed", "step", "crops")]
    monkeypatch.setattr(emergence, "measured", lambda *arguments: dict.fromkeys(names[3:], 3.0))
    run, path = "dead_leaves_seed1", {name: tmp_path / f"{name}.tsv" for name in ("emergence", "layers", "all", "runs")}
    options = ("--run", run, "--snapshots", tmp_path / "snapshots.h5", "--loss", tmp_path / "loss.tsv")
    options += ("--report", tmp_path / "report.json", "--output", path["emergence"], "--device", "cpu")
    assert script("measure_emergence").main([*map(str, options)]) == 0
    table_files.write(path["layers"], training_record.layers(3), {})
    options = ("--runs", run, "--emergence", path["emergence"], "--reports", tmp_path / "report.json")
    options += ("--layers", path["layers"], "--untrained", path["layers"], "--output", path["all"])
    assert script("collect_training").main([*map(str, options), "--output-runs", str(path["runs"])]) == 0
    table, runs = record.read_checkpoints(path["all"]), record.read_runs(path["runs"])
    assert table[["crops", "loss", "detectors"]].to_numpy().tolist() == [[0, 0, 3], [128, 7.5, 3]]
    assert runs["run"].tolist() == [run, "untrained_seed1"]
    assert runs["detectors"].tolist() == [3, 3]


def script(name):
    """Return a script as a module."""
    found = util.spec_from_file_location(name, REPOSITORY / f"scripts/{name}.py")
    module = util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_the_first_layer_is_drawn_with_the_best_explained_kernel_first(tmp_path):
    noise, stripes = np.random.default_rng(0).normal(size=(2, 3, 7, 7)), np.multiply.outer((1, -1, 0), gabor())
    after = torch.from_numpy(np.stack([noise[0], stripes])).float()
    for step, kernels in ((0, torch.from_numpy(noise).float()), (16, after)):
        snapshots.keep(tmp_path, step, {"conv2d0": (kernels, torch.zeros(2))})
    snapshots.pack(tmp_path / "snapshots.h5", tmp_path, [0, 16], provenance.made_from())
    runs = ("photographs_seed0", "photographs_without_boundary_seed0")
    inputs = dict.fromkeys(runs, str(tmp_path / "snapshots.h5"))
    drawing = figx_first_layer.draw(inputs, {})
    drawing.save(str(tmp_path / "figure"), inputs, {})
    assert list(drawing.summary) == ["photographs, seed 0", "no boundary task, seed 0", "untrained, seed 0"]
    drawn = drawing.numbers[drawing.numbers["run"] == "photographs, seed 0"]
    assert drawn["unit"].tolist() == [1, 0]
    np.testing.assert_allclose(drawn["gabor_share"], gabor_share(after.numpy())[[1, 0]], atol=1e-3)
    sheet = figx_first_layer._sheet(after.numpy())
    assert sheet.shape == (9, 65, 3)
    np.testing.assert_allclose(sheet[1:8, 1:8, 0], 0.5 + 0.5 * noise[0, 0] / np.abs(noise[0]).max(), atol=1e-6)


def test_snapshots_without_a_checkpoint_are_named(tmp_path):
    with hdf5_files.create(tmp_path / "snapshots.h5", {}) as file:
        file.attrs["steps"] = np.zeros(0, dtype=int)
    with pytest.raises(HighlowError, match=r"snapshots\.h5: /steps is not what this file should hold"):
        record.read_kernels(tmp_path / "snapshots.h5", "conv2d0")


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [1, 3])
def test_the_figure_draws_every_value(tmp_path, seeds):
    inputs = training_record.write(tmp_path, seeds=seeds)
    drawing = figx_emergence.draw(inputs, SETTINGS)
    drawing.save(str(tmp_path / "figure"), inputs, SETTINGS)
    table = record.read_checkpoints(inputs["emergence"])
    numbers = drawing.numbers
    for measure in figx_emergence.MEASURES:
        asked = table[table["labels"] != "no_boundary"] if measure.column == "boundary_error" else table
        drawn = numbers[(numbers["measure"] == measure.column) & (numbers["run"] != "mean")]
        pd.testing.assert_series_equal(
            drawn["value"].sort_values(ignore_index=True).astype(float),
            asked[measure.column].sort_values(ignore_index=True).astype(float),
            check_names=False,
        )
    never = numbers[numbers["measure"] == "first_crops_with_a_detector"]
    assert never.loc[never["kind"] == "photographs_random_labels", "value"].isna().all()
    assert {path.suffix for path in tmp_path.glob("figure.*")} == {".svg", ".png", ".tsv", ".json"}


@pytest.mark.parametrize(
    ("reach", "said"),
    [
        ({}, ("Both parts come before the whole", "Where nothing can be learned there are none")),
        ({}, ("To tell photographs apart was not enough", "it is -0.15 before any training")),
        ({}, ("have in the 3x3 branch 11 to 13 detectors, those with random labels none, those that see",)),
        ({"photographs_without_boundary": 0.7}, ("Every run that is not asked for boundaries has fewer",)),
        ({"photographs_without_boundary": 1.0}, ("Whether they are asked for boundaries makes no clear difference",)),
        ({"photographs_random_labels": 1.0}, ("Random labels give as many",)),
        (
            {"photographs": 0.1},
            ("A unit is accepted at no checkpoint", "say nothing of what comes first", "do not always appear"),
        ),
        ({"dead_leaves": 0.1}, ("Images of overlapping discs are not enough",)),
    ],
)
def test_the_text_of_the_page_follows_the_runs(tmp_path, reach, said):
    inputs = training_record.write(tmp_path, reach=training_record.REACH | reach)
    summary = {
        "figx_emergence": record.summary(record.read_checkpoints(inputs["emergence"]), record.read_runs(inputs["runs"]))
    }
    text = article_page.render(tmp_path, names=("figx_emergence",), summaries=summary)
    for words in said:
        assert words in " ".join(text.split())


def test_checkpoints_of_an_untrained_stem_can_be_measured():
    """A table of checkpoints begins with one: nothing in it may fail to be a number."""
    torch.manual_seed(0)
    graph = architecture("inceptionv1_selfsup")
    found = emergence.measured(Extracted("inceptionv1_selfsup", graph, folded(TrainableNetwork(graph))), 0)
    assert found["detectors"] == 0
    assert all(np.isfinite(value) for value in found.values())


@pytest.mark.parametrize("network", [name for name, entry in registry.shipped().items() if entry.training_record])
def test_the_record_in_the_package_is_complete(network):
    files = record.shipped(registry.entry(network).training_record)
    table = record.read_checkpoints(files["emergence"], checked=False)
    runs = record.read_runs(files["runs"], checked=False)
    assert set(run_names.KINDS) <= set(table["kind"])
    assert table.groupby("kind")["seed"].nunique().min() >= 5
    assert set(runs.loc[runs["kind"] != record.UNTRAINED, "run"]) == set(table["run"])
    assert record.UNTRAINED in set(runs["kind"])
    assert (table.groupby("run")["step"].min() == 0).all()
