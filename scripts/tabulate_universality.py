"""Put the layers where detectors peak in several networks side by side: a row a network."""

import argparse
import sys

from highlow.circuits import universality
from highlow.runs.command_line import script
from highlow.runs.options import json_argument, option, pairs
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    paths = dict(options.layers)
    tables = {network: table_files.read(path, universality.COLUMNS) for network, path in paths.items()}
    titles = {network: network for network in paths} | options.titles
    table = universality.universality_table(tables, titles, options.generated)
    inputs = {f"layers:{network}": path for network, path in paths.items()}
    table_files.write(options.output, table, provenance.made_from(inputs=inputs))
    found = ", ".join(f"{row.network} {row.detectors} in {row.layer}" for row in table.itertuples())
    return f"detectors at the peak: {found} -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/planted/tables/universality.tsv",
    options=[
        pairs("--layers", "NETWORK=TSV", "tables of scan_layers.py"),
        option("--titles", "titles by network, as JSON", type=json_argument, default={}),
        option("--generated", "networks whose detectors were built in", nargs="*", default=[]),
        option("--output", "TSV to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
