"""List the units that use the detectors most, and the units that figures 10 to 13 show."""

import argparse
import sys
from collections.abc import Sequence

from highlow.circuits import detection, downstream, downstream_selection
from highlow.reference import article
from highlow.runs import command_line
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
        downstream.read_branches(options.expanded_weights),
        detectors,
        table_files.read(options.inputs, ("layer", "unit", "branch")),
        published if same else None,
    )
    files = {name: getattr(options, name) for name in ("units", "inputs", "expanded_weights", "detectors")}
    origin = provenance.made_from(inputs=files, config={"articles_network": options.articles_network})
    table_files.write(options.top, top, origin)
    table_files.write(options.roles, roles, origin)
    return f"{int(top['is_boundary'].sum())} of the {len(top)} strongest users find boundaries -> {options.top}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(
        __doc__, "snakemake results/googlenet/tables/downstream_top20.tsv --config network=googlenet"
    )
    parser.add_argument("--units", required=True, help="TSV of classify_downstream.py")
    parser.add_argument("--inputs", required=True, help="TSV of classify_inputs.py")
    parser.add_argument("--expanded-weights", required=True, help="HDF5 of expand_weights.py")
    parser.add_argument("--detectors", required=True, help="TSV of detect.py")
    parser.add_argument("--branch", required=True, help="branch of the detectors, e.g. 3x3")
    parser.add_argument("--articles-network", action="store_true", help="unit numbers are the article's")
    parser.add_argument("--top", required=True, help="TSV to write: the units that use the detectors most")
    parser.add_argument("--roles", required=True, help="TSV to write: the units that figures show")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
