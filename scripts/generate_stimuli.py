"""Write a stimulus family: the parameters of every stimulus over named axes, and a preview sheet."""

import argparse
import sys
from collections.abc import Sequence

from highlow.probes import families
from highlow.runs import command_line
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    family = families.family(
        options.family,
        orientation_count=options.orientations,
        ratio_count=options.ratios,
        phase_count=options.phases,
        pattern_size=options.pattern_size,
        seed=options.seed,
    )
    used = [name for name in ("orientation", "ratio") if "ratio" in family.axes]
    used += [name for name in ("phase",) if name in family.axes]
    config = {key: getattr(options, key) for key in (*(f"{name}s" for name in used), "pattern_size")}
    random = options.family == "high_low_balanced"
    origin = provenance.made_from(config=config, seed=options.seed if random else None)
    families.write(options.output, family, round(options.pattern_size), origin)
    return f"{options.family}: {' x '.join(map(str, family.shape))} stimuli -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    example = "generate_stimuli.py high_low --orientations 73 --ratios 30 --phases 4 --output high_low.h5"
    parser = command_line.parser(__doc__, example)
    parser.add_argument("family", help=", ".join(families.FUNCTIONS))
    parser.add_argument("--output", required=True, help="HDF5 file to write")
    parser.add_argument("--orientations", type=int, default=73, help="number of orientations, 0 to 360 degrees")
    parser.add_argument("--ratios", type=int, default=30, help="number of frequency ratios, 1 to 10")
    parser.add_argument("--phases", type=int, default=4, help="number of phases, or samples of noise")
    parser.add_argument("--pattern-size", type=float, default=60, help="four periods at ratio 1, in pixels")
    parser.add_argument("--seed", type=int, default=0, help="seed of the noise")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
