"""Write the images that need no download: dead leaves, and tiles of the photographs that scikit-learn has."""

import argparse
import sys

from highlow.pictures import generated_images
from highlow.runs.command_line import script
from highlow.runs.options import option


def program(options: argparse.Namespace) -> str:
    count = generated_images.write(options.output, options.seed)
    return f"{count} images -> {options.output}"


main = script(
    __doc__,
    program,
    example="generate_images.py --output results/images/generated",
    options=[
        option("--output", "folder to write PNG files into"),
        option("--seed", "seed of the dead leaves", default=0),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
