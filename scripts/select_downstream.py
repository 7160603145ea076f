"""List the units that use the detectors most, and the units that figures 10 to 13 show."""

import argparse
import sys
from collections.abc import Sequence

from highlow import cli, store
from highlow.circuits import detection, downstream, downstream_selection
from highlow.reference import article


def program(options: argparse.Namespace) -> str:
    units = store.read_table(options.units, ("layer", "unit", "branch", "role", "norm", "explained"))
    units["polarity"] = units["polarity"].fillna("")
    table = store.read_table(options.detectors, detection.COLUMNS)
    detectors, source = downstream.used_detectors(table, options.branch)
    top = downstream_selection.top_table(units, source)
    published = article()["downstream"]
    same = options.articles_network and units["layer"].iloc[0] == published["layer"]
    roles = downstream_selection.role_table(
        units,
        downstream.read_branches(options.expanded_weights),
        detectors,
        store.read_table(options.inputs, ("layer", "unit", "branch")),
        published if same else None,
    )
    files = {name: getattr(options, name) for name in ("units", "inputs", "expanded_weights", "detectors")}
    origin = store.provenance(inputs=files, config={"articles_network": options.articles_network})
    store.write_table(options.top, top, origin)
    store.write_table(options.roles, roles, origin)
    return f"{int(top['is_boundary'].sum())} of the {len(top)} strongest users find boundaries -> {options.top}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = cli.parser(__doc__, "snakemake results/googlenet/tables/downstream_top20.tsv --config network=googlenet")
    parser.add_argument("--units", required=True, help="TSV of classify_downstream.py")
    parser.add_argument("--inputs", required=True, help="TSV of classify_inputs.py")
    parser.add_argument("--expanded-weights", required=True, help="HDF5 of expand_weights.py")
    parser.add_argument("--detectors", required=True, help="TSV of detect.py")
    parser.add_argument("--branch", required=True, help="branch of the detectors, e.g. 3x3")
    parser.add_argument("--articles-network", action="store_true", help="unit numbers are the article's")
    parser.add_argument("--top", required=True, help="TSV to write: the units that use the detectors most")
    parser.add_argument("--roles", required=True, help="TSV to write: the units that figures show")
    return cli.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
