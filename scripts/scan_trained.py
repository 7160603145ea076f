"""Scan the layers of a training run's last weights, or of its first, for high-low frequency detectors."""

import argparse
import os
import sys
from collections.abc import Sequence

import torch
from tqdm import tqdm

from highlow.circuits import layer_scan, layer_table
from highlow.networks.architectures import architecture
from highlow.networks.devices import torch_device
from highlow.networks.extracted import Extracted
from highlow.runs import command_line
from highlow.storage import provenance, table_files
from highlow.training import snapshots
from highlow.training.run import NETWORK

CHECKPOINTS = {"first": 0, "last": -1}


def program(options: argparse.Namespace) -> str:
    torch.set_num_threads(options.threads)
    device = torch_device(options.device)
    step, weights = list(snapshots.read(options.snapshots))[CHECKPOINTS[options.checkpoint]]
    network = Extracted(NETWORK, architecture(NETWORK), weights)
    steps = layer_scan.scan(network, options.seed, device=device)
    scanned = list(tqdm(steps, desc=f"step {step}", unit="layer", disable=not sys.stderr.isatty()))
    scanned, best, _ = layer_table.with_refined_peak(scanned, options.seeds, options.seed)
    table = layer_table.layers_table(network.architecture, scanned, best.place.node)
    config = {"factors.seeds": options.seeds, "checkpoint": options.checkpoint, "device": device.type}
    origin = provenance.made_from(inputs={"snapshots": options.snapshots}, config=config, seed=options.seed)
    table_files.write(options.output, table, origin)
    found = f"{best.detectors} detectors among {len(best.table)} units of {best.place.node}"
    return f"step {step}: {found}, where they peak -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(
        __doc__, "snakemake results/training/photographs_seed0/layers.tsv --config images=FOLDER"
    )
    parser.add_argument("--snapshots", required=True, help="snapshots.h5 of train_network.py")
    parser.add_argument(
        "--checkpoint", default="last", choices=list(CHECKPOINTS), help="which weights; first: untrained"
    )
    parser.add_argument("--output", required=True, help="TSV to write: every convolution with taps")
    parser.add_argument("--seeds", type=int, default=20, help="number of random starts of the factorization")
    parser.add_argument("--seed", type=int, default=0, help="seed of the stimuli and the first start")
    parser.add_argument("--device", default=os.environ.get("HIGHLOW_DEVICE", "auto"), help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, default=1, help="threads on the CPU")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
