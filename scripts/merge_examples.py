"""Merge the shards of a search for dataset examples into one file a layer."""

import argparse
import sys
from collections.abc import Sequence

from highlow.pictures import example_file
from highlow.runs import command_line


def program(options: argparse.Namespace) -> str:
    found = example_file.merge(options.shards, options.layer, options.output)
    answer = found.examples.image[:, 0] >= 0
    return f"{options.layer}: {answer.sum()} of {len(answer)} units answer some image -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(
        __doc__, "snakemake results/googlenet/dataset_examples/mixed3a.h5 --config network=googlenet"
    )
    parser.add_argument("--shards", nargs="+", required=True, help="HDF5 files of search_examples.py")
    parser.add_argument("--layer", required=True, help="layer to merge, e.g. mixed3a")
    parser.add_argument("--output", required=True, help="HDF5 file to write")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
