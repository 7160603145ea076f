"""Write the page of the explorer and its program; what it shows was exported layer by layer."""

import argparse
import sys
from pathlib import Path

from highlow.explorer import data_file, site
from highlow.runs.command_line import script
from highlow.runs.options import json_argument, option, pairs
from highlow.storage import checksums, provenance


def program(options: argparse.Namespace) -> str:
    output = Path(options.output)
    folder = output.parent / "page"
    entry, names = options.entry, dict(options.names)
    content = {
        "network": entry["name"],
        "title": entry["title"] or entry["name"],
        "layers": [{"name": name, "role": role} for name, role in options.layers],
        "factors": site.factors(options.factors, options.pictures, names, folder),
        "families": site.families(options.stimuli),
        "rebuild": options.rebuild,
    }
    data_file.write(folder / "site.js", "site", content)
    inputs = dict(options.factors) | {f"pictures:{path}": file for path, file in options.pictures}
    inputs |= {f"stimuli:{number}": path for number, path in enumerate(options.stimuli)}
    origin = provenance.made_from(inputs, {"network": entry["name"]})
    written = [f"{folder.name}/{path.name}" for path in folder.iterdir() if not path.name.startswith(".")]
    files = checksums.hashed(output.parent, sorted([*written, *site.write_page(output, content["title"])]))
    checksums.write_json(output.parent / "index.provenance.json", {**origin, "files": files})
    return f"{len(options.layers)} layers -> {output}"


main = script(
    __doc__,
    program,
    example="snakemake results/googlenet/explorer/index.html --config network=googlenet",
    options=[
        option("--entry", "the registry entry, as JSON", type=json_argument),
        pairs("--layers", "LAYER=ROLE", "layers in the order of computation: source, studied or behind"),
        pairs("--names", "LAYER=SHOWN", "what a pool's channels are shown as", default=[]),
        pairs("--factors", "PATH=HDF5", "factors, the first those of the verdicts"),
        pairs("--pictures", "PATH=HDF5", "pictures of the factors", default=[]),
        option("--stimuli", "HDF5 files of the families", nargs="+"),
        option("--rebuild", "options of the command that rebuilds it", default=""),
        option("--output", "HTML file to write; folders `page` and `program` lie beside it"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
