"""Compute a layer's responses to stimulus families, centred on its receptive field, into HDF5."""

import argparse
import sys

from highlow.networks import extracted
from highlow.networks.devices import prepared
from highlow.networks.model import Network
from highlow.probes import families, responses
from highlow.runs.command_line import script
from highlow.runs.errors import HighlowError
from highlow.runs.options import option, shared
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    device = prepared(options.device, options.threads)
    if len(options.stimuli) != len(options.output):
        raise HighlowError(f"{len(options.stimuli)} files of stimuli need as many outputs, not {len(options.output)}")
    studied = extracted.read(options.weights)
    network = Network(studied.architecture, studied.weights, options.layer).to(device)
    total = 0
    for stimuli, output in zip(options.stimuli, options.output, strict=True):
        family = families.read(stimuli)
        inputs = {"weights": options.weights, "stimuli": stimuli}
        origin = provenance.made_from(inputs=inputs, config={"layer": options.layer, "device": device.type})
        responses.write(output, network, family, origin, device=device)
        total += len(family)
    return f"{options.layer}: responses to {total} stimuli -> {', '.join(options.output)}"


main = script(
    __doc__,
    program,
    example="compute_responses.py --weights results/googlenet/weights.h5 --layer mixed3a "
    "--stimuli results/stimuli/high_low.h5 --output responses.h5",
    options=[
        *shared("--weights", "--layer"),
        option("--stimuli", "HDF5 files of the families", nargs="+"),
        option("--output", "HDF5 files to write, one a family", nargs="+"),
        *shared("--device", "--threads"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
