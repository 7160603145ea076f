"""The two channel factors of expanded weights, from nndsvda and from random starts; and scikit-learn's NMF."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from benchmarks import harness, material
from highlow.circuits import expanded_weights, factors

SOURCE, TARGET, UNITS, RANK, SEEDS = "maxpool1", "mixed3a_3x3", 20, 2, 20


def weight(settings: Mapping[str, Any]) -> np.ndarray:
    """Return the weights of the units that have the largest, (unit, channel, y, x)."""
    found = material.extracted(settings["network"])
    kernel = expanded_weights.expanded_weights(found.architecture, found.weights, SOURCE, TARGET).weight.numpy()
    return kernel[np.argsort(-np.linalg.norm(kernel.reshape(len(kernel), -1), axis=1))[:UNITS]]


def ours(settings: Mapping[str, Any]) -> Any:
    chosen = weight(settings)

    def action() -> tuple[int, Any]:
        best, _ = factors.best_of_seeds(chosen, RANK, SEEDS, 0)
        return SEEDS + 1, [best.explained]

    return action


def scikit_learn(settings: Mapping[str, Any]) -> Any:
    from sklearn.decomposition import NMF

    chosen = weight(settings)

    def fit(matrix: np.ndarray, start: str, seed: int) -> float:
        halves = np.concatenate([matrix, -matrix]).clip(min=0)
        model = NMF(RANK, init=start, random_state=seed, max_iter=factors.ITERATIONS, tol=factors.TOLERANCE)
        found = model.fit_transform(halves)
        signed = found[: len(matrix)] - found[len(matrix) :]
        return 1 - float(((matrix - signed @ model.components_) ** 2).sum() / (matrix**2).sum())

    def action() -> tuple[int, Any]:
        matrix = factors.as_matrix(chosen)
        explained = [fit(matrix, "nndsvda", 0), *(fit(matrix, "random", seed) for seed in range(SEEDS))]
        return SEEDS + 1, [max(explained)]

    return action


def check(values: harness.Values) -> harness.Check:
    """Check the share of the weights that the best fit explains."""
    first, *others = (float(value[0]) for value in values.values())
    largest = max(abs(first - other) for other in others)
    return harness.Check(f"explained {first:.4f}, others within {largest:.1e}", largest, largest <= 1e-4)


def task(settings: Mapping[str, Any], peers: Mapping[str, str]) -> harness.Task:
    place = f"{__name__}:"
    return harness.Task(
        "factors",
        f"two factors of {SOURCE} to {TARGET}, {SEEDS + 1} starts",
        "start",
        [
            harness.Side(harness.OURS, f"{place}ours"),
            harness.Side("scikit-learn's NMF", f"{place}scikit_learn", packages=("scikit-learn",)),
        ],
        check,
        settings,
    )
