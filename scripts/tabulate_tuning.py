"""Tabulate responses over orientation (degrees) and frequency ratio of the best units: their tuning curves."""

import argparse
import sys

from highlow.circuits import candidates
from highlow.probes import response_file
from highlow.runs.command_line import script
from highlow.runs.options import option, shared
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    response, axes, _ = response_file.read(options.responses)
    table = table_files.read(options.candidates, candidates.COLUMNS)
    units = candidates.tuned_units(table, options.units)
    curves = candidates.tuning_table(options.layer, response, axes["ratio"], axes["orientation"], units)
    inputs = {"candidates": options.candidates, "responses": options.responses}
    origin = provenance.made_from(inputs=inputs, config={"layer": options.layer, "units": options.units})
    table_files.write(options.output, curves, origin)
    return f"{curves['unit'].nunique()} units -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/tables/tuning.tsv --config network=googlenet",
    options=[
        option("--responses", "responses to high_low, HDF5"),
        *shared("--candidates"),
        option("--layer", "name of the layer"),
        option("--units", "units to list whatever their score", type=int, nargs="*", default=[]),
        option("--output", "TSV to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
