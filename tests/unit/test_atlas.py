"""The atlas: many networks side by side, in a table and in a figure."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml

from highlow.circuits import atlas
from highlow.circuits.atlas import atlas_table
from highlow.figures import atlas as figure
from highlow.networks import registry
from highlow.networks.study import Study
from highlow.runs.config import validated
from highlow.runs.errors import HighlowError
from highlow.storage import table_files
from tests.conftest import REPOSITORY

SCHEMA = yaml.safe_load((REPOSITORY / "workflow/schemas/config.schema.yaml").read_text())
HASH = {"sha256": "0" * 64}
KINDS = ("shuffled_space", "shuffled_channels", "random")


def scan(*counts, candidates=None):
    """Return a table of layers with so many detectors in each; the first of the most is the peak."""
    detectors = np.array(counts)
    places = len(detectors)
    return pd.DataFrame(
        {
            "layer": [f"conv{index}" for index in range(places)],
            "branch": [f"conv{index}" for index in range(places)],
            "convolution": [f"conv{index}" for index in range(places)],
            "depth_index": range(1, places + 1),
            "blocks": places + 1,
            "depth_share": np.arange(1, places + 1) / (places + 1),
            "receptive_field_px": 20 + 10 * np.arange(places),
            "pattern_size_px": 60.0,
            "units": 100,
            "candidates": detectors + 1 if candidates is None else candidates,
            "detectors": detectors,
            "detector_share": detectors / 100,
            "best_score": 0.9,
            "source": "conv0",
            "factor_separation_octaves": 1.1,
            "median_map_correlation": -0.95,
            "median_orientation_difference_deg": 2.5,
            "largest_gap_deg": 70.0,
            "resultant_length": 0.1,
            "rayleigh_p": 0.9,
            "failed": ["none" if count else "score" for count in counts],
            "is_peak": (np.arange(places) == detectors.argmax()).astype(int),
        }
    )


def study_of(**settings):
    return Study(validated({"network": "planted", "universality": []} | settings, SCHEMA))


def one_network(tables):
    return atlas_table(tables, {"one": "One"}, {"one": "trained"}).iloc[0]


def test_a_row_has_the_peak_and_every_layer_together():
    row = one_network({"one": scan(2, 9, 0)})
    assert (row["network"], row["title"], row["weights"]) == ("one", "One", "trained")
    assert (row["layer"], row["depth_index"], row["blocks"], row["receptive_field_px"]) == ("conv1", 2, 4, 30)
    assert (row["units"], row["candidates"], row["detectors"], row["detectors_in_all_layers"]) == (100, 10, 9, 11)
    assert (row["largest_gap_deg"], row["median_map_correlation"], row["failed"]) == (70.0, -0.95, "none")


def test_controls_count_by_the_largest_of_their_draws():
    draws = {"one_random": scan(0, 1, 1), "one_random_1": scan(0, 0, 0, candidates=[0, 7, 1])}
    row = one_network({"one": scan(5), **draws, "one_shuffled_space": scan(0, 3)})
    assert (row["random_draws"], row["random_detectors"], row["random_detectors_in_all_layers"]) == (2, 1, 2)
    assert row["random_candidates"] == 7
    assert (row["shuffled_space_draws"], row["shuffled_space_detectors"]) == (1, 3)
    assert row["shuffled_channels_draws"] == 0 and np.isnan(row["shuffled_channels_detectors"])


def test_a_network_is_no_control_of_another_whose_name_begins_alike():
    tables = {"one": scan(5), "one_more": scan(1), "one_more_random": scan(4), "one_shuffled_last": scan(6)}
    assert one_network(tables)["random_draws"] == 0
    assert atlas.controls_of("one_more", "random", tables) == ["one_more_random"]


def test_a_network_without_detectors_has_the_same_columns():
    tables = {"one": scan(3, 8), "two": scan(0, 0)}
    table = atlas_table(tables, {"two": "Two", "one": "One"}, {"one": "trained", "two": "untrained"})
    assert table["network"].tolist() == ["two", "one"]
    assert table["failed"].tolist() == ["score", "none"]
    assert table["detectors"].tolist() == [0, 8]
    assert {f"{kind}_{name}" for kind in KINDS for name in ("draws", "detectors", "candidates")} < set(table)


def test_layers_of_all_networks_stand_below_each_other():
    layers = atlas.all_layers({"one": scan(3, 8), "one_random": scan(0)})
    assert layers["network"].tolist() == ["one", "one", "one_random"]
    assert layers.columns[0] == "network" and layers["detectors"].tolist() == [3, 8, 0]


def test_networks_of_the_atlas_are_those_named_or_those_compared():
    assert study_of(universality=["planted_wide"]).atlas() == ["planted", "planted_wide"]
    assert study_of(atlas=["googlenet", "torchvision/resnet18"]).atlas() == ["googlenet", "torchvision_resnet18"]


def test_each_network_is_scanned_with_its_controls_once():
    names = study_of(atlas=["googlenet", "googlenet_random"], controls={"draws": 2}).atlas_scans()
    drawn = [f"googlenet_{kind}{draw}" for kind in KINDS for draw in ("", "_1")]
    assert sorted(names) == sorted(["googlenet", *drawn])
    assert study_of(atlas=["googlenet_random"]).atlas_scans() == ["googlenet_random"]


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        *[("googlenet", "trained"), ("planted", "generated"), ("mine", "untrained"), ("fitted", "trained")],
        *[("googlenet_random", "untrained"), ("mine_shuffled_space", "shuffled"), ("torchvision/alexnet", "trained")],
    ],
)
def test_where_weights_are_from(name, origin):
    module = {"module": "torchvision.models:alexnet"}
    extra = {"mine": module, "fitted": module | {"weights": "alexnet.pth"}}
    assert registry.weights_origin(registry.entry(name, extra)) == origin


@pytest.mark.parametrize("name", ["planted", "mine", "torchvision_resnet18"])
def test_paths_tell_networks_from_their_controls(name):
    study = study_of(networks={"mine": {"architecture": "vgg19", "layer": "block3_conv1", "file": "a.pth"} | HASH})
    intact = re.compile(f"results/({study.pattern_of(lambda found: True)})/weights.h5")
    control = re.compile(f"results/({study.pattern_of_controls()})/weights.h5")
    assert intact.fullmatch(f"results/{name}/weights.h5")[1] == name
    assert not control.fullmatch(f"results/{name}/weights.h5")
    for destroyed in (f"{name}_random", f"{name}_shuffled_space_1"):
        assert control.fullmatch(f"results/{destroyed}/weights.h5")[1] == destroyed
        assert not intact.fullmatch(f"results/{destroyed}/weights.h5")


def test_an_unknown_network_of_the_atlas_is_named():
    with pytest.raises(HighlowError, match="unknown network 'googlenett'; did you mean 'googlenet'"):
        study_of(atlas=["googlenett"])


def drawn(folder, tables, titles, origins):
    """Return the figure of some scans."""
    inputs = {name: str(folder / f"{name}.tsv") for name in ("atlas", "layers")}
    table_files.write(inputs["atlas"], atlas_table(tables, titles, origins), {})
    table_files.write(inputs["layers"], atlas.all_layers(tables), {})
    drawing = figure.draw(inputs, {})
    drawing.save(str(folder / "figure"), inputs, {})
    return drawing


def test_thirty_networks_fit_and_the_summary_counts_them(tmp_path):
    tables = {f"net{index}": scan(0, index % 3) for index in range(30)} | {"net0_random": scan(1, 0)}
    titles = {name: name for name in tables if "random" not in name}
    drawing = drawn(tmp_path, tables, titles, dict.fromkeys(titles, "trained"))
    assert drawing.summary == {"by_weights": {"trained": {"networks": 30, "with_detectors": 20}}, "largest_control": 1}
    width, height = drawing.figure.get_size_inches()
    assert (width, height) == (7.5, pytest.approx(30 * figure.ROW_INCHES + figure.AROUND_INCHES))
    assert {path.suffix for path in tmp_path.glob("figure.*")} == {".svg", ".png", ".tsv", ".json"}
    rows = drawing.numbers[drawing.numbers["drawn"] == "network"]
    assert rows["network"].tolist() == list(titles)


def test_a_network_without_candidates_and_without_controls_is_drawn(tmp_path):
    empty = scan(0, 0, candidates=[0, 0]).assign(median_map_correlation=np.nan, largest_gap_deg=360.0)
    drawing = drawn(tmp_path, {"empty": empty}, {"empty": "Empty"}, {"empty": "untrained"})
    words = " ".join(text.get_text() for axes in drawing.figure.axes for text in axes.texts)
    assert "empty, untrained" in words and "none: score (conv0)" in words
    assert drawing.summary == {
        "by_weights": {"untrained": {"networks": 1, "with_detectors": 0}},
        "largest_control": None,
    }
