"""Extract a network's weights into weights.h5: find the file or download it, check its hash, check every tensor."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from highlow.networks import extracted, registry, weights
from highlow.runs import command_line
from highlow.storage import checksums, provenance


def program(options: argparse.Namespace) -> str:
    entry = registry.from_json(options.entry) if options.entry else registry.entry(options.network)
    network, origin = weights.extract(entry, weights_dir=options.weights_dir)
    config = {"network": entry.name}
    extracted.write(options.output, network, entry, provenance.made_from(config=config))
    # Beside it, because weights.h5 is the same whichever of a network's files was read.
    checksums.write_json(
        Path(options.output).with_suffix(".provenance.json"), provenance.made_from(config=config) | asdict(origin)
    )
    found = f"{origin.file}, accepted by its {origin.accepted_by}"
    return f"{entry.name}: {len(network.weights)} layers of {found} -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(
        __doc__, "extract_weights.py --network googlenet --output results/googlenet/weights.h5"
    )
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument(
        "--network", help="name in the registry, of a network with a file: " + ", ".join(registry.with_files())
    )
    chosen.add_argument("--entry", type=command_line.json_argument, help="a registry entry, as JSON")
    parser.add_argument("--output", required=True, help="HDF5 file to write, <name>.provenance.json beside it")
    parser.add_argument("--weights-dir", help="folder that is looked into first; default HIGHLOW_WEIGHTS")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
