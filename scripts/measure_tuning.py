"""Measure orientation tuning (degrees) and score every unit of a layer from its responses alone."""

import argparse
import sys
from collections.abc import Sequence

from highlow.circuits import candidates
from highlow.probes import response_file, tuning
from highlow.runs import command_line
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    tunings = []
    for path in (options.high_low, options.high_low_balanced):
        response, axes, branches = response_file.read(path)
        tunings.append(
            tuning.orientation_tuning(
                response, axes["ratio"], axes["orientation"], options.pattern_size, seed=options.seed
            )
        )
    controls = {name: getattr(options, name) for name in candidates.CONTROLS}
    control_peaks = {name: tuning.control_peak(response_file.read(path)[0]) for name, path in controls.items()}
    table = candidates.candidates(options.layer, branches, *tunings, control_peaks)
    origin = provenance.made_from(
        inputs={"high_low": options.high_low, "high_low_balanced": options.high_low_balanced, **controls},
        config={"pattern_size": options.pattern_size, "layer": options.layer},
        seed=options.seed,
    )
    table_files.write(options.candidates, table, origin)
    return f"{options.layer}: best score {table['score'].iloc[0]:.3f} -> {options.candidates}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(
        __doc__, "snakemake results/googlenet/tables/candidates.tsv --config network=googlenet"
    )
    for name in ("high_low", "high_low_balanced", *candidates.CONTROLS):
        parser.add_argument(
            f"--{name.replace('_', '-')}", required=True, metavar="HDF5", help="responses to this family"
        )
    parser.add_argument("--layer", required=True, help="name of the layer")
    parser.add_argument("--candidates", required=True, help="TSV to write: every unit, best first")
    parser.add_argument("--pattern-size", type=float, default=60, help="of the stimuli, in pixels")
    parser.add_argument("--seed", type=int, default=0, help="seed of the bootstrap over phases")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
