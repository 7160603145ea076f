"""Download a network's weights into the user's cache (bytes, with progress on a terminal), unless they are there."""

import argparse
import sys

from highlow.networks import registry, weight_files
from highlow.runs.command_line import script
from highlow.runs.options import option, shared


def program(options: argparse.Namespace) -> str:
    entry = registry.entry(options.network)
    item, path = weight_files.locate(entry, options.weights_dir)
    if item.has_hash:
        weight_files.check_hash(item, path)
    return f"{entry.name}: {path}"


main = script(
    __doc__,
    program,
    example="download_weights.py --network inceptionv1",
    options=[
        option("--network", "name in the registry: " + ", ".join(registry.with_files())),
        *shared("--weights-dir"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
