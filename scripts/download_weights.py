"""Download a network's weights into the user's cache (bytes, with progress on a terminal), unless they are there."""

import argparse
import sys
from collections.abc import Sequence

from highlow.networks import registry, weight_files
from highlow.runs import command_line


def program(options: argparse.Namespace) -> str:
    entry = registry.entry(options.network)
    item, path = weight_files.locate(entry, options.weights_dir)
    if item.has_hash:
        weight_files.check_hash(item, path)
    return f"{entry.name}: {path}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(__doc__, "download_weights.py --network inceptionv1")
    parser.add_argument("--network", required=True, help="name in the registry: " + ", ".join(registry.with_files()))
    parser.add_argument("--weights-dir", help="folder that is looked into first; default HIGHLOW_WEIGHTS")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
