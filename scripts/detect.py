"""Decide which units are high-low frequency detectors, from responses and weights."""

import argparse
import sys
from collections.abc import Sequence

from highlow.circuits import candidates, detection, factor_file
from highlow.runs import command_line
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    fit = factor_file.read(options.factors)
    table = detection.detectors(
        table_files.read(options.candidates, candidates.COLUMNS),
        fit.branch_units,
        fit.branch_maps,
        fit.separation_octaves,
    )
    origin = provenance.made_from(inputs={"candidates": options.candidates, "factors": options.factors})
    table_files.write(options.output, table, origin)
    found = table[table["is_detector"] == 1].sort_values("preferred_orientation_deg")
    listed = zip(found["unit"], found["preferred_orientation_deg"], strict=True)
    units = ", ".join(f"{unit} ({angle:.0f}°)" for unit, angle in listed) or "none"
    return f"{len(found)} detectors among {len(table)} units: {units} -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(__doc__, "snakemake results/googlenet/tables/detectors.tsv --config network=googlenet")
    parser.add_argument("--candidates", required=True, help="TSV of measure_tuning.py")
    parser.add_argument("--factors", required=True, help="HDF5 of fit_factors.py")
    parser.add_argument("--output", required=True, help="TSV to write")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
