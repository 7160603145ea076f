"""List the units that use the detectors most, and the units that figures 10 to 13 show."""

import argparse
import sys

from highlow.circuits import detection, downstream, downstream_selection, expanded_weight_file
from highlow.reference import article
from highlow.runs.command_line import script
from highlow.runs.options import option, shared
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    units = table_files.read(options.units, ("layer", "unit", "branch", "role", "norm", "explained"))
    units["polarity"] = units["polarity"].fillna("")
    table = table_files.read(options.detectors, detection.COLUMNS)
    detectors, source = downstream.used_detectors(table, options.branch)
    top = downstream_selection.top_table(units, source)
    published = article()["downstream"]
    same = options.articles_network and units["layer"].iloc[0] == published["layer"]
    roles = downstream_selection.role_table(
        units,
        expanded_weight_file.read_branches(options.expanded_weights),
        detectors,
        table_files.read(options.inputs, ("layer", "unit", "branch")),
        published if same else None,
    )
    files = {name: getattr(options, name) for name in ("units", "inputs", "expanded_weights", "detectors")}
    origin = provenance.made_from(inputs=files, config={"articles_network": options.articles_network})
    table_files.write(options.top, top, origin)
    table_files.write(options.roles, roles, origin)
    return f"{int(top['is_boundary'].sum())} of the {len(top)} strongest users find boundaries -> {options.top}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/tables/downstream_top20.tsv --config network=googlenet",
    options=[
        option("--units", "TSV of classify_downstream.py"),
        option("--inputs", "TSV of classify_inputs.py"),
        *shared("--expanded-weights", "--detectors", "--branch", "--articles-network"),
        option("--top", "TSV to write: the units that use the detectors most"),
        option("--roles", "TSV to write: the units that figures show"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
