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
