"""Compute a layer's responses to stimulus families, centred on its receptive field, into HDF5."""

import argparse
import os
import sys
from collections.abc import Sequence

import torch

from highlow.networks import extracted
from highlow.networks.devices import torch_device
from highlow.networks.model import Network
from highlow.probes import families, responses
from highlow.runs import command_line
from highlow.runs.errors import HighlowError
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    # A fixed number of threads: sums are then taken in the same order, and the bytes are the same, on any machine size.
    torch.set_num_threads(options.threads)
    device = torch_device(options.device)
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


def main(argv: Sequence[str] | None = None) -> int:
    example = (
        "compute_responses.py --weights results/googlenet/weights.h5 --layer mixed3a "
        "--stimuli results/stimuli/high_low.h5 --output responses.h5"
    )
    parser = command_line.parser(__doc__, example)
    parser.add_argument("--weights", required=True, help="weights.h5 of the network")
    parser.add_argument("--layer", required=True, help="layer to read, e.g. mixed3a")
    parser.add_argument("--stimuli", nargs="+", required=True, help="HDF5 files of the families")
    parser.add_argument("--output", nargs="+", required=True, help="HDF5 files to write, one a family")
    parser.add_argument("--device", default=os.environ.get("HIGHLOW_DEVICE", "auto"), help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, default=1, help="threads on the CPU")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
