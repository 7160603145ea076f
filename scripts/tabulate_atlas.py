"""Put the layer scans of many networks and of their controls side by side: a row a network, and a row a layer."""

import argparse
import sys

from highlow.circuits import atlas
from highlow.runs.command_line import script
from highlow.runs.options import json_argument, option, pairs
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    paths = dict(options.scans)
    tables = {network: table_files.read(path, atlas.LAYER_COLUMNS) for network, path in paths.items()}
    table = atlas.atlas_table(tables, options.titles, options.origins)
    origin = provenance.made_from(inputs={f"layers:{network}": path for network, path in paths.items()})
    table_files.write(options.output, table, origin)
    table_files.write(options.output_layers, atlas.all_layers(tables), origin)
    some = int((table["detectors"] > 0).sum())
    return f"{some} of {len(table)} networks have detectors -> {options.output}, {options.output_layers}"


main = script(
    __doc__,
    program,
    example="snakemake atlas --config 'atlas=[planted,googlenet]'",
    options=[
        pairs("--scans", "NETWORK=TSV", "tables of scan_layers.py, also of controls"),
        option("--titles", "titles of the networks that have a row, as JSON", type=json_argument),
        option("--origins", "where the weights of each are from, as JSON", type=json_argument),
        option("--output", "TSV to write, a row a network"),
        option("--output-layers", "TSV to write, a row a layer"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
