"""Put the layers where detectors peak in several networks side by side: a row a network."""

import argparse
import sys
from collections.abc import Sequence

from highlow.circuits import universality
from highlow.runs import command_line
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    paths = dict(item.split("=", 1) for item in options.layers)
    tables = {network: table_files.read(path, universality.COLUMNS) for network, path in paths.items()}
    titles = {network: network for network in paths} | options.titles
    table = universality.universality_table(tables, titles, options.generated)
    inputs = {f"layers:{network}": path for network, path in paths.items()}
    table_files.write(options.output, table, provenance.made_from(inputs=inputs))
    found = ", ".join(f"{row.network} {row.detectors} in {row.layer}" for row in table.itertuples())
    return f"detectors at the peak: {found} -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(__doc__, "snakemake results/planted/tables/universality.tsv")
    parser.add_argument("--layers", nargs="+", required=True, metavar="NETWORK=TSV", help="tables of scan_layers.py")
    parser.add_argument("--titles", type=command_line.json_argument, default={}, help="titles by network, as JSON")
    parser.add_argument("--generated", nargs="*", default=[], help="networks whose detectors were built in")
    parser.add_argument("--output", required=True, help="TSV to write")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
