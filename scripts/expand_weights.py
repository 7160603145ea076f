"""Compose the weights from an earlier layer to every branch of a later one, layers in between linearised."""

import argparse
import sys

from highlow.circuits import expanded_weights
from highlow.networks import extracted
from highlow.runs.command_line import script
from highlow.runs.options import option, shared
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    network = extracted.read(options.weights)
    origin = provenance.made_from(inputs={"weights": options.weights})
    expanded_weights.write(options.output, network.architecture, network.weights, options.source, options.layer, origin)
    return f"{options.source} -> {options.layer}: {options.output}"


main = script(
    __doc__,
    program,
    example="expand_weights.py --weights results/googlenet/weights.h5 --source conv2d1 --layer mixed3a "
    "--output conv2d1_to_mixed3a.h5",
    options=[
        *shared("--weights"),
        option("--source", "earlier layer, e.g. maxpool1"),
        option("--layer", "later layer, e.g. mixed3a"),
        option("--output", "HDF5 file to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
