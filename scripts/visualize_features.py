"""Picture what units of a layer respond to most (feature visualization) into HDF5, and PNG a unit.

Pictured are the units that the tables list for the layer, with --detectors also those that were accepted or are shown,
or all of the layer (--all); with --factors the channel factors that start at the layer (0 HF, 1 LF) instead; with
--variations several pictures of the best shown detector, driven apart. Sizes are in pixels of the network's input.
"""

import argparse
import sys

import torch

from highlow.pictures import picture_job
from highlow.runs.command_line import script
from highlow.runs.options import option, shared


def program(options: argparse.Namespace) -> str:
    # One thread, so that sums are taken in the same order and the bytes are the same on any machine.
    torch.set_num_threads(1)
    return picture_job.run(picture_job.Job(**{key: value for key, value in vars(options).items() if key != "log"}))


main = script(
    __doc__,
    program,
    example="visualize_features.py --weights results/googlenet/weights.h5 --layer mixed3a "
    "--detectors results/googlenet/tables/detectors.tsv --branch 3x3 --output mixed3a.h5 --folder mixed3a",
    options=[
        *shared("--weights"),
        option("--layer", "layer to picture; default: the only one that the tables list", default=""),
        option("--tables", "units, columns layer and unit", nargs="*", default=[], metavar="TSV"),
        option("--detectors", "detectors.tsv of the layer", default="", metavar="TSV"),
        option("--branch", "branch whose detectors figures show, e.g. 3x3", default=""),
        option("--units", "detectors to show; default: six", nargs="*", type=int, default=[]),
        option("--all", "picture every unit of the layer", default=False),
        option("--negative", "picture what silences the units instead", default=False),
        option("--factors", "picture these channel factors instead", default="", metavar="HDF5"),
        option("--variations", "pictures of the best shown detector", default=1),
        option("--responses", "responses to stimuli and photographs", nargs="*", default=[], metavar="HDF5"),
        option("--size", "pixels; default: the receptive field with a margin", type=int, default=None),
        option("--steps", "steps of the optimization", default=256),
        option("--seed", "seed of starts and transformations", default=0),
        *shared("--device"),
        option("--output", "HDF5 to write"),
        option("--folder", "folder of PNG to write", default=""),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
