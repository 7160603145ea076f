"""The pipeline on networks of other architectures."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from highlow.circuits import layer_scan
from highlow.networks import extracted, registry
from highlow.probes import families
from tests.reference import weight_files as writers
from tests.unit.test_weights import generated, named
from tests.workflow.runner import SMALL, few_images, run

GRID = {"orientations": 17, "ratios": 12, "phases": 2}
CIRCUITS = (
    *("control_stimuli", "fig01_feature_visualizations", "fig04_weights", "fig05_clusters", "fig06_factors"),
    *("fig08_factor_tuning", "fig09_spatial_factors", "fig09b_exception", "fig10_usage", "fig12_boundary_inputs"),
    *("fig13_boundary_detectors", "figx_polarity_invariance"),
)
# Figures whose units the article names.
ARTICLES_UNITS = (
    *("fig03_tuning", "fig04_weights", "fig05_clusters", "fig09_spatial_factors", "fig09b_exception", "fig10_usage"),
    *("fig11_excitation_inhibition", "fig13_boundary_detectors"),
)
REAL = [
    ("squeezenet1_1", "fire3", "3x3"),
    ("inception_v3", "conv_4", "conv_4"),
    ("vgg19", "block3_conv2", "block3_conv2"),
]


@pytest.mark.real
@pytest.mark.parametrize("network,layer,branch", REAL)
def test_real_networks_report_their_detectors(tmp_path, weights_dir, monkeypatch, network, layer, branch):
    images = few_images(tmp_path / "images")
    settings = SMALL | {"network": network, "layer": layer, "stimuli": GRID, "images": str(images)}
    # Of the smallest network also the figures of circuits, which follow the architecture; of the others the verdicts.
    figures = CIRCUITS if network == "squeezenet1_1" else ()
    targets = [f"results/{network}/scorecard.tsv", *(f"results/{network}/figures/{name}.svg" for name in figures)]
    run(tmp_path, *targets, settings=settings, environment={"HIGHLOW_WEIGHTS": str(weights_dir)})
    root = tmp_path / "results" / network
    table = pd.read_csv(root / "tables/detectors.tsv", sep="\t")
    assert set(table["layer"]) == {layer}
    assert table[table["branch"] == branch]["hf_lf_map_correlation"].notna().any()
    card = pd.read_csv(root / "scorecard.tsv", sep="\t").set_index("claim")
    count = card.filter(like="detectors in the layer", axis=0).iloc[0]
    assert float(count["value"]) == table["is_detector"].sum()
    assert count["verdict"] == ("holds" if table["is_detector"].sum() >= 8 else "fails")
    sources = registry.entry(network).sources
    assert all(card.index.str.startswith(f"{source}:").sum() == 5 for source in sources)
    assert json.loads((root / "weights.provenance.json").read_text())["accepted_by"] == "sha256"
    assert not list((tmp_path / "results/stimuli").glob("*.h5"))  # none of these layers sees 43 px
    check_the_scan_agrees(root / "weights.h5", table, branch, monkeypatch)


def check_the_scan_agrees(weights, table, branch, monkeypatch):
    """Check that the layer scan says the same of a studied branch, unit by unit, if it is given the grid of the study.

    Its own grid is coarser. The score alone may differ: a unit's strength is relative to all units of the layer, or of
    the branch.
    """

    def same_grid(name, size, seed):
        counts = {f"{axis}_count": GRID[f"{axis}s"] for axis in ("orientation", "ratio", "phase")}
        return families.family(name, **counts, pattern_size=size, seed=seed)

    monkeypatch.setattr(layer_scan, "coarse_family", same_grid)
    network = extracted.read(weights)
    (layer,) = set(table["layer"])
    place = next(
        item for item in layer_scan.places(network.architecture) if (item.layer, item.branch) == (layer, branch)
    )
    scanned = layer_scan.scan_place(network, place, seed=0).table
    both = table[table["branch"] == branch].merge(scanned, on="unit", suffixes=("", "_scanned"))
    assert len(both) == len(scanned) == len(place.units)
    assert both["is_detector"].equals(both["is_detector_scanned"])
    for column in ("direction_selectivity", "polarity_ratio", "uniform_response", "balanced_direction_selectivity"):
        np.testing.assert_allclose(both[column], both[f"{column}_scanned"], rtol=1e-4, atol=1e-5, err_msg=column)
    found = set(both["unit"].head(20)) & set(scanned["unit"].head(20))
    assert len(found) >= 18


def test_the_articles_network_from_a_file_without_a_hash(tmp_path):
    from highlow.reference import tensor_ranges

    tensors = named("inceptionv1", "graph", generated("inceptionv1", tensor_ranges("inception5h")))
    writers.write_graphdef(tmp_path / "InceptionV1.pb", tensors)
    six = [136, 108, 132, 88, 110, 180]
    images = few_images(tmp_path / "images")
    settings = SMALL | {"network": "inceptionv1", "units": six, "stimuli": GRID, "images": str(images)}
    environment = {"HIGHLOW_WEIGHTS": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    root = tmp_path / "results/inceptionv1"
    tables = [f"results/inceptionv1/{name}.tsv" for name in ("scorecard", "tables/downstream_top20")]
    figures = [f"results/inceptionv1/figures/{name}.svg" for name in ARTICLES_UNITS]
    run(tmp_path, *tables, *figures, settings=settings, environment=environment)
    assert json.loads((root / "weights.provenance.json").read_text())["accepted_by"] == "published ranges"
    # Random weights have no detectors: every figure must do without.
    assert pd.read_csv(root / "tables/detectors.tsv", sep="\t")["is_detector"].sum() == 0
    card = pd.read_csv(root / "scorecard.tsv", sep="\t").set_index("claim")
    assert card.filter(like="the article's units found", axis=0).iloc[0]["verdict"] == "fails"  # random weights
    shown = [pd.read_csv(root / f"tables/{part}_roles.tsv", sep="\t") for part in ("upstream", "downstream")]
    units = pd.concat(shown).groupby(["figure", "layer"])["unit"].agg(set)
    assert units["fig05_clusters", "conv2d2"] == {119, 102, 123, 90, 89, 163, 98, 188}
    assert units["fig05_clusters", "mixed3a"] < set(six)
    assert (units["fig09b_exception", "conv2d2"], units["fig09b_exception", "mixed3a"]) == ({181}, {70})
    assert units["fig10_usage", "mixed3b"] == {345, 276, 314, 365}
    assert units["fig13_boundary_detectors", "mixed3b"] == {345, 376, 368, 151}
    # Another file under that name, with the same ranges, is another cache key.
    tensors["mixed3b_5x5_w"] = torch.flip(tensors["mixed3b_5x5_w"], dims=(0,))
    writers.write_graphdef(tmp_path / "InceptionV1.pb", tensors)
    result = run(tmp_path, "results/inceptionv1/weights.h5", "--dry-run", settings=settings, environment=environment)
    assert "extract_weights" in result.stdout + result.stderr
