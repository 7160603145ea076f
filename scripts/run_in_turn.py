"""Run several scripts one after the other in one process: they share the start of Python and of its libraries."""

import argparse
import runpy
import sys
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from highlow.runs.command_line import parser

THEN, LOG = "--then", "--log"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the scripts and return the status of the first that fails, else 0; what they say is in one log."""
    arguments = parser(__doc__, "run_in_turn.py merge_examples.py ... --then detect.py ... --log both.log")
    arguments.add_argument("words", nargs=argparse.REMAINDER, help=f"SCRIPT OPTIONS {THEN} SCRIPT OPTIONS ...")
    words = arguments.parse_args(argv).words
    log = words[-2:] if words[-2:-1] == [LOG] else []
    said = ""
    for between, part in groupby(words[: len(words) - len(log)], lambda word: word == THEN):
        if between:
            continue
        script, *options = part
        path = Path(__file__).with_name(script)
        sys.argv[0] = str(path)  # whose usage a wrong option is answered with
        status: int = runpy.run_path(str(path))["main"]([*options, *log])
        for file in log[1:]:
            with suppress(OSError):  # one that cannot be written changes nothing about the outcome
                said += Path(file).read_text(encoding="utf-8")
                Path(file).write_text(said, encoding="utf-8")
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
