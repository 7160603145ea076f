"""Tabulate responses over orientation (degrees) and frequency ratio of the best units: their tuning curves."""

import argparse
import sys
from collections.abc import Sequence

from highlow.circuits import candidates
from highlow.probes import response_file
from highlow.runs import command_line
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    response, axes, _ = response_file.read(options.responses)
    table = table_files.read(options.candidates, candidates.COLUMNS)
    curves = candidates.tuning_table(options.layer, table, response, axes["ratio"], axes["orientation"], options.units)
    inputs = {"candidates": options.candidates, "responses": options.responses}
    origin = provenance.made_from(inputs=inputs, config={"layer": options.layer, "units": options.units})
    table_files.write(options.output, curves, origin)
    return f"{curves['unit'].nunique()} units -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(__doc__, "snakemake results/googlenet/tables/tuning.tsv --config network=googlenet")
    parser.add_argument("--responses", required=True, help="responses to high_low, HDF5")
    parser.add_argument("--candidates", required=True, help="TSV of measure_tuning.py")
    parser.add_argument("--layer", required=True, help="name of the layer")
    parser.add_argument("--units", type=int, nargs="*", default=[], help="units to list whatever their score")
    parser.add_argument("--output", required=True, help="TSV to write")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
