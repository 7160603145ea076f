"""Measure every checkpoint of a training run: detectors, what they are built from, and the loss at that step."""

import argparse
import sys
from pathlib import Path

from highlow.networks.architectures import architecture
from highlow.networks.devices import prepared
from highlow.networks.extracted import Extracted
from highlow.runs.command_line import script
from highlow.runs.options import option, shared
from highlow.runs.progress import progress
from highlow.storage import provenance, table_files
from highlow.training import emergence, record, run_names, snapshots
from highlow.training.run import NETWORK


def program(options: argparse.Namespace) -> str:
    device = prepared(options.device, options.threads)
    history = record.read_history(options.loss)
    batch = record.read_report(options.report)["config"]["batch"]
    named = {"run": options.run} | run_names.description(options.run)
    rows = []
    for step, weights in progress(list(snapshots.read(options.snapshots)), options.run, "checkpoint"):
        found = emergence.measured(Extracted(NETWORK, architecture(NETWORK), weights), options.seed, device)
        learned = emergence.learned_before(step, history)
        rows.append({**named, "step": step, "crops": step * batch, **learned, **found})
    inputs = {"snapshots": options.snapshots, "loss": options.loss, "report": options.report}
    origin = provenance.made_from(inputs=inputs, config={"device": device.type}, seed=options.seed)
    table_files.write(options.output, emergence.table(rows), origin)
    last = rows[-1]
    return f"{options.run}: {last['detectors']} detectors after {last['step']} steps -> {Path(options.output)}"


main = script(
    __doc__,
    program,
    example="snakemake results/training/photographs_seed0/emergence.tsv --config images=FOLDER",
    options=[
        option("--run", "name of the run, e.g. photographs_random_labels_seed1"),
        *shared("--snapshots"),
        option("--loss", "loss.tsv of train_network.py"),
        option("--report", "report.json of train_network.py"),
        option("--output", "TSV to write, a row a checkpoint"),
        option("--seed", "seed of the balanced stimuli", default=0),
        *shared("--device", "--threads"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
