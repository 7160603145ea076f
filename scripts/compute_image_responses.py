"""Compute the largest response of every unit of a layer to each image of a shard, and where it is."""

import argparse
import sys

from highlow.networks import extracted
from highlow.networks.devices import prepared
from highlow.pictures import dataset_examples, image_reader, image_response_file
from highlow.runs.command_line import script
from highlow.runs.options import option, shared
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    device = prepared(options.device, options.threads)
    part = (options.image_table, options.images, options.shard, options.shards)
    count, images = image_reader.read_shard(*part, processes=options.processes, doing="image responses")
    studied = extracted.read(options.weights)
    network = dataset_examples.network_of(studied, [options.layer]).to(device)
    inputs = {"weights": options.weights, "images": options.image_table}
    config = {"layer": options.layer, "device": device.type}
    answers = dataset_examples.responses(network, images, device=device)
    image_response_file.write(options.output, network.architecture, answers, provenance.made_from(inputs, config))
    return f"{count} images, {options.layer} -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/image_responses/mixed3a.h5 --config network=googlenet",
    options=[
        *shared("--weights", "--images", "--image-table", "--layer", "--shard", "--shards"),
        option("--output", "HDF5 file to write"),
        *shared("--device", "--threads", "--processes"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
