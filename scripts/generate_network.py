"""Generate the planted network: its weights, and what was planted (unit, layer, role, orientation in degrees)."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from highlow.networks import extracted, planted, registry
from highlow.networks.architectures import architecture as build
from highlow.runs import command_line
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


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(
        __doc__, "generate_network.py --weights weights.h5 --ground-truth ground_truth.tsv --seed 1"
    )
    parser.add_argument("--entry", type=command_line.json_argument, help="a registry entry, as JSON; default planted")
    parser.add_argument("--weights", required=True, help="HDF5 file to write")
    parser.add_argument("--ground-truth", required=True, help="TSV to write")
    parser.add_argument("--seed", type=int, default=0, help="seed of the network; its seed_offset is added")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
