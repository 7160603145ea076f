"""Say of every unit of the studied layer what it stands for: detector, edge, colour contrast, line or texture."""

import argparse
import sys

from highlow.circuits import detection, input_kinds
from highlow.probes import response_file
from highlow.runs.command_line import script
from highlow.runs.options import option, shared
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    files = dict(zip(input_kinds.FAMILIES, options.responses, strict=True))
    responses = {family: response_file.read(path)[:2] for family, path in files.items()}
    table = input_kinds.input_kinds(table_files.read(options.detectors, detection.COLUMNS), responses)
    table_files.write(options.output, table, provenance.made_from(inputs={"detectors": options.detectors} | files))
    counts = table["kind"].value_counts().reindex(input_kinds.KINDS, fill_value=0)
    listed = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return f"{listed} -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/tables/input_kinds.tsv --config network=googlenet",
    options=[
        *shared("--detectors"),
        option(
            "--responses",
            f"HDF5 of compute_responses.py: {', '.join(input_kinds.FAMILIES)}",
            nargs=len(input_kinds.FAMILIES),
        ),
        option("--output", "TSV to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
