"""The detection rule on planted networks of further seeds, where the truth is known."""

import h5py
import numpy as np
import pandas as pd
import pytest

from tests.workflow.runner import SMALL, run


@pytest.mark.parametrize("seed", [1, 2])
def test_recall_and_precision_are_one(tmp_path, seed):
    grid = {"orientations": 25, "ratios": 10, "phases": 2}
    run(tmp_path, "results/planted/tables/detectors.tsv", settings=SMALL | {"seed": seed, "stimuli": grid})
    tables = tmp_path / "results/planted/tables"
    truth = pd.read_csv(tables / "ground_truth.tsv", sep="\t")
    found = pd.read_csv(tables / "detectors.tsv", sep="\t")
    planted = truth[(truth["layer"] == "mixed3a") & (truth["role"] == "detector")]
    accepted = found[found["is_detector"] == 1].set_index("unit")
    assert sorted(accepted.index) == sorted(planted["unit"])
    error = accepted.loc[planted["unit"], "weight_orientation_deg"].to_numpy() - planted["orientation_deg"]
    assert np.abs((error + 180) % 360 - 180).max() <= 3
    with h5py.File(tmp_path / "results/planted/factors/maxpool1_to_mixed3a.h5") as file:
        for row, role in enumerate(("high_frequency", "low_frequency")):
            channels = truth[(truth["layer"] == "conv2d2") & (truth["role"] == role)]["unit"]
            assert set(np.argsort(-file["channel_factor"][row])[: len(channels)]) == set(channels)
    with h5py.File(tmp_path / "results/planted/activations/mixed3a/high_low.h5") as file:
        response = file["response"][...].reshape(-1, 256)
    naive = np.argsort(-response.mean(axis=0) * response.std(axis=0))[: len(planted)]
    assert np.isin(naive, planted["unit"]).mean() < 0.7
