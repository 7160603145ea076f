"""Measure on which side of the preferred axis the crops that detectors answer most have high frequencies."""

import argparse
import os
import sys
from collections.abc import Sequence

import pandas as pd

from highlow.circuits import detection
from highlow.figures.selection import shown_units
from highlow.pictures import example_file, example_sides, image_names, image_reader, image_table
from highlow.runs import command_line
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    table = table_files.read(options.detectors, detection.COLUMNS)
    shown = shown_units(table, options.branch, options.units)
    units = pd.concat([shown, table[table["is_detector"] == 1]]).drop_duplicates("unit").sort_values("unit")
    found = example_file.read(options.examples)
    wanted = set(found.examples.image[units["unit"]].ravel().tolist())
    rows = [row for row in image_table.rows(options.image_table) if row.index in wanted]
    files = image_reader.read_listed(str(image_names.root_of(options.images)), rows)
    images = {index: file.pixels for index, file in files if file.pixels is not None}
    sides = example_sides.measured(units, found, images, options.seed)
    names = {-1: ""} | {row.index: image_names.escaped(row.file) for row in rows}
    sides["file"] = [names[index] for index in sides["image"]]
    inputs = {"detectors": options.detectors, "examples": options.examples, "images": options.image_table}
    table_files.write(options.output, sides, provenance.made_from(inputs, {"branch": options.branch}, options.seed))
    return f"{len(sides)} crops of {len(units)} units -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(
        __doc__, "snakemake results/googlenet/tables/example_sides.tsv --config network=googlenet"
    )
    parser.add_argument("--detectors", required=True, help="TSV of detect.py")
    parser.add_argument("--examples", required=True, help="HDF5 of merge_examples.py, with crops")
    parser.add_argument("--images", default=os.environ.get("HIGHLOW_DATASET"), help="folder, or text file of names")
    parser.add_argument("--image-table", required=True, help="TSV of list_images.py")
    parser.add_argument("--branch", required=True, help="branch whose units the figure shows")
    parser.add_argument(
        "--units", type=command_line.json_argument, default=[], help="units that it shows, as JSON; [] chooses"
    )
    parser.add_argument("--output", required=True, help="TSV to write")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random crops")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
