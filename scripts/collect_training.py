"""Put training runs side by side: one table of all their checkpoints, and one with a row a run."""

import argparse
import sys

import pandas as pd

from highlow.runs.command_line import script
from highlow.runs.options import option
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


main = script(
    __doc__,
    program,
    example="snakemake results/training/emergence.tsv --config images=FOLDER",
    options=[
        option("--runs", "names; the order of all other lists", nargs="+"),
        option("--emergence", "emergence.tsv of each run", nargs="+"),
        option("--reports", "report.json of each run", nargs="+"),
        option("--layers", "layers.tsv of each run", nargs="+"),
        option("--untrained", "layers.tsv of the weights that the first run began with"),
        option("--output", "TSV to write: a row a checkpoint"),
        option("--output-runs", "TSV to write: a row a run"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
