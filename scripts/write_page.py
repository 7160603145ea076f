"""Write the article page of a network: a folder with a page and its figures that opens from disk."""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from highlow.figures import page
from highlow.networks import registry
from highlow.runs import command_line
from highlow.storage import atomic_files, checksums, provenance

CAPTIONS = Path(__file__).parent.parent / "workflow/report"


def program(options: argparse.Namespace) -> str:
    figures = [page.read_figure(svg, options.captions) for svg in options.figures]
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
    text = page.render(entry, options.layer, figures, *tables, options.rebuild, weights, origin)
    with atomic_files.atomic_path(output) as path:
        path.write_text(text, encoding="utf-8")
    written = checksums.hashed(output.parent, [output.name, *(f"figures/{file.name}" for file in files)])
    checksums.write_json(output.with_suffix(".provenance.json"), {**origin, "files": written})
    return f"{len(figures)} figures -> {output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = command_line.parser(__doc__, "snakemake results/googlenet/report/index.html --config network=googlenet")
    parser.add_argument("--entry", type=command_line.json_argument, required=True, help="the registry entry, as JSON")
    parser.add_argument("--layer", required=True, help="layer studied")
    parser.add_argument("--figures", nargs="+", required=True, help="SVG files, in the order of the page")
    parser.add_argument("--captions", default=CAPTIONS, help="folder of their captions, <figure>.rst")
    parser.add_argument("--tables", nargs="*", default=[], help="TSV files shown as tables, e.g. downstream_top20.tsv")
    parser.add_argument("--scorecard", required=True, help="TSV of score_claims.py")
    parser.add_argument("--detectors", required=True, help="TSV of detect.py")
    parser.add_argument("--weights", help="JSON of extract_weights.py: the weight file")
    parser.add_argument("--rebuild", default="", help="options of the command that rebuilds a figure")
    parser.add_argument("--output", required=True, help="HTML file to write; figures go to a folder beside it")
    return command_line.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
