"""Merge the shards of a search for dataset examples into one file a layer."""

import argparse
import sys

from highlow.pictures import example_file
from highlow.runs.command_line import script
from highlow.runs.errors import HighlowError
from highlow.runs.options import option


def program(options: argparse.Namespace) -> str:
    if len(options.layer) != len(options.output):
        raise HighlowError(f"{len(options.layer)} layers need as many outputs, not {len(options.output)}")
    lines = []
    for layer, output in zip(options.layer, options.output, strict=True):
        answer = example_file.merge(options.shards, layer, output).examples.image[:, 0] >= 0
        lines.append(f"{layer}: {answer.sum()} of {len(answer)} units answer some image -> {output}")
    return "; ".join(lines)


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/dataset_examples/mixed3a.h5 --config network=googlenet",
    options=[
        option("--shards", "HDF5 files of search_examples.py", nargs="+"),
        option("--layer", "layers to merge, e.g. mixed3a", nargs="+"),
        option("--output", "HDF5 files to write, one a layer", nargs="+"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
