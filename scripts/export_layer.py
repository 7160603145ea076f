"""Export a layer for the explorer: every unit's numbers, photographs, inputs and users, and sheets of its pictures."""

import argparse
import sys

from highlow.explorer import layer_export
from highlow.runs.command_line import script
from highlow.runs.options import option, pairs, shared


def program(options: argparse.Namespace) -> str:
    return layer_export.run(layer_export.Job(**{key: value for key, value in vars(options).items() if key != "log"}))


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/explorer/index.html --config network=googlenet",
    options=[
        *shared("--layer"),
        pairs("--responses", "FAMILY=HDF5", "responses of the layer; high_low is needed"),
        option("--examples", "HDF5 of merge_examples.py"),
        option("--pictures", "HDF5 of visualize_features.py, of every unit"),
        option("--negatives", "the same of what silences them"),
        option("--detectors", "detectors.tsv, where the layer is the studied one", default=""),
        option("--tables", "further tables of the layer's units", nargs="*", default=[], metavar="TSV"),
        option("--inputs", "weights to the layer, SOURCE_to_LAYER.h5", nargs="*", default=[], metavar="HDF5"),
        option("--users", "weights from it, LAYER_to_TARGET.h5", nargs="*", default=[], metavar="HDF5"),
        pairs("--names", "LAYER=SHOWN", "what a pool's channels are shown as", default=[]),
        pairs("--factors", "SOURCE=HDF5", "factors over its inputs; the first ones decide", default=[]),
        option("--factors-over", "factors that are sums of its channels", default="", metavar="HDF5"),
        option("--pattern-size", "of the stimuli, in pixels", default=60.0),
        option("--seed", "seed of the bootstrap over phases", default=0),
        option("--output", "folder to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
