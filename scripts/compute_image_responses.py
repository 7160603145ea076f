"""Compute the largest response of every unit of a layer to each image of a shard, and where it is."""

import argparse
import os
import sys
from collections.abc import Sequence

import torch
from tqdm import tqdm

from highlow.networks import extracted
from highlow.networks.devices import torch_device
from highlow.pictures import dataset_examples, image_names, image_reader, image_response_file, image_table
from highlow.runs import command_line
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


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(
        __doc__, "snakemake results/googlenet/image_responses/mixed3a.h5 --config network=googlenet"
    )
    parser.add_argument("--weights", required=True, help="weights.h5 of the network")
    parser.add_argument("--images", default=os.environ.get("HIGHLOW_DATASET"), help="folder, or text file of names")
    parser.add_argument("--image-table", required=True, help="TSV of merge_image_tables.py")
    parser.add_argument("--layer", required=True, help="layer to read, e.g. mixed3a")
    parser.add_argument("--shard", type=int, default=0, help="number of this shard, from 0")
    parser.add_argument("--shards", type=int, default=1, help="number of shards")
    parser.add_argument("--output", required=True, help="HDF5 file to write")
    parser.add_argument("--device", default=os.environ.get("HIGHLOW_DEVICE", "auto"), help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, default=1, help="threads on the CPU")
    parser.add_argument("--processes", type=int, default=1, help="processes that read images")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
