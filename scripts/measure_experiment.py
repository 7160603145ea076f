"""Do one experiment on a network and its controls, and write what was measured, a row a measured thing."""

import argparse
import os
import sys

from highlow.experiments import subject
from highlow.experiments.measured import measured
from highlow.experiments.photographs import Photographs
from highlow.networks.devices import prepared
from highlow.runs.command_line import script
from highlow.runs.options import option, pairs, shared
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    prepared("cpu", options.threads)
    files = {name: dict(getattr(options, name)) for name in subject.FILES}
    table, users = options.image_table, options.users
    subjects = subject.read_all(files, branch=options.branch, pattern_size=options.pattern_size)
    given = {"photographs": Photographs(table, options.images)} if table else {}
    given |= {"folder": os.environ[f"HIGHLOW_{options.experiment.upper()}"]} if options.manifest else {}
    found = measured(options.experiment, subjects, options.seed, given, {"users": users} if users else {})
    inputs = {f"{name}:{variant}": path for name, paths in files.items() for variant, path in paths.items()}
    inputs |= {name: path for name, path in {"images": table, "users": users}.items() if path}
    config = {"branch": options.branch, "pattern_size": options.pattern_size, "manifest": options.manifest}
    table_files.write(options.output, found, provenance.made_from(inputs, config, options.seed))
    return f"{options.experiment} on {len(files['weights'])} networks -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/tables/surgery.tsv --config network=googlenet",
    options=[
        option("experiment", "folder of highlow.experiments, e.g. surgery"),
        *(pairs(f"--{name.replace('_', '-')}", "VARIANT=PATH", f"{name} of each network") for name in subject.FILES),
        *shared("--branch", "--images"),
        option("--image-table", "TSV of the images, where it needs some", default=None),
        option("--manifest", "hash of what is in its own folder, HIGHLOW_<EXPERIMENT>, where it has one", default=""),
        option("--users", "TSV of classify_downstream.py", default=None),
        option("--pattern-size", "of the stimuli, in pixels", default=60.0),
        option("--seed", "seed of what is drawn at random", default=0),
        *shared("--threads"),
        option("--output", "TSV to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
