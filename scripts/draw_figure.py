"""Draw one figure from results: SVG, PNG, the numbers drawn (TSV) and what they come from (JSON)."""

import argparse
import importlib
import sys

from highlow.figures.shipped_matplotlib import without_user_settings
from highlow.runs.command_line import script
from highlow.runs.options import json_argument, option, pairs


def program(options: argparse.Namespace) -> str:
    with without_user_settings():
        module = importlib.import_module(f"highlow.figures.{options.figure}")
    inputs = dict(options.input)
    drawing = module.draw(inputs, options.settings)
    drawing.save(options.output, inputs, options.settings)
    return f"{options.figure} -> {options.output}.svg, .png, .tsv, .json"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/figures/fig03_tuning.svg --config network=googlenet",
    options=[
        option("figure", "module of highlow.figures, e.g. fig03_tuning"),
        pairs("--input", "ROLE=PATH", "files that it draws from", default=[]),
        option("--settings", "config values that it uses, as JSON", type=json_argument, default={}),
        option("--output", "path of the figure without suffix"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
