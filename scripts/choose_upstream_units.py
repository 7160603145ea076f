"""Choose the channels and detectors that the figures of the implementation show (4, 5, 6 and the exception)."""

import argparse
import sys

from highlow.circuits import detection, expanded_weight_file, factor_file, own_structure, upstream_roles
from highlow.probes import response_file
from highlow.reference import article
from highlow.runs.command_line import script
from highlow.runs.options import option, pairs, shared
from highlow.storage import provenance, table_files


def program(options: argparse.Namespace) -> str:
    factors, pictured, families = map(dict, (options.factors, options.pictured, options.responses))
    facts = article() if options.articles_units else None
    chosen = options.units or (facts["units"]["six"] if facts else [])
    table = table_files.read(options.detectors, detection.COLUMNS)
    weight, units = expanded_weight_file.read(options.expanded_weights, options.branch)
    found = upstream_roles.Upstream(
        layer=options.layer,
        detectors=upstream_roles.detector_pool(table, options.branch, chosen),
        weight=weight,
        units=units,
        fits={source: factor_file.read(path) for source, path in factors.items()},
        pictured=pictured,
        own=own_structure.own_structure({name: response_file.read(path)[:2] for name, path in families.items()}),
    )
    roles = upstream_roles.upstream_roles(found, upstream_roles.published_choice(facts) if facts else None)
    inputs = {"detectors": options.detectors, "expanded_weights": options.expanded_weights} | families
    inputs |= {f"factors:{source}": path for source, path in factors.items()}
    config = {"branch": options.branch, "units": chosen, "articles_units": options.articles_units}
    table_files.write(options.output, roles, provenance.made_from(inputs=inputs, config=config))
    return f"{len(roles)} units for {roles['figure'].nunique()} figures -> {options.output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/tables/upstream_roles.tsv --config network=googlenet",
    options=[
        *shared("--detectors", "--branch"),
        option("--units", "units to choose from, not the detectors", type=int, nargs="*", default=[]),
        option("--layer", "layer whose pictures show the detectors"),
        option("--expanded-weights", "HDF5 of expand_weights.py, nearest source"),
        pairs("--factors", "SOURCE=PATH", "HDF5 of fit_factors.py, nearest source first"),
        pairs("--pictured", "SOURCE=LAYER", "layer whose pictures show the channels of a source"),
        pairs("--responses", "FAMILY=PATH", "responses of the nearest source to edges and textures"),
        option("--articles-units", "the article's network: take its channels", default=False),
        option("--output", "TSV to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
