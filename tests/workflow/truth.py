"""What a run on a planted network found, against what was planted."""

import h5py
import numpy as np
import pandas as pd


def check_planted_run(folder):
    """Assert recall and precision 1, orientations within 3 degrees, the planted channels; a naive score must fail."""
    root = folder / "results/planted"
    truth = pd.read_csv(root / "tables/ground_truth.tsv", sep="\t")
    found = pd.read_csv(root / "tables/detectors.tsv", sep="\t")
    planted = truth[(truth["layer"] == "mixed3a") & (truth["role"] == "detector")]
    accepted = found[found["is_detector"] == 1].set_index("unit")
    assert sorted(accepted.index) == sorted(planted["unit"])
    error = accepted.loc[planted["unit"], "weight_orientation_deg"].to_numpy() - planted["orientation_deg"]
    assert np.abs((error + 180) % 360 - 180).max() <= 3
    with h5py.File(root / "factors/maxpool1_to_mixed3a.h5") as file:
        for row, role in enumerate(("high_frequency", "low_frequency")):
            channels = truth[(truth["layer"] == "conv2d2") & (truth["role"] == role)]["unit"]
            assert len(channels) >= 8
            assert set(np.argsort(-file["channel_factor"][row])[: len(channels)]) == set(channels)
    with h5py.File(root / "activations/mixed3a/high_low.h5") as file:
        response = file["response"][...].reshape(-1, 256)
    naive = np.argsort(-response.mean(axis=0) * response.std(axis=0))[: len(planted)]
    assert np.isin(naive, planted["unit"]).mean() < 0.7


def check_planted_roles(folder):
    """Assert that the figures of the implementation show planted detectors and the channels that make them.

    Colour contrasts, edges and curves are planted with structure of their own, but without a share in the factors: no
    channel may qualify as the exception, and the nearest must be one of these.
    """
    root = folder / "results/planted/tables"
    truth = pd.read_csv(root / "ground_truth.tsv", sep="\t")
    roles = pd.read_csv(root / "upstream_roles.tsv", sep="\t")
    shown = roles.merge(truth[["layer", "unit", "role"]], on=["layer", "unit"], suffixes=("", "_planted"))
    assert len(shown) == len(roles) == 40
    assert set(shown[shown["role"] == "detector"]["role_planted"]) == {"detector"}
    wanted = {
        ("high", "conv2d2"): {"high_frequency"},
        ("low", "conv2d2"): {"low_frequency"},
        ("high", "conv2d1"): {"texture_energy", "texture"},
        ("low", "conv2d1"): {"smooth", "smooth_luminance"},
    }
    kinds = shown["role"].str.extract("^(high|low)_")[0]
    for (kind, layer), planted in wanted.items():
        found = shown[(kinds == kind) & (shown["layer"] == layer)]
        assert len(found) == {"conv2d2": 3 + 4 + 5, "conv2d1": 5}[layer]
        assert set(found["role_planted"]) <= planted, found.to_string()
    sides = shown[shown["figure"] == "fig04_weights"].set_index("role")["alignment"]
    assert sides["high_side"].min() > 0.9
    assert sides["low_side"].max() < -0.9
    exception = shown[(shown["figure"] == "fig09b_exception") & (shown["role"] == "channel")].iloc[0]
    assert exception["qualifies"] == 0
    assert exception["structure"] > 0.25
    assert exception["role_planted"] in ("color_contrast", "edge", "curve", "random")


def check_planted_usage(folder):
    """Assert that the units of figures 10 to 13 are the planted ones, and that the strongest users are."""
    root = folder / "results/planted"
    truth = pd.read_csv(root / "tables/ground_truth.tsv", sep="\t")
    truth = truth[truth["layer"] == "mixed3b"].set_index("unit")["role"]
    roles = pd.read_csv(root / "tables/downstream_roles.tsv", sep="\t")
    shown = roles[roles["layer"] == "mixed3b"]
    assert (truth[shown["unit"]].to_numpy() == shown["role"]).all()
    assert (shown["nearest"] == 0).all()
    boundaries = shown[shown["figure"] == "fig13_boundary_detectors"]["unit"]
    assert sorted(boundaries) == sorted(truth[truth == "boundary"].index)
    top = pd.read_csv(root / "tables/downstream_top20.tsv", sep="\t")
    planted = truth[truth.isin(shown["role"])]
    assert set(top["unit"].head(len(planted))) == set(planted.index)
    assert top["is_boundary"].sum() == planted.isin(["boundary", "double_boundary"]).sum()
