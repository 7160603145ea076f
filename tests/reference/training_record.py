"""Invented tables of training runs, shaped like measured ones: no training lies behind them."""

import numpy as np
import pandas as pd

from highlow.storage import table_files
from highlow.training import record
from highlow.training.recipe import checkpoint_steps
from highlow.training.run_names import KINDS, description

BATCH = 128
# How far a kind gets in the end, 0 to 1.
REACH = {
    "photographs": 1.0,
    "photographs_without_boundary": 0.15,
    "photographs_random_labels": 0.12,
    "dead_leaves": 0.75,
}


def checkpoints(seeds=3, steps=2000, reach=REACH):
    """Return a table of checkpoints: filters come first, then factors, then detectors."""
    rows = []
    for kind in KINDS:
        for seed in range(seeds):
            generator = np.random.default_rng([seed, KINDS.index(kind)])
            wobble = generator.normal(0, 0.05, (len(checkpoint_steps(steps)), 6))
            for step, noise in zip(checkpoint_steps(steps), wobble, strict=True):
                rows.append(_checkpoint(f"{kind}_seed{seed}", step, reach[kind], noise * (step > 0)))
    return pd.DataFrame(rows)[list(record.COLUMNS)]


def _checkpoint(run, step, reach, noise):
    filters, factors, whole = (reach / (1 + (half / max(step, 1)) ** 1.6) for half in (60, 90, 500))
    quality = float(np.clip(whole + noise[0], 0, 1))
    detectors = max(round(16 * quality - 3), 0) if step else 0
    return {
        "run": run,
        **description(run),
        "step": step,
        "crops": step * BATCH,
        "loss": 6.9 - 4 * whole + noise[1],
        "accuracy": 0.6 * whole,
        "boundary_error": 0.5 - 0.35 * whole,
        "detectors": detectors,
        "candidates": max(round(45 * filters * whole - 4 + 4 * noise[2]), 0) + detectors,
        "best_score": float(np.clip(0.5 + 0.45 * factors + noise[2], 0, 1)),
        "selectivity": float(np.clip(0.3 + 0.6 * factors + noise[3], 0, 1)),
        "map_correlation": float(np.clip(-0.15 - 0.8 * whole + noise[4], -1, 1)),
        "orientation_difference_deg": float(np.clip(85 - 78 * whole + 100 * noise[5], 0, 180)),
        "largest_gap_deg": 360.0 if detectors < 2 else 360 / detectors**0.7,
        "factor_separation_octaves": 0.15 + 1.3 * factors + noise[3],
        "gabor_share": 0.15 + 0.6 * filters,
        "gabor_filters": max(round(38 * filters + 10 * noise[4]), 0),
    }


def report(steps, batch, **measured):
    """Return a report of a run."""
    retrieval = {name: 0.002 if "chance" in name else 0.4 for name in record.RETRIEVAL}
    retrieval |= {f"{record.UNTRAINED}_{name}": 0.1 for name in record.RETRIEVAL if "chance" not in name}
    learned = {"loss": 7.5, "accuracy": 0.5, "boundary_error": 0.2, "images": 950}
    return {"config": {"steps": steps, "batch": batch}, "measured": learned | retrieval | measured}


def layers(detectors, units=128):
    """Return the part of a table of layers that a row of a run is made from."""
    row = {
        "layer": "mixed3a",
        "branch": "3x3",
        "convolution": "mixed3a_3x3",
        "depth_index": 4,
        "blocks": 5,
        "depth_share": 0.8,
        "units": units,
        "candidates": detectors + 5,
        "detectors": detectors,
        "factor_separation_octaves": 1.2 if detectors else 0.3,
        "median_map_correlation": -0.9,
        "median_orientation_difference_deg": 8.5,
        "largest_gap_deg": 360.0 if detectors < 2 else 400 / detectors,
        "failed": "none" if detectors else "factor separation",
        "is_peak": 1,
    }
    return pd.DataFrame([row | {"layer": "mixed3b", "is_peak": 0, "detectors": 0}, row])


def runs(table):
    """Return the table of the runs of a table of checkpoints."""
    rows = []
    for run, found in table.groupby("run", sort=False):
        last = found.iloc[-1]
        learned = {name: last[name] for name in ("loss", "accuracy", "boundary_error")}
        rows.append(record.run_row(run, report(int(last["step"]), BATCH, **learned), layers(int(last["detectors"]))))
    return pd.DataFrame([*rows, record.untrained_row(rows[0]["run"], report(0, BATCH), layers(0))])


def write(folder, **options):
    """Write both tables; return the inputs of the figure."""
    table = checkpoints(**options)
    paths = {"emergence": folder / "emergence.tsv", "runs": folder / "training_runs.tsv"}
    for name, content in {"emergence": table, "runs": runs(table)}.items():
        table_files.write(paths[name], content, {})
    return {name: str(path) for name, path in paths.items()}
