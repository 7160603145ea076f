"""Write the scorecard: the article's claims as measured on a network, beside the published numbers."""

import argparse
import sys
from collections.abc import Sequence

import pandas as pd

from highlow.circuits import detection, factor_file
from highlow.circuits.scorecard import COLUMNS, scorecard
from highlow.pictures.further_claims import further_claims
from highlow.runs import command_line
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    fits = {source: factor_file.read(path) for source, path in pairs(options.factors)}
    truth = table_files.read(options.ground_truth) if options.ground_truth else None
    controls: dict[str, list[pd.DataFrame]] = {}
    for kind, path in pairs(options.controls):
        controls.setdefault(kind, []).append(table_files.read(path, COLUMNS[:1]))
    detectors = table_files.read(options.detectors, detection.COLUMNS)
    examples, users, networks = options.example_sides, options.downstream, options.universality
    further = further_claims(detectors, options.branch, options.seed, examples=examples, users=users, networks=networks)
    own = options.articles_network
    table = scorecard(detectors, fits, truth, controls, options.seed, articles_network=own, further=further)
    inputs = {"detectors": options.detectors} | {f"factors:{source}": path for source, path in pairs(options.factors)}
    inputs |= {
        f"control:{kind}:{draw}": path
        for kind in controls
        for draw, path in enumerate(path for other, path in pairs(options.controls) if other == kind)
    }
    roles = ("ground_truth", "example_sides", "universality", "downstream_units", "downstream_weights")
    paths = (options.ground_truth, examples, networks, *(users or ("", "")))
    inputs |= {role: path for role, path in zip(roles, paths, strict=True) if path}
    table_files.write(options.output, table, provenance.made_from(inputs=inputs, seed=options.seed))
    return f"{(table['verdict'] == 'holds').sum()} of {len(table)} claims hold -> {options.output}"


def pairs(items: Sequence[str]) -> list[tuple[str, str]]:
    return [tuple(item.split("=", 1)) for item in items]


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(__doc__, "snakemake results/googlenet/scorecard.tsv --config network=googlenet")
    parser.add_argument("--detectors", required=True, help="TSV of detect.py")
    parser.add_argument("--factors", nargs="+", required=True, metavar="SOURCE=PATH", help="HDF5 of fit_factors.py")
    parser.add_argument("--ground-truth", help="TSV of what was planted, where there is one")
    parser.add_argument("--example-sides", help="TSV of measure_examples.py")
    parser.add_argument("--downstream", nargs=2, metavar=("TSV", "HDF5"), help="users of the layer, weights to them")
    parser.add_argument("--universality", help="TSV of tabulate_universality.py")
    parser.add_argument("--branch", required=True, help="branch of the detectors, e.g. 3x3")
    parser.add_argument("--articles-network", action="store_true", help="unit numbers are the article's")
    parser.add_argument("--controls", nargs="*", default=[], metavar="KIND=PATH", help="scorecards of controls")
    parser.add_argument("--seed", type=int, default=0, help="seed of the bootstrap over units")
    parser.add_argument("--output", required=True, help="TSV to write")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
