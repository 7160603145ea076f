"""Merge the tables of a listing's shards into the table of all images, a row at a time."""

import argparse
import sys
from collections.abc import Sequence

from highlow.pictures import image_table
from highlow.runs import command_line
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    origin = provenance.made_from(config={"manifest": options.manifest})
    counts = image_table.merge(options.shards, options.output, origin)
    return f"{counts.used} images used, {counts.skipped} files skipped -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(__doc__, "snakemake results/images/images.tsv --config images=photographs")
    parser.add_argument("--shards", nargs="+", required=True, help="TSV files of list_images.py, in order")
    parser.add_argument("--manifest", default="", help="the hash that they were given, for provenance")
    parser.add_argument("--output", required=True, help="TSV to write")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
