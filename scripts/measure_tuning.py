"""Measure orientation tuning (degrees) and score every unit of a layer from its responses alone."""

import argparse
import sys

from highlow.circuits import candidates
from highlow.probes import response_file
from highlow.runs.command_line import script
from highlow.runs.options import option
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    paths = {name: getattr(options, name) for name in ("high_low", "high_low_balanced", *candidates.CONTROLS)}
    table = candidates.measured(
        options.layer,
        response_file.read_branches(options.high_low),
        lambda name: response_file.read(paths[name])[:2],
        options.pattern_size,
        options.seed,
    )
    origin = provenance.made_from(
        inputs=paths,
        config={"pattern_size": options.pattern_size, "layer": options.layer},
        seed=options.seed,
    )
    table_files.write(options.candidates, table, origin)
    return f"{options.layer}: best score {table['score'].iloc[0]:.3f} -> {options.candidates}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/tables/candidates.tsv --config network=googlenet",
    options=[
        *(
            option(f"--{name.replace('_', '-')}", "responses to this family", metavar="HDF5")
            for name in ("high_low", "high_low_balanced", *candidates.CONTROLS)
        ),
        option("--layer", "name of the layer"),
        option("--candidates", "TSV to write: every unit, best first"),
        option("--pattern-size", "of the stimuli, in pixels", default=60, type=float),
        option("--seed", "seed of the bootstrap over phases", default=0),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
