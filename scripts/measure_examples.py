"""Measure on which side of the preferred axis the crops that detectors answer most have high frequencies."""

import argparse
import sys

import pandas as pd

from highlow.circuits import detection
from highlow.figures.selection import shown_units
from highlow.networks.pattern_size import longest_high_wavelength
from highlow.pictures import example_file, example_sides, image_names, image_reader, image_table
from highlow.runs.command_line import script
from highlow.runs.options import json_argument, option, shared
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
    cut = longest_high_wavelength(options.pattern_size)
    sides = example_sides.measured(units, found, images, options.seed, cut)
    names = {-1: ""} | {row.index: image_names.escaped(row.file) for row in rows}
    sides["file"] = [names[index] for index in sides["image"]]
    inputs = {"detectors": options.detectors, "examples": options.examples, "images": options.image_table}
    config = {"branch": options.branch, "pattern_size": options.pattern_size}
    table_files.write(options.output, sides, provenance.made_from(inputs, config, options.seed))
    return f"{len(sides)} crops of {len(units)} units -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/tables/example_sides.tsv --config network=googlenet",
    options=[
        *shared("--detectors"),
        option("--examples", "HDF5 of merge_examples.py, with crops"),
        *shared("--images", "--image-table"),
        option("--branch", "branch whose units the figure shows"),
        option("--units", "units that it shows, as JSON; [] chooses", type=json_argument, default=[]),
        option("--pattern-size", "of the stimuli, in pixels; a tenth is the cut", default=60, type=float),
        option("--output", "TSV to write"),
        option("--seed", "seed of the random crops", default=0),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
