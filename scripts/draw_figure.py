"""Draw one figure from results: SVG, PNG, the numbers drawn (TSV) and what they come from (JSON)."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from highlow.runs import command_line


def program(options: argparse.Namespace) -> str:
    module = importlib.import_module(f"highlow.figures.{options.figure}")
    inputs = dict(item.split("=", 1) for item in options.input)
    drawing = module.draw(inputs, options.settings)
    drawing.save(options.output, inputs, options.settings)
    return f"{options.figure} -> {options.output}.svg, .png, .tsv, .json"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(
        __doc__, "snakemake results/googlenet/figures/fig03_tuning.svg --config network=googlenet"
    )
    parser.add_argument("figure", help="module of highlow.figures, e.g. fig03_tuning")
    parser.add_argument("--input", nargs="*", default=[], metavar="ROLE=PATH", help="files that it draws from")
    parser.add_argument(
        "--settings", type=command_line.json_argument, default={}, help="config values that it uses, as JSON"
    )
    parser.add_argument("--output", required=True, help="path of the figure without suffix")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
