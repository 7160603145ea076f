"""Extract a network's weights into weights.h5: find the file or download it, check its hash, check every tensor."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from highlow.networks import extracted, extraction, registry
from highlow.runs.command_line import script
from highlow.runs.options import json_argument, one_of, option, shared
from highlow.storage import checksums, provenance

NETWORKS = ", ".join(registry.with_files())


def program(options: argparse.Namespace) -> str:
    entry = registry.from_json(options.entry) if options.entry else registry.entry(options.network)
    network, origin = extraction.from_source(entry, weights_dir=options.weights_dir)
    config = {"network": entry.name}
    extracted.write(options.output, network, entry, provenance.made_from(config=config))
    # Beside it, because weights.h5 is the same whichever of a network's files was read.
    checksums.write_json(
        Path(options.output).with_suffix(".provenance.json"), provenance.made_from(config=config) | asdict(origin)
    )
    found = f"{origin.file}, accepted by its {origin.accepted_by}"
    return f"{entry.name}: {len(network.weights)} layers of {found} -> {options.output}"


main = script(
    __doc__,
    program,
    example="extract_weights.py --network googlenet --output results/googlenet/weights.h5",
    options=[
        one_of(
            option(
                "--network",
                f"name in the registry, of a network with a file: torchvision/NAME, {NETWORKS}",
                default=None,
            ),
            option("--entry", "a registry entry, as JSON", type=json_argument, default=None),
        ),
        option("--output", "HDF5 file to write, <name>.provenance.json beside it"),
        *shared("--weights-dir"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
