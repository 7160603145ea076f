"""Generate the planted network: its weights, and what was planted (unit, layer, role, orientation in degrees)."""

import argparse
import sys
from dataclasses import asdict

import pandas as pd

from highlow.networks import extracted, planted, registry
from highlow.networks.architectures import architecture as build
from highlow.runs.command_line import script
from highlow.runs.options import json_argument, option
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    entry = registry.from_json(options.entry) if options.entry else registry.entry("planted")
    seed = options.seed + entry.seed_offset
    origin = provenance.made_from(config={"network": entry.name}, seed=seed)
    network = planted.generate_variant(entry.architecture, seed)
    architecture = build(entry.architecture, entry.padding)
    extracted.write(options.weights, extracted.cut(entry.name, architecture, network.weights), entry, origin)
    table = pd.DataFrame([asdict(row) for row in network.ground_truth])[["unit", "layer", "role", "orientation_deg"]]
    table_files.write(options.ground_truth, table, origin)
    return f"{entry.name}: {len(table)} planted units -> {options.weights}, {options.ground_truth}"


main = script(
    __doc__,
    program,
    example="generate_network.py --weights weights.h5 --ground-truth ground_truth.tsv --seed 1",
    options=[
        option("--entry", "a registry entry, as JSON; default planted", type=json_argument, default=None),
        option("--weights", "HDF5 file to write"),
        option("--ground-truth", "TSV to write"),
        option("--seed", "seed of the network; its seed_offset is added", default=0),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
