"""Merge the shards of a layer's responses to images into one file, some hundred images at a time."""

import argparse
import sys

from highlow.pictures import image_response_file
from highlow.runs.command_line import script
from highlow.runs.options import option


def program(options: argparse.Namespace) -> str:
    count = image_response_file.merge(options.shards, options.output)
    return f"{count} images -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/image_responses/mixed3a.h5 --config network=googlenet",
    options=[
        option("--shards", "HDF5 files of compute_image_responses.py, in order", nargs="+"),
        option("--output", "HDF5 file to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
