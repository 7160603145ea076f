"""Write stimulus families: the parameters of every stimulus over named axes, and a preview sheet."""

import argparse
import sys

from highlow.probes import families
from highlow.runs.command_line import script
from highlow.runs.errors import HighlowError
from highlow.runs.options import option
from highlow.storage import provenance


def program(options: argparse.Namespace) -> str:
    if len(options.family) != len(options.output):
        raise HighlowError(f"{len(options.family)} families need as many outputs, not {len(options.output)}")
    lines = []
    for name, output in zip(options.family, options.output, strict=True):
        family = families.family(
            name,
            orientation_count=options.orientations,
            ratio_count=options.ratios,
            phase_count=options.phases,
            pattern_size=options.pattern_size,
            seed=options.seed,
        )
        used = [axis for axis in ("orientation", "ratio") if "ratio" in family.axes]
        used += [axis for axis in ("phase",) if axis in family.axes]
        config = {key: getattr(options, key) for key in (*(f"{axis}s" for axis in used), "pattern_size")}
        origin = provenance.made_from(config=config, seed=options.seed if name == "high_low_balanced" else None)
        families.write(output, family, round(options.pattern_size), origin)
        lines.append(f"{name}: {' x '.join(map(str, family.shape))} stimuli -> {output}")
    return "; ".join(lines)


main = script(
    __doc__,
    program,
    example="generate_stimuli.py high_low --orientations 73 --ratios 30 --phases 4 --output high_low.h5",
    options=[
        option("family", ", ".join(families.FUNCTIONS), nargs="+"),
        option("--output", "HDF5 files to write, one a family", nargs="+"),
        option("--orientations", "number of orientations, 0 to 360 degrees", default=73),
        option("--ratios", "number of frequency ratios, 1 to 10", default=30),
        option("--phases", "number of phases, or samples of noise", default=4),
        option("--pattern-size", "four periods at ratio 1, in pixels", default=60, type=float),
        option("--seed", "seed of the noise", default=0),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
