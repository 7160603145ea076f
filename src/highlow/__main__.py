"""The command `highlow`: what can be asked of finished results."""

import argparse
import sys
from collections.abc import Sequence

from highlow.runs import command_line


def verify(options: argparse.Namespace) -> str:
    """Print what is wrong with results, a line a file, and return how many were checked."""
    from highlow.storage import verification  # after the options are parsed: help is quick

    found = verification.verify(options.folder)
    for finding in found.findings:
        print(finding)
    return verification.summary(options.folder, found)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 if every file is as it was written."""
    words = list(sys.argv[1:] if argv is None else argv)
    text = (
        "Check every file of results against its checksum. One line a file: damaged (not what was written, or "
        "unreadable), missing (a manifest names it), stale (made from an input that has changed since), foreign (in no "
        "manifest), unfinished (left by an interrupted job). Status 0 if there is none, else 1."
    )
    parser = command_line.parser(text, "highlow verify results")
    parser.prog = "highlow"
    parser.add_argument("command", choices=["verify"], help="what to do")
    parser.add_argument("folder", nargs="?", default="results", help="folder of results, a part of it, or one file")
    return command_line.run(verify, parser, words)


if __name__ == "__main__":
    sys.exit(main())
