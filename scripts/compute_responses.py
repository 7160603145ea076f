"""Compute the responses of layers to stimulus families, centred on their receptive fields, into HDF5."""

import argparse
import sys
from itertools import groupby
from operator import itemgetter

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
    layers = options.layer if len(options.layer) > 1 else options.layer * len(options.stimuli)
    if len(options.stimuli) != len(layers):
        raise HighlowError(f"{len(layers)} layers need as many files of stimuli, not {len(options.stimuli)}")
    studied = extracted.read(options.weights)
    total = 0
    for layer, parts in groupby(zip(layers, options.stimuli, options.output, strict=True), key=itemgetter(0)):
        network = Network(studied.architecture, studied.weights, layer).to(device)
        for _, stimuli, output in parts:
            family = families.read(stimuli)
            inputs = {"weights": options.weights, "stimuli": stimuli}
            origin = provenance.made_from(inputs=inputs, config={"layer": layer, "device": device.type})
            responses.write(output, network, family, origin, device=device)
            total += len(family)
    return f"{', '.join(dict.fromkeys(layers))}: responses to {total} stimuli -> {', '.join(options.output)}"


main = script(
    __doc__,
    program,
    example="compute_responses.py --weights results/googlenet/weights.h5 --layer mixed3a "
    "--stimuli results/stimuli/high_low.h5 --output responses.h5",
    options=[
        *shared("--weights"),
        option("--layer", "layer to read, e.g. mixed3a; of several one a file of stimuli", nargs="+"),
        option("--stimuli", "HDF5 files of the families", nargs="+"),
        option("--output", "HDF5 files to write, one a family", nargs="+"),
        *shared("--device", "--threads"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
