"""Write the tables that the package holds of a network's training: its checkpoints, and a row a run."""

import argparse
import sys

from highlow.runs.command_line import script
from highlow.runs.options import option
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


main = script(
    __doc__,
    program,
    example="snakemake results/inceptionv1_selfsup/tables/emergence.tsv",
    options=[
        option("--record", "name of the record, as in the registry"),
        option("--emergence", "TSV to write: a row a checkpoint"),
        option("--runs", "TSV to write: a row a run"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
