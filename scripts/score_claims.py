"""Write the scorecard: the article's claims as measured on a network, beside the published numbers."""

import argparse
import sys

from highlow.circuits import detection, factor_file
from highlow.circuits.detector_claims import destroyed_claim, detector_claims
from highlow.circuits.scorecard import scorecard
from highlow.experiments.claimed import with_experiments
from highlow.pictures.further_claims import further_claims
from highlow.runs.command_line import script
from highlow.runs.options import option, pairs, shared
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    fits = {source: factor_file.read(path) for source, path in options.factors}
    truth = table_files.read(options.ground_truth) if options.ground_truth else None
    detectors = table_files.read(options.detectors, detection.COLUMNS)
    examples, users, networks = options.example_sides, options.downstream, options.universality
    further = further_claims(detectors, options.branch, options.seed, examples=examples, users=users, networks=networks)
    claimed, controls = with_experiments(options.controls, dict(options.experiments), options.seed)
    own = detector_claims(detectors, fits, truth, options.seed, articles_network=options.articles_network)
    command = f"snakemake results/{options.network}/", f" --config network={options.network}"
    table = scorecard([*own, *destroyed_claim(controls), *further, *claimed], controls, command)
    inputs = {"detectors": options.detectors} | {f"factors:{source}": path for source, path in options.factors}
    draws = {kind: [path for other, path in options.controls if other == kind] for kind in controls}
    inputs |= {f"control:{kind}:{draw}": path for kind in controls for draw, path in enumerate(draws[kind])}
    roles = ("ground_truth", "example_sides", "universality", "downstream_units", "downstream_weights")
    paths = (options.ground_truth, examples, networks, *(users or ("", "")))
    inputs |= {f"experiment:{name}": path for name, path in options.experiments}
    inputs |= {role: path for role, path in zip(roles, paths, strict=True) if path}
    table_files.write(options.output, table, provenance.made_from(inputs=inputs, seed=options.seed))
    return f"{(table['verdict'] == 'holds').sum()} of {len(table)} claims hold -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/scorecard.tsv --config network=googlenet",
    options=[
        *shared("--detectors"),
        pairs("--factors", "SOURCE=PATH", "HDF5 of fit_factors.py"),
        option("--ground-truth", "TSV of what was planted, where there is one", default=None),
        option("--example-sides", "TSV of measure_examples.py", default=None),
        option("--downstream", "users of the layer, weights to them", nargs=2, metavar=("TSV", "HDF5"), default=None),
        option("--universality", "TSV of tabulate_universality.py", default=None),
        *shared("--branch", "--articles-network"),
        pairs("--controls", "KIND=PATH", "scorecards of controls", default=[]),
        pairs("--experiments", "NAME=PATH", "tables of measure_experiment.py", default=[]),
        option("--seed", "seed of the bootstrap over units", default=0),
        option("--network", "name of the network"),
        option("--output", "TSV to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
