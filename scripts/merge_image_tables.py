"""Merge the tables of a listing's shards into the table of all images, a row at a time."""

import argparse
import sys

from highlow.pictures import image_table
from highlow.runs.command_line import script
from highlow.runs.options import option
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    origin = provenance.made_from(config={"manifest": options.manifest})
    counts = image_table.merge(options.shards, options.output, origin)
    return f"{counts.used} images used, {counts.skipped} files skipped -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake images --config images=photographs",
    options=[
        option("--shards", "TSV files of list_images.py, in order", nargs="+"),
        option("--manifest", "the hash that they were given, for provenance", default=""),
        option("--output", "TSV to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
