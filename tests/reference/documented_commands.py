"""The examples of docs/reference/command-line.md: each command, and what the page says that it prints."""

import re
import shlex
from typing import NamedTuple

from tests.conftest import REPOSITORY

PAGE = REPOSITORY / "docs/reference/command-line.md"
CUT = "..."  # a line of the page: what stands there is left out


class Example(NamedTuple):
    """The words behind `highlow`, and the parts of its output that are shown, in order."""

    words: list[str]
    shown: list[str]


def documented():
    """Return the examples of the page by the command's name."""
    blocks = re.findall(r"```sh\n(highlow [^\n]+)\n```(?:\n\n```text\n(.*?)```)?", PAGE.read_text(), flags=re.S)
    examples = [Example(shlex.split(line)[1:], re.split(r"^\.\.\.$", text, flags=re.M)) for line, text in blocks]
    found = {example.words[0]: example for example in examples}
    assert len(found) == len(examples), "one example a command"
    return found


def pattern(text):
    """Return what of an output does not depend on the machine or on a wrapped line: words without their digits."""
    without_hashes = re.sub(r"\b[0-9a-f]{12,64}\b", "HASH", text)
    return re.sub(r"[+-]?\d+(\.\d+)?(e-?\d+)?°?", "N", re.sub(r"[▏▎▍▌▋▊▉█]+", "BAR", without_hashes)).split()


def check(example, output):
    """Check that what the page shows stands in the output, in order."""
    said = " ".join(pattern(output))
    for part in example.shown:
        wanted = " ".join(pattern(part))
        assert wanted in said, f"{wanted}\n\nis not in\n\n{said}"
        said = said[said.index(wanted) + len(wanted) :]
