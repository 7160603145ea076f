"""What training runs left behind: a table of all checkpoints, and a row a run. Imports no PyTorch: figures read it."""

import math
import os
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.detection import SMALLEST_SEPARATION_OCTAVES
from highlow.runs.errors import HighlowError
from highlow.storage import checksums, hdf5_fields, table_files
from highlow.training.run_names import description, kind

COLUMNS = (
    "run",
    "data",
    "labels",
    "seed",
    "step",
    "crops",
    "loss",
    "accuracy",
    "boundary_error",
    "detectors",
    "candidates",
    "best_score",
    "selectivity",
    "map_correlation",
    "orientation_difference_deg",
    "largest_gap_deg",
    "factor_separation_octaves",
    "gabor_share",
    "gabor_filters",
)
RETRIEVAL = ("held_out_crops", "chance_held_out_crops", "held_out_photographs", "chance_held_out_photographs")
# What readers of the table of runs rely on.
RUN_COLUMNS = (
    "run",
    "data",
    "labels",
    "seed",
    "chance_loss",
    "layer",
    "branch",
    "units",
    "detectors",
    "largest_gap_deg",
)
UNTRAINED = "untrained"
# What a training run has to show for the first time: parts, the whole by its responses, the whole by the rule.
# A detector needs separated factors by the rule itself, a candidate needs nothing of the weights.
MILESTONES = ("gabor_onset", "separated_factors", "a_candidate", "a_detector")
GABOR_ONSET = 2.0  # times the median share of the run before training
FINAL = (
    "detectors",
    "candidates",
    "gabor_share",
    "gabor_filters",
    "factor_separation_octaves",
    "selectivity",
    "map_correlation",
    "orientation_difference_deg",
    "loss",
)


def read_history(path: str | os.PathLike[str]) -> NDArray[np.floating]:
    """Return loss, accuracy and boundary error of every step of a run, (step, 3), from its `loss.tsv`."""
    columns = ["loss", "accuracy", "boundary_error"]
    return np.asarray(table_files.read(path, columns)[columns], dtype=float)


def read_report(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the `report.json` of a run: its provenance, with the recipe as `config`, and what was `measured`."""
    return checksums.read_json(path)


def read_kernels(path: str | os.PathLike[str], layer: str) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return the kernels of a layer at the first and at the last checkpoint of a run's `snapshots.h5`.

    Raises
    ------
    HighlowError
        If the file is missing or damaged.
    """
    with hdf5_fields.opened(path) as fields:
        steps = fields.integers("steps")
        groups = (fields.fields(f"{step:08}").fields(layer) for step in (steps[0], steps[-1]))
        first, last = (group.array("weight", ("out", "in", "kh", "kw")).astype(np.float32) for group in groups)
    return first, last


def run_row(run: str, report: Mapping[str, Any], layers: pd.DataFrame) -> dict[str, Any]:
    """Return a finished run's row: how it was trained, what it learned, and where its detectors peak."""
    recipe, measured = report["config"], report["measured"]
    return {
        "run": run,
        **description(run),
        "steps": recipe["steps"],
        "crops": recipe["steps"] * recipe["batch"],
        **{name: measured[name] for name in ("loss", "accuracy", "boundary_error", *RETRIEVAL)},
        "chance_loss": math.log(measured["images"]),
        **_peak(layers),
    }


def untrained_row(run: str, report: Mapping[str, Any], layers: pd.DataFrame) -> dict[str, Any]:
    """Return the row of the network that a run began with."""
    seed, measured = description(run)["seed"], report["measured"]
    return {
        "run": f"{UNTRAINED}_seed{seed}",
        **dict.fromkeys(("data", "labels"), UNTRAINED),
        "seed": seed,
        **dict.fromkeys(("steps", "crops"), 0),
        **{name: measured[name if name.startswith("chance") else f"{UNTRAINED}_{name}"] for name in RETRIEVAL},
        **_peak(layers),
    }


def _peak(layers: pd.DataFrame) -> dict[str, Any]:
    row = layers[layers["is_peak"] == 1].drop(columns="is_peak").iloc[0]
    return {str(name): value for name, value in row.items()}


def read_checkpoints(path: str | os.PathLike[str], *, checked: bool = True) -> pd.DataFrame:
    """Return the table of checkpoints in order of crops, with the `kind` of every run; `checked` as for a table."""
    table = _with_kind(table_files.read(path, COLUMNS, checked=checked), path)
    return table.sort_values(["run", "crops"], kind="stable", ignore_index=True)


def read_runs(path: str | os.PathLike[str], *, checked: bool = True) -> pd.DataFrame:
    """Return the table of runs with their `kind`; untrained networks are one."""
    return _with_kind(table_files.read(path, RUN_COLUMNS, checked=checked), path)


def _with_kind(table: pd.DataFrame, path: str | os.PathLike[str]) -> pd.DataFrame:
    for column in ("run", "data", "labels"):
        if not table[column].map(lambda value: isinstance(value, str)).all():
            raise HighlowError(f"{path}: column {column!r} holds something that is no name; delete it and run again")
    kinds = [kind(data, labels) for data, labels in zip(table["data"], table["labels"], strict=True)]
    return table.assign(kind=kinds)


def milestones(table: pd.DataFrame) -> pd.DataFrame:
    """Return the crops after which a run first has each of `MILESTONES`, infinite where it never has; a row a run.

    Beside them `gabor_share_at_a_detector`, the first layer's median share at the first checkpoint with a detector.

    Notes
    -----
    The first layer's onset is where its median Gabor share is twice that before training: unlike a share of what it
    becomes, that does not depend on where a run is stopped.
    """
    rows = []
    for (name, run), found in table.groupby(["kind", "run"], sort=False):
        share = found["gabor_share"]
        reached = {
            "gabor_onset": share >= GABOR_ONSET * share.iloc[0],
            "separated_factors": found["factor_separation_octaves"] >= SMALLEST_SEPARATION_OCTAVES,
            "a_candidate": found["candidates"] >= 1,
            "a_detector": found["detectors"] >= 1,
        }
        first = {key: float(found["crops"][there].min()) if there.any() else math.inf for key, there in reached.items()}
        there = share[reached["a_detector"]]
        first["gabor_share_at_a_detector"] = float(there.iloc[0]) if len(there) else math.nan
        rows.append({"kind": name, "run": run, "seed": int(found["seed"].iloc[0])} | first)
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame, runs: pd.DataFrame) -> dict[str, Any]:
    """Return medians over the seeds of each kind, by measure and kind: milestones, and the values at the end.

    A milestone that the median run never reaches is None. `untrained` is the median over all runs before their first
    step. Numbers of detectors are those of the checkpoints, which look at one branch, but for `peak_...`: those of the
    layer where the scan of a finished run finds the largest share.
    """
    first = milestones(table)
    last = table.groupby("run", sort=False).tail(1).groupby("kind", sort=False)
    by_kind = first.groupby("kind", sort=False)
    untrained = table.loc[table["step"] == 0, list(FINAL)].median()
    return {
        "detectors": _rounded(last["detectors"].median()),
        # The median of an even number of runs, half of which never get there, is infinite as well: never.
        **{f"first_crops_with_{name}": _rounded(by_kind[name].apply(np.median)) for name in MILESTONES},
        "gabor_share_at_a_detector": _rounded(by_kind["gabor_share_at_a_detector"].median()),
        "smallest_number_of_detectors": _rounded(last["detectors"].min()),
        "largest_number_of_detectors": _rounded(last["detectors"].max()),
        "peak_largest_number": _rounded(runs.groupby("kind", sort=False)["detectors"].max()),
        "median_at_the_end": {column: _rounded(last[column].median()) for column in FINAL},
        "runs": {str(name): len(rows) for name, rows in by_kind},
        "runs_with_a_detector_at_the_end": {str(name): int((rows["detectors"] >= 1).sum()) for name, rows in last},
        UNTRAINED: _rounded(untrained),
    }


def _rounded(values: pd.Series) -> dict[str, float | None]:
    """Return values by name, in six digits; what is not finite as None."""
    return {str(name): float(f"{value:.6g}") if math.isfinite(value) else None for name, value in values.items()}


def shipped(name: str) -> dict[str, Path]:
    """Return the tables of a record in the package, `emergence` and `runs`, by these names."""
    folder = Path(str(resources.files("highlow"))) / "resources"
    return {table: folder / f"{name}_{table}.tsv" for table in ("emergence", "runs")}
