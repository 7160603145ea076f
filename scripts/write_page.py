"""Write the article page of a network: a folder with a page and its figures that opens from disk."""

import argparse
import shutil
import sys
from pathlib import Path

from highlow.figures import page
from highlow.networks import registry
from highlow.runs.command_line import script
from highlow.runs.options import json_argument, option, pairs, shared
from highlow.storage import atomic_files, checksums, provenance

CAPTIONS = Path(__file__).parent.parent / "workflow/report"  # <figure>.rst


def program(options: argparse.Namespace) -> str:
    figures = [page.read_figure(svg, CAPTIONS) for svg in options.figures]
    files = [Path(svg).with_suffix(suffix) for svg in options.figures for suffix in page.SUFFIXES]
    output = Path(options.output)
    for file in files:
        with atomic_files.atomic_path(output.parent / "figures" / file.name) as path:
            shutil.copyfile(file, path)
    entry = registry.from_json(options.entry)
    weights = checksums.read_json(options.weights) if options.weights else None
    inputs = {file.name: str(file) for file in map(Path, [*options.figures, *options.tables])}
    inputs |= {"scorecard": options.scorecard, "detectors": options.detectors}
    origin = provenance.made_from(inputs=inputs, config={"network": entry.name, "layer": options.layer})
    tables = (options.tables, options.scorecard, options.detectors)
    made = (options.rebuild, weights, origin, dict(options.explored))
    text = page.render(entry, options.layer, options.depth, figures, *tables, *made)
    with atomic_files.atomic_path(output) as path:
        path.write_text(text, encoding="utf-8")
    written = checksums.hashed(output.parent, [output.name, *(f"figures/{file.name}" for file in files)])
    checksums.write_json(output.with_suffix(".provenance.json"), {**origin, "files": written})
    return f"{len(figures)} figures -> {output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/report/index.html --config network=googlenet",
    options=[
        option("--entry", "the registry entry, as JSON", type=json_argument),
        option("--layer", "layer studied"),
        option("--depth", "index of its block, and number of blocks", type=int, nargs="*", default=[]),
        option("--figures", "SVG files, in the order of the page", nargs="+"),
        option("--tables", "TSV files shown as tables, e.g. downstream_top20.tsv", nargs="*", default=[]),
        pairs("--explored", "LAYER=SHOWN", "layers of the explorer, and what it calls them", default=[]),
        option("--scorecard", "TSV of score_claims.py"),
        *shared("--detectors"),
        option("--weights", "JSON of extract_weights.py: the weight file", default=None),
        option("--rebuild", "options of the command that rebuilds a figure", default=""),
        option("--output", "HTML file to write; figures go to a folder beside it"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
