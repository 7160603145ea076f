"""Put training runs side by side: one table of all their checkpoints, and one with a row a run."""

import argparse
import sys
from collections.abc import Sequence

import pandas as pd

from highlow.runs import command_line
from highlow.storage import provenance, table_files
from highlow.training import record


def program(options: argparse.Namespace) -> str:
    checkpoints = [table_files.read(path, record.COLUMNS) for path in options.emergence]
    reports = [record.read_report(path) for path in options.reports]
    rows = [
        record.run_row(run, report, table_files.read(layers, ("is_peak",)))
        for run, report, layers in zip(options.runs, reports, options.layers, strict=True)
    ]
    rows.append(record.untrained_row(options.runs[0], reports[0], table_files.read(options.untrained, ("is_peak",))))
    files = {"emergence": options.emergence, "report": options.reports, "layers": options.layers}
    inputs = {
        f"{role}:{run}": path for role, paths in files.items() for run, path in zip(options.runs, paths, strict=True)
    }
    origin = provenance.made_from(inputs=inputs | {"untrained": options.untrained})
    table_files.write(options.output, pd.concat(checkpoints, ignore_index=True)[list(record.COLUMNS)], origin)
    table_files.write(options.output_runs, pd.DataFrame(rows), origin)
    return f"{len(options.runs)} runs -> {options.output}, {options.output_runs}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(__doc__, "snakemake results/training/emergence.tsv --config images=FOLDER")
    parser.add_argument("--runs", nargs="+", required=True, help="names; the order of all other lists")
    parser.add_argument("--emergence", nargs="+", required=True, help="emergence.tsv of each run")
    parser.add_argument("--reports", nargs="+", required=True, help="report.json of each run")
    parser.add_argument("--layers", nargs="+", required=True, help="layers.tsv of each run")
    parser.add_argument("--untrained", required=True, help="layers.tsv of the weights that the first run began with")
    parser.add_argument("--output", required=True, help="TSV to write: a row a checkpoint")
    parser.add_argument("--output-runs", required=True, help="TSV to write: a row a run")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
