"""Destroy a network's weights for a negative control: taps or inputs shuffled, or all numbers redrawn."""

import argparse
import sys
from collections.abc import Sequence

from highlow.networks import controls, extracted, registry
from highlow.runs import command_line
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    entry = registry.from_json(options.entry)
    network = controls.destroyed(extracted.read(options.weights), entry, options.seed)
    config = {"network": entry.name, "control": entry.control, "draw": entry.draw, "layer": entry.layer}
    origin = provenance.made_from(inputs={"weights": options.weights}, config=config, seed=options.seed)
    extracted.write(options.output, network, entry, origin)
    return f"{entry.name}: {registry.CONTROLS[entry.control]}, draw {entry.draw} -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(__doc__, "snakemake results/googlenet_shuffled_space/weights.h5")
    parser.add_argument("--weights", required=True, help="weights.h5 of the intact network")
    parser.add_argument(
        "--entry", type=command_line.json_argument, required=True, help="registry entry of the control, as JSON"
    )
    parser.add_argument("--output", required=True, help="HDF5 file to write")
    parser.add_argument("--seed", type=int, default=0, help="seed of the random numbers, with the draw")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
