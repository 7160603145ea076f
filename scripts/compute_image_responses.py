"""Compute the largest response of every unit of a layer to each image of a shard, and where it is."""

import argparse
import sys

import torch
from tqdm import tqdm

from highlow.networks import extracted
from highlow.networks.devices import torch_device
from highlow.pictures import dataset_examples, image_names, image_reader, image_response_file, image_table
from highlow.runs.command_line import script
from highlow.runs.options import option
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    torch.set_num_threads(options.threads)
    device = torch_device(options.device)
    count, images = image_table.shard(options.image_table, options.shard, options.shards)
    root = str(image_names.root_of(options.images))
    files = image_reader.read_listed(root, images, processes=options.processes)
    bar = tqdm(files, total=count, desc="image responses", unit="image", disable=not sys.stderr.isatty())
    studied = extracted.read(options.weights)
    network = dataset_examples.network_of(studied, [options.layer]).to(device)
    inputs = {"weights": options.weights, "images": options.image_table}
    config = {"layer": options.layer, "device": device.type}
    answers = dataset_examples.responses(network, bar, device=device)
    image_response_file.write(options.output, network.architecture, answers, provenance.made_from(inputs, config))
    return f"{count} images, {options.layer} -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/image_responses/mixed3a.h5 --config network=googlenet",
    options=[
        option("--weights"),
        option("--images"),
        option("--image-table"),
        option("--layer"),
        option("--shard"),
        option("--shards"),
        option("--output", "HDF5 file to write"),
        option("--device"),
        option("--threads"),
        option("--processes"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
