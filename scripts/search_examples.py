"""Search a shard of the images for those that the units of some layers answer most."""

import argparse
import sys

from highlow.networks import extracted
from highlow.networks.devices import prepared
from highlow.pictures import dataset_examples, example_file, image_reader
from highlow.runs.command_line import script
from highlow.runs.options import option, shared
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    device = prepared(options.device, options.threads)
    part = (options.image_table, options.images, options.shard, options.shards)
    count, images = image_reader.read_shard(*part, processes=options.processes, doing="dataset examples")
    studied = extracted.read(options.weights)
    network = dataset_examples.network_of(studied, options.layers).to(device)
    found = dataset_examples.search(
        network, images, options.layers, options.count, cropped=options.cropped, device=device
    )
    inputs = {"weights": options.weights, "images": options.image_table}
    config = {"layers": options.layers, "count": options.count, "device": device.type}
    example_file.write_shard(options.output, studied.name, found, provenance.made_from(inputs, config))
    return f"{count} images, {', '.join(options.layers)} -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/figures/fig02_dataset_examples.svg",
    options=[
        *shared("--weights", "--images", "--image-table"),
        option("--layers", "layers whose units are searched for", nargs="+"),
        option("--cropped", "the one of them of which crops are kept", default=""),
        option("--count", "examples a unit", default=12),
        *shared("--shard", "--shards"),
        option("--output", "HDF5 file to write"),
        *shared("--device", "--threads", "--processes"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
