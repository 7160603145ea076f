"""Scan the layers of a training run's last weights, or of its first, for high-low frequency detectors."""

import argparse
import sys

from highlow.circuits import layer_table
from highlow.networks.architectures import architecture
from highlow.networks.devices import prepared
from highlow.networks.extracted import Extracted
from highlow.runs.command_line import script
from highlow.runs.options import option, shared
from highlow.storage import provenance, table_files
from highlow.training import snapshots
from highlow.training.run import NETWORK

CHECKPOINTS = {"first": 0, "last": -1}


def program(options: argparse.Namespace) -> str:
    device = prepared(options.device, options.threads)
    step, weights = list(snapshots.read(options.snapshots))[CHECKPOINTS[options.checkpoint]]
    network = Extracted(NETWORK, architecture(NETWORK), weights)
    table, best, _ = layer_table.scan_table(network, options.seeds, options.seed, device=device, doing=f"step {step}")
    config = {"factors.seeds": options.seeds, "checkpoint": options.checkpoint, "device": device.type}
    origin = provenance.made_from(inputs={"snapshots": options.snapshots}, config=config, seed=options.seed)
    table_files.write(options.output, table, origin)
    found = f"{best.detectors} detectors among {len(best.table)} units of {best.place.node}"
    return f"step {step}: {found}, where they peak -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/training/photographs_seed0/layers.tsv --config images=FOLDER",
    options=[
        *shared("--snapshots"),
        option("--checkpoint", "which weights; first: untrained", default="last", choices=list(CHECKPOINTS)),
        option("--output", "TSV to write: every convolution with taps"),
        *shared("--seeds"),
        option("--seed", "seed of the stimuli and the first start", default=0),
        *shared("--device", "--threads"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
