"""Compose the weights from an earlier layer to every branch of a later one, layers in between linearised."""

import argparse
import sys
from collections.abc import Sequence

from highlow.circuits import expanded_weights
from highlow.networks import extracted
from highlow.runs import command_line
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    network = extracted.read(options.weights)
    origin = provenance.made_from(inputs={"weights": options.weights})
    expanded_weights.write(options.output, network.architecture, network.weights, options.source, options.layer, origin)
    return f"{options.source} -> {options.layer}: {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    example = (
        "expand_weights.py --weights results/googlenet/weights.h5 --source conv2d1 --layer mixed3a "
        "--output conv2d1_to_mixed3a.h5"
    )
    parser = command_line.parser(__doc__, example)
    parser.add_argument("--weights", required=True, help="weights.h5 of the network")
    parser.add_argument("--source", required=True, help="earlier layer, e.g. maxpool1")
    parser.add_argument("--layer", required=True, help="later layer, e.g. mixed3a")
    parser.add_argument("--output", required=True, help="HDF5 file to write")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
