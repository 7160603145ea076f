"""Destroy a network's weights for a negative control: taps or inputs shuffled, or all numbers redrawn."""

import argparse
import sys

from highlow.networks import controls, extracted_file, registry
from highlow.runs.command_line import script
from highlow.runs.options import json_argument, option
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    entry = registry.from_json(options.entry)
    network = controls.destroyed(extracted_file.read(options.weights), entry, options.seed)
    config = {"network": entry.name, "control": entry.control, "draw": entry.draw, "layer": entry.layer}
    origin = provenance.made_from(inputs={"weights": options.weights}, config=config, seed=options.seed)
    extracted_file.write(options.output, network, entry, origin)
    return f"{entry.name}: {registry.CONTROLS[entry.control]}, draw {entry.draw} -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet_shuffled_space/weights.h5",
    options=[
        option("--weights", "weights.h5 of the intact network"),
        option("--entry", "registry entry of the control, as JSON", type=json_argument),
        option("--output", "HDF5 file to write"),
        option("--seed", "seed of the random numbers, with the draw", default=0),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
