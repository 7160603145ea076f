"""List every file of an image folder: used or skipped, why, size and hash."""

import argparse
import os
import sys
from collections.abc import Sequence

from tqdm import tqdm

from highlow import checksums, cli, store
from highlow.errors import HighlowError
from highlow.pictures import image_names, image_reader, image_table


def program(options: argparse.Namespace) -> str:
    if not options.images:
        raise HighlowError("no images: name a folder or a list with --images, or set HIGHLOW_DATASET")
    names = image_names.file_names(options.images)
    root = str(image_names.root_of(options.images))
    made = store.provenance_path(root)  # of generated images
    if made.is_file():
        checksums.check_files(made)
    files = image_reader.read_all(root, names, processes=options.processes)
    bar = tqdm(files, total=len(names), desc="images", unit="file", disable=not sys.stderr.isatty())
    images = image_table.table(bar)
    # Of the folder only what it holds enters a file.
    image_table.write(options.output, images, store.provenance(config={"manifest": options.manifest}))
    skipped = images[images["status"] == "skipped"]
    return f"{len(images) - len(skipped)} images used, {len(skipped)} files skipped -> {options.output}"


def main(argv: Sequence[str] | None = None) -> int:
    parser = cli.parser(__doc__, "list_images.py --images photographs --output images.tsv")
    parser.add_argument("--images", default=os.environ.get("HIGHLOW_DATASET"), help="folder, or text file of names")
    parser.add_argument("--manifest", default="", help="hash of the files' names, sizes and contents, for provenance")
    parser.add_argument("--output", required=True, help="TSV to write")
    parser.add_argument("--processes", type=int, default=1, help="processes that read images")
    return cli.run(program, parser, argv)


if __name__ == "__main__":
    sys.exit(main())
