"""Export the photographs that units of some layers answer most, for the explorer."""

import argparse
import sys
from pathlib import Path

from highlow.explorer import manifest, photographs
from highlow.runs.command_line import script
from highlow.runs.options import option, shared
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    indices = photographs.wanted(options.examples)
    folder = Path(options.output)
    photographs.export(options.image_table, options.images, indices, folder)
    inputs = {f"examples:{number}": path for number, path in enumerate(options.examples)}
    origin = provenance.made_from({**inputs, "images": options.image_table})
    manifest.write(folder, origin)
    return f"{len(indices)} photographs -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/explorer/index.html --config network=googlenet",
    options=[
        *shared("--images", "--image-table"),
        option("--examples", "HDF5 files of merge_examples.py", nargs="+"),
        option("--output", "folder to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
