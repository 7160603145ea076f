"""Put the layers where detectors peak in several networks side by side: a row a network."""

import argparse
import sys
from collections.abc import Sequence

from highlow import cli, store
from highlow.circuits import universality


def program(options: argparse.Namespace) -> str:
    paths = dict(item.split("=", 1) for item in options.layers)
    tables = {network: store.read_table(path, universality.COLUMNS) for network, path in paths.items()}
    titles = {network: network for network in paths} | options.titles
    table = universality.universality_table(tables, titles, options.generated)
    inputs = {f"layers:{network}": path for network, path in paths.items()}
    store.write_table(options.output, table, store.provenance(inputs=inputs))
    found = ", ".join(f"{row.network} {row.detectors} in {row.layer}" for row in table.itertuples())
    return f"detectors at the peak: {found} -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = cli.parser(__doc__, "snakemake results/planted/tables/universality.tsv")
    parser.add_argument("--layers", nargs="+", required=True, metavar="NETWORK=TSV", help="tables of scan_layers.py")
    parser.add_argument("--titles", type=cli.json_argument, default={}, help="titles by network, as JSON")
    parser.add_argument("--generated", nargs="*", default=[], help="networks whose detectors were built in")
    parser.add_argument("--output", required=True, help="TSV to write")
    return cli.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
