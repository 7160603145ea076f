"""The table of images: every file that was looked at, used or skipped."""

import csv
import os
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from highlow import store
from highlow.errors import HighlowError
from highlow.pictures.image_files import ImageFile
from highlow.pictures.image_names import escaped, unescaped

COLUMNS = ("index", "file", "sha256", "width", "height", "status", "reason")


def table(files: Iterable[ImageFile]) -> pd.DataFrame:
    """Return the table of files, a row each, in their order; pixels are dropped as they come."""
    rows = [
        (
            index,
            escaped(file.name),
            file.sha256,
            file.width,
            file.height,
            "skipped" if file.reason else "used",
            escaped(file.reason),
        )
        for index, file in enumerate(files)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def write(path: str | os.PathLike[str], images: pd.DataFrame, origin: Mapping[str, Any]) -> None:
    """Write the table.

    Raises
    ------
    HighlowError
        If no image can be used.
    """
    if not (images["status"] == "used").any():
        reasons = "; ".join(f"{row.file}: {row.reason}" for row in images.head(3).itertuples())
        raise HighlowError(f"none of {len(images)} files is a usable image ({reasons})")
    store.write_table(path, images, origin)


def read(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the table, with file names as they are on disk.

    Raises
    ------
    HighlowError
        If it is missing, damaged or no such table.
    """
    store.check_table(path)
    try:
        images = pd.read_csv(
            path, sep="\t", quoting=csv.QUOTE_NONE, keep_default_na=False, dtype=dict.fromkeys(COLUMNS[1:3], str)
        )
    except FileNotFoundError:
        raise HighlowError(f"{path}: no such file; ask snakemake for it by name") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise HighlowError(f"{path}: not a readable table; delete it and run again") from error
    if list(images.columns) != list(COLUMNS):
        raise HighlowError(f"{path}: not a table of images; delete it and run again")
    images["file"] = [unescaped(name) for name in images["file"]]
    return images


def used(images: pd.DataFrame, shard: int = 0, shards: int = 1) -> pd.DataFrame:
    """Return the rows of a shard: of the used images every `shards`-th, from number `shard` on."""
    chosen: pd.DataFrame = images[images["status"] == "used"].iloc[shard::shards]
    return chosen
