"""Picture what units of a layer respond to most (feature visualization) into HDF5, and PNG a unit.

Pictured are the units that the tables list for the layer, with --detectors also those that were accepted or are shown,
or all of the layer (--all); with --factors the channel factors that start at the layer (0 HF, 1 LF) instead; with
--variations several pictures of the best shown detector, driven apart. Sizes are in pixels of the network's input.
"""

import argparse
import os
import sys
from collections.abc import Sequence

import torch

from highlow.pictures import picture_job
from highlow.runs import command_line


def program(options: argparse.Namespace) -> str:
    # One thread, so that sums are taken in the same order and the bytes are the same on any machine.
    torch.set_num_threads(1)
    return picture_job.run(picture_job.Job(**{key: value for key, value in vars(options).items() if key != "log"}))


def main(argv: Sequence[str] | None = None) -> int:
    example = (
        "visualize_features.py --weights results/googlenet/weights.h5 --layer mixed3a "
        "--detectors results/googlenet/tables/detectors.tsv --branch 3x3 --output mixed3a.h5 --folder mixed3a"
    )
    parser = command_line.parser(__doc__, example)
    parser.add_argument("--weights", required=True, help="weights.h5 of the network")
    parser.add_argument("--layer", default="", help="layer to picture; default: the only one that the tables list")
    parser.add_argument("--tables", nargs="*", default=[], metavar="TSV", help="units, columns layer and unit")
    parser.add_argument("--detectors", default="", metavar="TSV", help="detectors.tsv of the layer")
    parser.add_argument("--branch", default="", help="branch whose detectors figures show, e.g. 3x3")
    parser.add_argument("--units", nargs="*", type=int, default=[], help="detectors to show; default: six")
    parser.add_argument("--all", action="store_true", help="picture every unit of the layer")
    parser.add_argument("--factors", default="", metavar="HDF5", help="picture these channel factors instead")
    parser.add_argument("--variations", type=int, default=1, help="pictures of the best shown detector")
    parser.add_argument(
        "--responses", nargs="*", default=[], metavar="HDF5", help="responses to stimuli and photographs"
    )
    parser.add_argument("--size", type=int, help="pixels; default: the receptive field with a margin")
    parser.add_argument("--steps", type=int, default=256, help="steps of the optimization")
    parser.add_argument("--seed", type=int, default=0, help="seed of starts and transformations")
    parser.add_argument("--device", default=os.environ.get("HIGHLOW_DEVICE", "auto"), help="auto, cpu or cuda")
    parser.add_argument("--output", required=True, help="HDF5 to write")
    parser.add_argument("--folder", default="", help="folder of PNG to write")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
