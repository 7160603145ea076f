"""Decide which units are high-low frequency detectors, from responses and weights."""

import argparse
import sys

from highlow.circuits import candidates, detection, factor_file
from highlow.runs.command_line import script
from highlow.runs.options import option, shared
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


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/tables/detectors.tsv --config network=googlenet",
    options=[
        *shared("--candidates"),
        option("--factors", "HDF5 of fit_factors.py"),
        option("--output", "TSV to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
