"""Write the tables that the package holds of a network's training: its checkpoints, and a row a run."""

import argparse
import sys
from collections.abc import Sequence

from highlow import cli, store
from highlow.training import record


def program(options: argparse.Namespace) -> str:
    files = record.shipped(options.record)
    checkpoints = store.read_table(files["emergence"], record.COLUMNS, checked=False)
    runs = store.read_table(files["runs"], record.RUN_COLUMNS, checked=False)
    origin = store.provenance(outside=files, config={"record": options.record})
    store.write_table(options.emergence, checkpoints, origin)
    store.write_table(options.runs, runs, origin)
    return f"{len(checkpoints)} checkpoints of {checkpoints['run'].nunique()} runs -> {options.emergence}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = cli.parser(__doc__, "snakemake results/inceptionv1_selfsup/tables/emergence.tsv")
    parser.add_argument("--record", required=True, help="name of the record, as in the registry")
    parser.add_argument("--emergence", required=True, help="TSV to write: a row a checkpoint")
    parser.add_argument("--runs", required=True, help="TSV to write: a row a run")
    return cli.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
