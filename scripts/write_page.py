"""Write the article page of a network: one HTML file that opens from disk."""

import argparse
import sys
from collections.abc import Sequence

from highlow import cli, store
from highlow.figures import page
from highlow.networks import registry


def program(options: argparse.Namespace) -> str:
    entry = registry.entry(options.network, options.networks)
    names = [name.split("/")[-1].removesuffix(".svg") for name in options.figures]
    figures = list(zip(names, options.figures, options.captions, strict=True))
    text = page.render(entry, options.layer, figures, options.scorecard, options.detectors)
    with store.atomic_path(options.output) as path:
        path.write_text(text, encoding="utf-8")
    return f"{len(figures)} figures -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = cli.parser(__doc__, "snakemake results/googlenet/report/index.html --config network=googlenet")
    parser.add_argument("network", help="name in the registry")
    parser.add_argument("--layer", required=True, help="layer studied")
    parser.add_argument("--figures", nargs="+", required=True, help="SVG files, in the order of the page")
    parser.add_argument("--captions", nargs="+", required=True, help="their captions, in the same order")
    parser.add_argument("--scorecard", required=True, help="TSV of score_claims.py")
    parser.add_argument("--detectors", required=True, help="TSV of detect.py")
    parser.add_argument("--networks", type=cli.json_argument, default={}, help="more registry entries, as JSON")
    parser.add_argument("--output", required=True, help="HTML file to write")
    return cli.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
