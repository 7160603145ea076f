"""Merge the shards of a search for dataset examples into one file a layer."""

import argparse
import sys

from highlow.pictures import example_file
from highlow.runs.command_line import script
from highlow.runs.options import option


def program(options: argparse.Namespace) -> str:
    found = example_file.merge(options.shards, options.layer, options.output)
    answer = found.examples.image[:, 0] >= 0
    return f"{options.layer}: {answer.sum()} of {len(answer)} units answer some image -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/dataset_examples/mixed3a.h5 --config network=googlenet",
    options=[
        option("--shards", "HDF5 files of search_examples.py", nargs="+"),
        option("--layer", "layer to merge, e.g. mixed3a"),
        option("--output", "HDF5 file to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
