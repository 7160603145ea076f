"""Merge the shards of a layer's responses to images into one file, some hundred images at a time."""

import argparse
import sys
from collections.abc import Sequence

from highlow.pictures import image_response_file
from highlow.runs import command_line


def program(options: argparse.Namespace) -> str:
    count = image_response_file.merge(options.shards, options.output)
    return f"{count} images -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(
        __doc__, "snakemake results/googlenet/image_responses/mixed3a.h5 --config network=googlenet"
    )
    parser.add_argument("--shards", nargs="+", required=True, help="HDF5 files of compute_image_responses.py, in order")
    parser.add_argument("--output", required=True, help="HDF5 file to write")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
