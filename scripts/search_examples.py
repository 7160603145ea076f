"""Search a shard of the images for those that the units of some layers answer most."""

import argparse
import sys

import torch
from tqdm import tqdm

from highlow.networks import extracted
from highlow.networks.devices import torch_device
from highlow.pictures import dataset_examples, example_file, image_names, image_reader, image_table
from highlow.runs.command_line import script
from highlow.runs.options import option
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    torch.set_num_threads(options.threads)
    device = torch_device(options.device)
    count, images = image_table.shard(options.image_table, options.shard, options.shards)
    root = str(image_names.root_of(options.images))
    files = image_reader.read_listed(root, images, processes=options.processes)
    bar = tqdm(files, total=count, desc="dataset examples", unit="image", disable=not sys.stderr.isatty())
    studied = extracted.read(options.weights)
    network = dataset_examples.network_of(studied, options.layers).to(device)
    found = dataset_examples.search(network, bar, options.layers, options.count, cropped=options.cropped, device=device)
    inputs = {"weights": options.weights, "images": options.image_table}
    config = {"layers": options.layers, "count": options.count, "device": device.type}
    example_file.write_shard(options.output, studied.name, found, provenance.made_from(inputs, config))
    return f"{count} images, {', '.join(options.layers)} -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/figures/fig02_dataset_examples.svg",
    options=[
        option("--weights"),
        option("--images"),
        option("--image-table"),
        option("--layers", "layers whose units are searched for", nargs="+"),
        option("--cropped", "the one of them of which crops are kept", default=""),
        option("--count", "examples a unit", default=12),
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
