"""Compose the weights from earlier layers to every branch of later ones, layers in between linearised."""

import argparse
import sys

from highlow.circuits import expanded_weights
from highlow.networks import extracted
from highlow.runs.command_line import script
from highlow.runs.errors import HighlowError
from highlow.runs.options import option, shared
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    network = extracted.read(options.weights)
    origin = provenance.made_from(inputs={"weights": options.weights})
    if len(options.source) != len(options.output):
        raise HighlowError(f"{len(options.source)} sources need as many outputs, not {len(options.output)}")
    layers = options.layer if len(options.layer) > 1 else options.layer * len(options.source)
    if len(options.source) != len(layers):
        raise HighlowError(f"{len(layers)} later layers need as many sources, not {len(options.source)}")
    for source, layer, output in zip(options.source, layers, options.output, strict=True):
        expanded_weights.write(output, network.architecture, network.weights, source, layer, origin)
    return f"{', '.join(options.source)} -> {', '.join(dict.fromkeys(layers))}: {', '.join(options.output)}"


main = script(
    __doc__,
    program,
    example="expand_weights.py --weights results/googlenet/weights.h5 --source conv2d1 --layer mixed3a "
    "--output conv2d1_to_mixed3a.h5",
    options=[
        *shared("--weights"),
        option("--source", "earlier layers, e.g. maxpool1", nargs="+"),
        option("--layer", "later layer, e.g. mixed3a; of several one a source", nargs="+"),
        option("--output", "HDF5 files to write, one a source", nargs="+"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
