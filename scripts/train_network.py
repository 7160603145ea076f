"""Train an InceptionV1 stem to find where photographs meet, and which; a run that was cut off goes on where it was."""

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from highlow.networks.devices import torch_device
from highlow.runs import command_line
from highlow.storage import provenance
from highlow.training import data, recipe, run


def program(options: argparse.Namespace) -> str:
    torch.set_num_threads(options.threads)  # sums are taken in the same order on a machine of any size
    device = torch_device(options.device)
    settings = recipe.from_mapping(options.recipe | {"seed": options.seed})
    images = data.photographs(options.data, options.images, settings.crop_size, options.data_seed)
    state = Path(options.output) / "state"
    identity = {"code": options.code, "threads": options.threads, "device": device.type}
    trained = run.trained(images, settings, state, identity, device)
    config = {"data": options.data, "manifest": options.manifest, "data_seed": options.data_seed, **trained.settings}
    origin = provenance.made_from(
        config=config | {"threads": options.threads, "device": device.type}, seed=options.seed
    )
    run.write(Path(options.output), state, trained, origin)
    shutil.rmtree(state)
    retrieved = f"{trained.report['held_out_photographs']:.0%} of held-out photographs retrieved"
    return f"loss {trained.report['loss']:.2f}, {retrieved} -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(
        __doc__, "train_network.py --images photographs --output results/training/photographs_seed0"
    )
    parser.add_argument("--data", default="photographs", choices=data.KINDS, help="what is trained on")
    parser.add_argument("--images", default=os.environ.get("HIGHLOW_DATASET"), help="folder of photographs, or a list")
    parser.add_argument("--manifest", default="", help="hash of the files' names and contents, for provenance")
    parser.add_argument("--code", default="", help="hash of the code: what other code began is not continued")
    parser.add_argument("--output", required=True, help="folder to write weights, snapshots, losses and a report into")
    parser.add_argument(
        "--recipe", type=command_line.json_argument, default={}, help="settings other than the defaults, JSON"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of the weights, of the crops and their looks")
    parser.add_argument("--data-seed", type=int, default=0, help="seed of generated images")
    parser.add_argument("--device", default=os.environ.get("HIGHLOW_DEVICE", "auto"), help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, default=1, help="threads on the CPU")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
