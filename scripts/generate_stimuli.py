"""Write a stimulus family: the parameters of every stimulus over named axes, and a preview sheet."""

import argparse
import sys

from highlow.probes import families
from highlow.runs.command_line import script
from highlow.runs.options import option
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


main = script(
    __doc__,
    program,
    example="generate_stimuli.py high_low --orientations 73 --ratios 30 --phases 4 --output high_low.h5",
    options=[
        option("family", ", ".join(families.FUNCTIONS)),
        option("--output", "HDF5 file to write"),
        option("--orientations", "number of orientations, 0 to 360 degrees", default=73),
        option("--ratios", "number of frequency ratios, 1 to 10", default=30),
        option("--phases", "number of phases, or samples of noise", default=4),
        option("--pattern-size", "four periods at ratio 1, in pixels", default=60, type=float),
        option("--seed", "seed of the noise", default=0),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
