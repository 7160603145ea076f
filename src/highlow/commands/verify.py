"""`highlow verify`: whether results are as they were written."""

from typing import Annotated

import typer

from highlow.commands.options import examples
from highlow.runs import command_line

EXAMPLES = examples(
    ("highlow verify results", "everything"),
    ("highlow verify results/planted", "one network's"),
    ("highlow verify results/planted/weights.h5", "one file"),
)


def command(
    folder: Annotated[
        str, typer.Argument(metavar="FOLDER", help="Folder of results, a part of it, or one file.")
    ] = "results",
    log: Annotated[str, typer.Option(metavar="FILE", help="File to write the outcome to, too.")] = "",
) -> int:
    """Check every file of results against its checksum.

    One line a file: damaged (not what was written, or unreadable), missing (a manifest names it), stale (made from an
    input that has changed since), foreign (in no manifest), unfinished (left by an interrupted job). Status 0 if there
    is none, else 1.
    """

    def program() -> str:
        from highlow.storage import verification  # after the options are parsed: help is quick

        found = verification.verify(folder)
        for finding in found.findings:
            print(finding)
        return verification.summary(folder, found)

    return command_line.ended(program, log or None)
