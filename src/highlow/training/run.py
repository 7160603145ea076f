"""A training run as a whole: what it writes, and what is measured at its end."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from highlow.networks.architectures import architecture
from highlow.networks.extracted import Extracted, Weights
from highlow.storage import atomic_files, checksums, table_files
from highlow.training import loop, recipe, snapshots
from highlow.training.emergence import learned_before
from highlow.training.photographs import Photographs
from highlow.training.recipe import Recipe
from highlow.training.record import UNTRAINED
from highlow.training.retrieval import retrieval

NETWORK = "inceptionv1_selfsup"
WEIGHTS = "weights.safetensors"


@dataclass(frozen=True, eq=False)
class Trained:
    """A finished run.

    Attributes
    ----------
    settings : mapping
        The recipe.
    history : ndarray
        What `highlow.training.loop.train` returns, (step, 3).
    weights : mapping
        Of the last step, as they are shipped: rounded to float16.
    report : mapping
        Loss, accuracy, mean absolute error of the boundary, and retrieval, at the end and (`untrained_...`) before.
    """

    settings: dict[str, Any]
    history: NDArray[np.floating]
    weights: Weights
    report: dict[str, float]


def trained(
    images: Photographs, settings: Recipe, folder: Path, identity: Mapping[str, Any], device: torch.device
) -> Trained:
    """Train, or go on with a run whose state lies in `folder`, and measure the result."""
    graph = architecture(NETWORK)

    def keep(step: int, weights: Weights) -> None:
        snapshots.keep(folder, step, weights)

    known = dict(identity) | {"images": len(images.trained), "content": images.fingerprint, "torch": torch.__version__}
    history = loop.train(graph, images, settings, folder, known, keep, device)
    weights = snapshots.load(folder, settings.steps)
    before, after = (
        retrieval(Extracted(NETWORK, graph, found), images, settings.crop_size, device)
        for found in (snapshots.load(folder, 0), weights)
    )
    report = {**learned_before(settings.steps, history), "images": len(images.trained), **after}
    report |= {f"{UNTRAINED}_{name}": value for name, value in before.items() if not name.startswith("chance_")}
    return Trained(recipe.as_mapping(settings), history, weights, report)


def write(folder: Path, state: Path, found: Trained, origin: Mapping[str, Any]) -> None:
    """Write `weights.safetensors`, `snapshots.h5`, `loss.tsv` and `report.json` of a finished run."""
    steps = recipe.checkpoint_steps(found.settings["steps"])
    snapshots.pack(folder / "snapshots.h5", state, steps, origin)
    table = pd.DataFrame(found.history, columns=["loss", "accuracy", "boundary_error"])
    table.insert(0, "step", np.arange(1, len(table) + 1))
    table_files.write(folder / "loss.tsv", table, origin)
    write_weights(folder / WEIGHTS, found.weights)
    files = checksums.hashed(folder, [WEIGHTS])
    checksums.write_json(folder / "report.json", {**origin, "measured": found.report, "files": files})


def write_weights(path: str | os.PathLike[str], weights: Weights) -> None:
    """Write weights as they are shipped: one safetensors file of float16 tensors."""
    with atomic_files.atomic_path(path) as temporary:
        save_file(snapshots.tensors(weights), temporary)
