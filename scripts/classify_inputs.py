"""Say of every unit of the studied layer what it stands for: detector, edge, colour contrast, line or texture."""

import argparse
import sys
from collections.abc import Sequence

from highlow.circuits import detection, input_kinds
from highlow.probes import response_file
from highlow.runs import command_line
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    files = dict(zip(input_kinds.FAMILIES, options.responses, strict=True))
    responses = {family: response_file.read(path)[:2] for family, path in files.items()}
    table = input_kinds.input_kinds(table_files.read(options.detectors, detection.COLUMNS), responses)
    table_files.write(options.output, table, provenance.made_from(inputs={"detectors": options.detectors} | files))
    counts = table["kind"].value_counts().reindex(input_kinds.KINDS, fill_value=0)
    listed = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    return f"{listed} -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(
        __doc__, "snakemake results/googlenet/tables/input_kinds.tsv --config network=googlenet"
    )
    parser.add_argument("--detectors", required=True, help="TSV of detect.py")
    families = ", ".join(input_kinds.FAMILIES)
    count = len(input_kinds.FAMILIES)
    parser.add_argument("--responses", nargs=count, required=True, help=f"HDF5 of compute_responses.py: {families}")
    parser.add_argument("--output", required=True, help="TSV to write")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
