"""Write the tables that the package holds of a network's training: its checkpoints, and a row a run."""

import argparse
import sys
from collections.abc import Sequence

from highlow.runs import command_line
from highlow.storage import provenance, table_files
from highlow.training import record


def program(options: argparse.Namespace) -> str:
    files = record.shipped(options.record)
    checkpoints = table_files.read(files["emergence"], record.COLUMNS, checked=False)
    runs = table_files.read(files["runs"], record.RUN_COLUMNS, checked=False)
    origin = provenance.made_from(outside=files, config={"record": options.record})
    table_files.write(options.emergence, checkpoints, origin)
    table_files.write(options.runs, runs, origin)
    return f"{len(checkpoints)} checkpoints of {checkpoints['run'].nunique()} runs -> {options.emergence}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(__doc__, "snakemake results/inceptionv1_selfsup/tables/emergence.tsv")
    parser.add_argument("--record", required=True, help="name of the record, as in the registry")
    parser.add_argument("--emergence", required=True, help="TSV to write: a row a checkpoint")
    parser.add_argument("--runs", required=True, help="TSV to write: a row a run")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
