"""Write what was planted in the planted network: unit, layer, role, orientation (degrees)."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict

import pandas as pd

from highlow import cli, store
from highlow.networks import planted


def program(options: argparse.Namespace) -> str:
    rows = planted.generate(options.seed).ground_truth
    table = pd.DataFrame([asdict(row) for row in rows])[["unit", "layer", "role", "orientation_deg"]]
    store.write_table(options.output, table, store.provenance(seed=options.seed))
    return f"{len(table)} planted units -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = cli.parser(__doc__, "write_ground_truth.py --seed 0 --output results/planted/tables/ground_truth.tsv")
    parser.add_argument("--output", required=True, help="TSV to write")
    parser.add_argument("--seed", type=int, default=0, help="seed of the network")
    return cli.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
