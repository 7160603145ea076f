"""Train an InceptionV1 stem to find where photographs meet, and which; a run that was cut off goes on where it was."""

import argparse
import shutil
import sys
from pathlib import Path

from highlow.networks.devices import prepared
from highlow.runs.command_line import script
from highlow.runs.options import json_argument, option, shared
from highlow.storage import provenance
from highlow.training import data, recipe, run


def program(options: argparse.Namespace) -> str:
    device = prepared(options.device, options.threads)
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


main = script(
    __doc__,
    program,
    example="train_network.py --images photographs --output results/training/photographs_seed0",
    options=[
        option("--data", "what is trained on", default="photographs", choices=data.KINDS),
        *shared("--images"),
        option("--manifest", "hash of the files' names and contents, for provenance", default=""),
        option("--code", "hash of the code: what other code began is not continued", default=""),
        option("--output", "folder to write weights, snapshots, losses and a report into"),
        option("--recipe", "settings other than the defaults, JSON", type=json_argument, default={}),
        option("--seed", "seed of the weights, of the crops and their looks", default=0),
        option("--data-seed", "seed of generated images", default=0),
        *shared("--device", "--threads"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
