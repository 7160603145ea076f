"""Write the images that need no download: dead leaves, and tiles of the photographs that scikit-learn has."""

import argparse
import sys
from collections.abc import Sequence

from highlow.pictures import generated_images
from highlow.runs import command_line


def program(options: argparse.Namespace) -> str:
    count = generated_images.write(options.output, options.seed)
    return f"{count} images -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(__doc__, "generate_images.py --output results/images/generated")
    parser.add_argument("--output", required=True, help="folder to write PNG files into")
    parser.add_argument("--seed", type=int, default=0, help="seed of the dead leaves")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
