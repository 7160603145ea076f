"""Extract a network's weights into weights.h5: find the file, check its hash, check every tensor."""

import argparse
import sys
from collections.abc import Sequence

from highlow import cli, store
from highlow.networks import registry, weights


def program(options: argparse.Namespace) -> str:
    entry = registry.entry(options.network, options.networks)
    network = weights.extract(entry, None, options.weights_dir, options.seed)
    generated = bool(entry.generator)
    origin = store.provenance(config={"network": options.network}, seed=options.seed if generated else None)
    origin["inputs"] = {} if generated else {"weights": entry.sha256}
    weights.write(options.output, network, entry, origin)
    return f"{options.network}: {len(network.weights)} layers -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = cli.parser(__doc__, "extract_weights.py googlenet --output results/googlenet/weights.h5")
    parser.add_argument("network", help="name in the registry")
    parser.add_argument("--output", required=True, help="HDF5 file to write")
    parser.add_argument("--weights-dir", help="folder of weight files; default HIGHLOW_WEIGHTS, then the cache")
    parser.add_argument("--seed", type=int, default=0, help="seed of a generated network")
    parser.add_argument("--networks", type=cli.json_argument, default={}, help="more registry entries, as JSON")
    return cli.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
