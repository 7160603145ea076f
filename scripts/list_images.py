"""List the files of a shard of an image folder: used or skipped, why, size and hash."""

import argparse
import sys
from itertools import islice

from highlow.pictures import image_names, image_reader, image_table, tar_members
from highlow.runs.command_line import script
from highlow.runs.errors import HighlowError
from highlow.runs.options import option, shared
from highlow.runs.progress import progress
from highlow.storage import checksums, provenance, table_files


def program(options: argparse.Namespace) -> str:
    if not options.images:
        raise HighlowError("no images: name a folder or a list with --images, or set HIGHLOW_DATASET")
    root = str(image_names.root_of(options.images))
    made = table_files.provenance_path(root)  # of generated images
    if made.is_file():
        checksums.check_files(made)
    chosen = image_names.part(sum(1 for _ in image_names.walk(options.images)), options.shard, options.shards)
    names = islice(image_names.walk(options.images), chosen.start, chosen.stop)
    files = image_reader.read_all(root, tar_members.expanded(root, names), processes=options.processes)
    # Of the folder only what it holds enters a file, and not which shard this is.
    origin = provenance.made_from(config={"manifest": options.manifest})
    counts = image_table.write(options.output, image_table.rows_of(progress(files, "images", "file")), origin)
    return f"{counts.used} images used, {counts.skipped} files skipped -> {options.output}"


main = script(
    __doc__,
    program,
    example="list_images.py --images photographs --output images.tsv",
    options=[
        *shared("--images"),
        option("--manifest", "hash of the files' names, sizes and contents, for provenance", default=""),
        option("--output", "TSV to write"),
        *shared("--shard", "--shards", "--processes"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
