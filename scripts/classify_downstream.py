"""Say of every unit of the layer after the studied one how much it uses the detectors, and what for."""

import argparse
import sys

from highlow.circuits import boundary_roles, detection, downstream, expanded_weight_file, region_roles
from highlow.probes import families, region_maps, response_file
from highlow.runs.command_line import script
from highlow.runs.options import option, shared
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    branches = expanded_weight_file.read_branches(options.expanded_weights)
    table = table_files.read(options.detectors, detection.COLUMNS)
    detectors, source = downstream.used_detectors(table, options.branch)
    units = detectors["unit"].to_numpy()
    usage = downstream.usage_table(options.layer, branches, units, options.seed)
    roles = boundary_roles.weight_roles(branches, units, detectors["preferred_orientation_deg"].to_numpy())
    response, axes, _ = response_file.read(options.responses)
    answers = response.mean(axis=list(axes).index("phase"))
    family = families.read(options.stimuli)
    size = float(family.parameters["pattern_size"][1][0])
    offset = region_maps.map_offsets(size)
    maps = region_maps.high_frequency_maps(family, offset)
    responded = region_roles.response_roles(answers.reshape(len(maps), -1), maps, offset, size)
    result = usage.merge(roles.join(responded), on="unit").rename(columns={"weight_role": "role"})
    inputs = {name: getattr(options, name) for name in ("expanded_weights", "detectors", "stimuli", "responses")}
    table_files.write(options.output, result, provenance.made_from(inputs=inputs, seed=options.seed))
    counts = result["role"].value_counts().drop(boundary_roles.OTHER, errors="ignore")
    listed = ", ".join(f"{count} {role}" for role, count in counts.items()) or "no role"
    return f"{options.layer}, from {len(units)} {source}: {listed} -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/tables/downstream_units.tsv --config network=googlenet",
    options=[
        option("--layer", "layer that uses the detectors, e.g. mixed3b"),
        *shared("--branch", "--expanded-weights", "--detectors"),
        option("--stimuli", "HDF5 of generate_stimuli.py: texture_regions"),
        option("--responses", "HDF5 of compute_responses.py: texture_regions"),
        option("--seed", "seed of the random sets of other units", default=0),
        option("--output", "TSV to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
